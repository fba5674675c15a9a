import { get, post, query } from '../api.js';
import { h, badge, paged, guard, ask, confirm, notice, readJson } from '../ui.js';
import { count, time, ago, duration, inline } from '../format.js';

const open = ['pending', 'leased', 'delivered'];
const kinds = { succeeded: 'ok', failed: 'failing', interrupted: 'failing', expired: 'late', cancelled: 'unseen', pending: 'attention', leased: 'attention', delivered: 'attention' };
export const stateBadge = (state) => badge(kinds[state] ?? 'unseen', state);

export const commandHeadings = (operator) => ['Kind', 'Payload', 'State', 'Created', 'Took', 'Result', ...(operator.mayWrite ? [''] : [])];

/** A command in a list, with what an operator may do to it. */
export function commandRow(command, { operator, reload }) {
  const cancel = async () => {
    const done = await confirm(`Cancel ${command.kind}?`, 'Why', 'Cancel it', (form) => post(`/v1/devices/${command.device}/commands/${command.id}/cancel`, { reason: form.reason }));
    if (done) reload();
  };
  return [
    h('span', { title: command.id }, command.kind), h('code', { class: 'cut' }, inline(command.payload)), [stateBadge(command.state), command.late ? ' late' : ''],
    h('span', { title: time(command.createdAt) }, ago(command.createdAt)), command.completedAt ? duration(Number(command.completedAt) - Number(command.createdAt)) : '',
    command.reason ?? (command.result === undefined ? '' : h('code', { class: 'cut' }, inline(command.result))),
    ...(operator.mayWrite ? [open.includes(command.state) ? h('button', { type: 'button', onclick: () => guard(cancel) }, 'Cancel') : ''] : []),
  ];
}

const commandFields = [
  { name: 'kind', label: 'Kind', required: true, value: 'ping', hint: 'Built in: ping, collect-diagnostics, resync, rotate-certificate, pause, resume, set-interval, list-dead-letters.' },
  { name: 'payload', label: 'Payload', type: 'json', hint: 'JSON; empty for none.', rows: 4 },
  { name: 'expiresInSeconds', label: 'Expires after (seconds)', type: 'number', hint: 'How long it may wait for its device; a day when empty.' },
];

const commandOf = (form) => ({
  kind: form.kind,
  payload: readJson('payload', form.payload),
  expiresInSeconds: form.expiresInSeconds ? Number(form.expiresInSeconds) : undefined,
  // The same click, sent twice by a bad network, is one command.
  idempotencyKey: crypto.randomUUID(),
});

export const sendCommand = (path) => ask('Send a command', commandFields, (form) => post(path, commandOf(form)), 'Send');

/** Commands for many devices: what was sent to a selector, and how far it is. */
export async function commands(context) {
  const { operator, reload, signal } = context;
  const list = paged((after) => get(query('/v1/command-batches', { after }), signal), ['Kind', 'Devices', 'State', 'Progress', 'Created', ''], (batch) => [
    h('span', { title: batch.id }, batch.command.kind), h('a', { href: query('#/devices', { selector: batch.selector }) }, `${batch.selector} (${count(batch.devices)})`), badge(batch.state === 'cancelled' ? 'unseen' : batch.state === 'creating' ? 'attention' : 'ok', batch.state),
    progress(batch), h('span', { title: time(batch.createdAt) }, ago(batch.createdAt)),
    operator.mayWrite && batch.state !== 'cancelled' && open.some((state) => batch.commands[state]) ? h('button', { type: 'button', onclick: () => guard(async () => { if (await confirm('Cancel this batch?', 'Why', 'Cancel it', (form) => post(`/v1/command-batches/${batch.id}/cancel`, { reason: form.reason }))) reload(); }) }, 'Cancel') : '',
  ], 'No commands were sent to many devices yet.');
  await list.ready;
  const send = async () => {
    const made = await ask('Send to many devices', [{ name: 'selector', label: 'Devices', required: true, value: '*', hint: 'A label selector such as site=north,!retired; * is every device.' }, ...commandFields],
      (form) => post('/v1/command-batches', { selector: form.selector, command: commandOf(form) }), 'Send');
    if (made) {
      notice(`Being created for ${count(made.devices)} devices.`);
      reload();
    }
  };
  return [
    h('div', { class: 'title' }, h('h1', {}, 'Commands'), operator.mayWrite && h('button', { type: 'button', class: 'primary', onclick: () => guard(send) }, 'Send to many devices')),
    h('p', { class: 'muted' }, 'A device’s own commands are on its page.'),
    list.element,
  ];
}

function progress(batch) {
  const parts = Object.entries(batch.commands).filter(([, amount]) => amount > 0);
  return h('div', {}, bar(parts.map(([state, amount]) => [kinds[state], amount]), batch.devices), h('small', { class: 'muted' }, parts.map(([state, amount]) => `${count(amount)} ${state}`).join(', ') || 'being created'));
}

/** A bar of shares of a whole. */
export const bar = (parts, whole) => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'bar');
  svg.setAttribute('viewBox', '0 0 100 4');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', parts.map(([kind, amount]) => `${amount} ${kind}`).join(', '));
  let x = 0;
  for (const [kind, amount] of parts) {
    const width = whole ? (amount * 100) / whole : 0;
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    for (const [name, value] of Object.entries({ x, y: 0, width, height: 4, class: `fill-${kind}` })) rect.setAttribute(name, value);
    svg.append(rect);
    x += width;
  }
  return svg;
};
