import { get, patch } from '../api.js';
import { h, section, facts, table, badge, ask, guard, notice, readJson } from '../ui.js';
import { ago, inline, pretty } from '../format.js';

const kinds = { applied: 'ok', probation: 'attention', rejected: 'failing', 'rolled-back': 'failing' };

/** A device's configuration: what is desired, what it reports, and a change of several keys at once that is looked at before it is written. */
export async function configuration({ id, operator, reload, signal }) {
  const document = await get(`/v1/devices/${id}/config`, signal);
  const behind = document.deviceVersion === undefined ? 'The device has not asked for it yet.'
    : Number(document.deviceVersion) < Number(document.version) ? `The device has version ${document.deviceVersion}; it was told ${ago(document.deviceSyncedAt)}.` : `The device has it, since ${ago(document.deviceSyncedAt)}.`;
  return [
    section('Document', facts(['Version', document.version], ['On the device', behind]),
      operator.mayWrite && h('p', {}, h('button', { type: 'button', class: 'primary', onclick: () => guard(() => edit(id, document, reload)) }, 'Change'))),
    section('Keys', table(['Key', 'Desired', 'Reported', 'State', 'Written by', 'When'], document.entries.map(({ entry, report, updatedAt }) => [
      h('code', {}, entry.key), h('code', { class: 'cut', title: pretty(entry.value) }, inline(entry.value)), report ? h('code', { class: 'cut' }, inline(report.inForce)) : '–',
      report ? [badge(kinds[report.status] ?? 'attention', report.status), report.reason ? ` ${report.reason}` : ''] : entry.writer === 'cloud' ? badge('unseen', 'not reported') : '', entry.writer === 'cloud' ? 'operators' : 'the device', ago(updatedAt),
    ]), 'No keys yet.')),
  ];
}

async function edit(id, document, reload) {
  const before = Object.fromEntries(document.entries.map(({ entry }) => [entry.key, entry.value]));
  const wanted = await ask('Change configuration', [{
    name: 'values', label: 'Keys and values', type: 'json', rows: 16, value: pretty(before), hint: 'Dot paths and any JSON. A key that is taken out is deleted. Nothing is written yet.',
  }], (form) => {
    const values = readJson('values', form.values);
    if (values === null || typeof values !== 'object' || Array.isArray(values)) throw Object.assign(new Error('Write an object of keys and values.'), { fields: { values: 'An object is { "key": value }.' } });
    return values;
  }, 'Compare');
  if (!wanted) return;
  const changed = [...new Set([...Object.keys(before), ...Object.keys(wanted)])].sort().filter((key) => inline(before[key]) !== inline(wanted[key]));
  if (!changed.length) {
    notice('Nothing is different.');
    return;
  }

  const done = await review(id, document, changed, before, wanted);
  if (done) {
    notice(`${changed.length} ${changed.length === 1 ? 'key is' : 'keys are'} written.`);
    reload();
  }
}

function review(id, document, changed, before, wanted) {
  const promise = ask('Write these changes?', [
    { name: 'check', label: 'Health check (optional)', hint: 'A check that the device’s program has registered: if it fails, the device takes the values back.' },
    { name: 'withinSeconds', label: 'On probation for (seconds)', type: 'number', value: '60' },
  ], (form) => patch(`/v1/devices/${id}/config`, {
    values: Object.fromEntries(changed.map((key) => [key, wanted[key] ?? null])),
    expectedVersion: document.version,
    health: form.check ? { check: form.check, withinSeconds: Number(form.withinSeconds) } : undefined,
  }).then(() => true), 'Write');
  // The same dialog with what would change above its fields.
  globalThis.document.querySelector('dialog[open] h2').after(diff(changed, before, wanted));
  return promise;
}

/** What would change, key by key. */
export const diff = (keys, before, after) => h('dl', { class: 'diff' }, keys.map((key) => [
  h('dt', {}, h('code', {}, key)),
  before[key] !== undefined && h('dd', { class: 'removed' }, h('pre', {}, pretty(before[key]))),
  after[key] !== undefined && h('dd', { class: 'added' }, h('pre', {}, pretty(after[key]))),
]));
