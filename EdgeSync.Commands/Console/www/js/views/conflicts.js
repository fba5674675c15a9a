import { get, post, query } from '../api.js';
import { h, section, paged, ask, guard, notice, readJson, facts, table, badge } from '../ui.js';
import { count, time, ago, inline, pretty } from '../format.js';

const rules = ['last-writer-wins', 'cloud-wins', 'device-wins', 'max', 'min', 'union', 'json-merge'];

export const conflictHeadings = ['Key', 'Device', 'Kept', 'Not kept', 'Rule', 'When', ''];

export const conflictRow = (conflict, open) => [
  h('code', {}, conflict.winner.key), h('a', { href: `#/devices/${conflict.device}/conflicts` }, `${conflict.device.slice(0, 8)}…`), h('code', { class: 'cut' }, inline(conflict.kept)), h('code', { class: 'cut' }, inline(conflict.loser.value)),
  conflict.rule, h('span', { title: time(conflict.resolvedAt) }, ago(conflict.resolvedAt)),
  h('button', { type: 'button', onclick: () => guard(open) }, conflict.resolution ? 'Decided' : 'Look'),
];

/** The workbench: every conflict there was, what other rules would have made of them, and a decision by hand. */
export async function conflicts(context) {
  const { signal, search } = context;
  const filter = { key: search.get('key') ?? '', device: search.get('device') ?? '' };
  const list = paged((after) => get(query('/v1/conflicts', { ...filter, after }), signal), conflictHeadings, (conflict) => conflictRow(conflict, () => openConflict(conflict, context)), 'Nothing was written on both sides at once.');
  const [, current] = await Promise.all([list.ready, get('/v1/config-rules', signal)]);
  const write = (name, label, hint) => h('label', {}, label, h('input', { type: 'search', value: filter[name], placeholder: hint, onchange: (event) => { location.hash = query('#/conflicts', { ...filter, [name]: event.target.value.trim() }); } }));
  return [
    h('h1', {}, 'Conflicts'),
    section('Rules in force', table(['Keys', 'Rule'], current.rules.patterns.map((pattern) => [h('code', {}, pattern.pattern), pattern.resolver ? `${pattern.rule} ${pattern.resolver}` : pattern.rule]), 'The last writer wins, for every key.')),
    replay(current, filter),
    h('h2', {}, 'Log'),
    h('form', { class: 'filters', onsubmit: (event) => event.preventDefault() }, write('key', 'Keys', 'sampling.*'), write('device', 'Device', 'its id')),
    list.element,
  ];
}

function replay(current, filter) {
  const pattern = h('input', { name: 'pattern', value: filter.key || '*', required: true });
  const rule = h('select', { name: 'rule' }, rules.map((name) => h('option', {}, name)));
  const answer = h('div', { 'aria-live': 'polite' });
  const ask_ = async (event) => {
    event.preventDefault();
    await guard(async () => {
      // The rule that is tried comes before those in force.
      const patterns = [{ pattern: pattern.value, rule: rule.value }, ...current.rules.patterns];
      let examined = 0;
      const different = [];
      for (let after; ;) {
        const page = await post('/v1/conflicts/replay', { patterns, device: filter.device || undefined, after });
        examined += page.examined;
        different.push(...page.different);
        if (!page.next || different.length > 500) break;
        after = page.next;
      }

      answer.replaceChildren(
        h('p', {}, `${count(different.length)} of ${count(examined)} conflicts would have kept another value. Nothing was changed.`),
        different.length > 0 && table(['Key', 'Device', 'Kept', 'Would keep', 'Rule'], different.map((item) => [
          h('code', {}, item.conflict.winner.key), `${item.conflict.device.slice(0, 8)}…`, h('code', { class: 'cut' }, inline(item.conflict.kept)), h('code', { class: 'cut' }, inline(item.wouldKeep)), item.rule])));
    });
  };
  return section('Try another rule', h('form', { class: 'filters', onsubmit: ask_ }, h('label', {}, 'Keys', pattern), h('label', {}, 'Rule', rule), h('button', { type: 'submit' }, 'Replay')), answer);
}

/** A conflict, both writes side by side, and a decision where the operator may make one. */
export async function openConflict(conflict, { operator, reload }) {
  const key = conflict.winner.key;
  const decide = async (form) => {
    const body = form.pick === 'another value' ? { value: readJson('value', form.value) } : { pick: form.pick };
    await post(`/v1/devices/${conflict.device}/conflicts/${conflict.id}/resolve`, { ...body, note: form.note || undefined });
    return true;
  };
  const fields = operator.mayWrite && !conflict.resolution
    ? [{ name: 'pick', label: 'Decide by hand', options: ['winner', 'loser', 'another value'] }, { name: 'value', label: 'Another value', type: 'json', rows: 4, value: inline(conflict.kept) ?? '' }, { name: 'note', label: 'Why' }]
    : [];
  const promise = ask(`Conflict on ${key}`, fields, fields.length ? decide : () => undefined, fields.length ? 'Decide' : 'Close');
  document.querySelector('dialog[open] h2').after(h('div', { class: 'columns' }, side('Kept', conflict.winner, conflict.kept), side('Not kept', conflict.loser, conflict.loser.value)),
    facts(['Rule', conflict.rule], ['Decided by', conflict.decidedBy], conflict.resolution && ['Operator’s decision', [badge('ok', inline(conflict.resolution.value)), ` ${conflict.resolution.note ?? ''}`]]));
  if (await promise) {
    notice(`${key} is written as you decided.`);
    reload();
  }
}

const side = (title, entry, value) => section(title, h('pre', {}, pretty(value)), h('p', { class: 'muted' }, `${entry.writer}, ${time(entry.time.wall)}`));
