// Elements and the few things every view is made of.

import { ApiError } from './api.js';

/** An element: attributes, properties that begin with a dot, listeners that begin with "on", children. Text is text, never markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.startsWith('.')) element[name.slice(1)] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }

  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const section = (title, ...children) => h('section', { 'aria-label': title }, h('h2', {}, title), ...children);

const healthWords = {
  stopped: 'Stopped', silent: 'Silent', failing: 'Failing', late: 'Late', attention: 'Attention', unseen: 'Never heard', ok: 'Syncing',
};
export const healths = Object.keys(healthWords);
export const healthWord = (health) => healthWords[health] ?? health;
export const badge = (kind, text = kind) => h('span', { class: `badge ${kind}` }, text);
export const healthBadge = (health) => badge(health, healthWord(health));

/** A definition list: names and what they are. */
export const facts = (...pairs) => h('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value ?? '–'))));

/** Rows under headings; an empty one says so. */
export function table(headings, rows, empty = 'Nothing here.') {
  if (!rows.length) return h('p', { class: 'empty' }, empty);
  return h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, headings.map((heading) => h('th', { scope: 'col' }, heading)))),
    h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell, place) => h('td', { 'data-label': headings[place] }, cell)))))));
}

/** A list that is read page by page. */
export function paged(load, headings, row, empty) {
  const box = h('div', {});
  const rows = [];
  const next = async (after) => {
    const page = await load(after);
    rows.push(...page.items.map(row));
    const more = page.next && h('button', { type: 'button', class: 'more', onclick: () => guard(() => next(page.next)) }, 'More');
    box.replaceChildren(...[table(headings, rows, empty), more].filter(Boolean));
  };
  return { element: box, ready: next() };
}

/** Shows the view again after a while, as long as nobody is busy with it: writing, in a dialog, or with something of it in focus. */
export function showAgain({ signal, reload }, seconds) {
  const timer = setInterval(() => {
    const isBusy = document.querySelector('dialog[open]') || document.getElementById('main').contains(document.activeElement) || document.hidden;
    if (!isBusy) reload();
  }, seconds * 1000);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Says something for a while; errors stay until they are closed. */
export function notice(text, kind = 'info') {
  const line = h('div', { class: `notice ${kind}` }, h('span', {}, text), h('button', { type: 'button', 'aria-label': 'Close', onclick: () => line.remove() }, '×'));
  document.getElementById('notices').append(line);
  if (kind !== 'error') setTimeout(() => line.remove(), 6000);
}

/** Does something that may fail, and says why when it does. */
export async function guard(action) {
  try {
    return await action();
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    if (!(error instanceof ApiError)) console.error(error);
    if (error.status !== 401) notice([error.message, ...Object.entries(error.fields ?? {}).map(([field, text]) => `${field}: ${text}`)].join(' '), 'error');
    return undefined;
  }
}

/** A form in a dialog; resolves with what it made, or nothing when it was left. Errors of fields are shown beside them. */
export function ask(title, fields, submit, verb = 'Save') {
  return new Promise((resolve) => {
    const inputs = fields.map((field) => ({ ...field, input: inputOf(field), error: h('p', { class: 'field-error' }) }));
    const dialog = h('dialog', { 'aria-label': title }, h('form', { method: 'dialog' }, h('h2', {}, title),
      inputs.map(({ label, input, error, hint }) => h('label', {}, label, input, hint && h('small', {}, hint), error)),
      h('p', { class: 'field-error' }),
      h('menu', {}, h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'), h('button', { type: 'submit', class: 'primary' }, verb))));
    const general = dialog.querySelector('form > p.field-error');
    let made;
    dialog.querySelector('form').addEventListener('submit', async (event) => {
      event.preventDefault();
      [...inputs.map(({ error }) => error), general].forEach((line) => { line.textContent = ''; });
      try {
        made = await submit(Object.fromEntries(inputs.map(({ name, input, read }) => [name, read ? read(input.value) : input.value])));
        dialog.close();
      } catch (error) {
        for (const { name, error: line } of inputs) line.textContent = error.fields?.[name] ?? '';
        general.textContent = error.message;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(made);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function inputOf({ name, value = '', type = 'text', options, required, rows }) {
  if (options) return h('select', { name }, options.map((option) => h('option', { value: option, selected: option === value }, option)));
  if (type === 'json') return h('textarea', { name, rows: rows ?? 6, spellcheck: 'false', class: 'code', '.value': value });
  return h('input', { name, type, value, required, autocomplete: 'off' });
}

/** Reads JSON that somebody wrote; the error is a field's. */
export function readJson(name, text) {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const wrong = new Error(`${name} is not JSON.`);
    wrong.fields = { [name]: error.message };
    throw wrong;
  }
}

export const confirm = (title, text, verb, submit) => ask(title, [{ name: 'reason', label: text, required: true }], submit, verb);
