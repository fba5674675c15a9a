import { get, post, query } from '../api.js';
import { h, section, facts, table, badge, paged, ask, confirm, guard, readJson, showAgain } from '../ui.js';
import { bar } from './commands.js';
import { count, time, ago, pretty } from '../format.js';

const kinds = { running: 'attention', completed: 'ok', paused: 'late', halted: 'failing', aborted: 'unseen' };

export async function rollouts({ operator, signal }) {
  const list = paged((after) => get(query('/v1/rollouts', { after }), signal), ['Rollout', 'Devices', 'State', 'Stage', 'Progress', 'Changed'], (item) => [
    h('a', { href: `#/rollouts/${item.id}` }, item.rollout.name), item.rollout.selector, badge(kinds[item.state] ?? 'attention', item.state), `${item.stage} of ${item.stages.length}`, progress(item), ago(item.changedAt),
  ], 'No rollouts yet.');
  await list.ready;
  const begin = async () => {
    const made = await ask('Begin a rollout', [
      { name: 'name', label: 'Name', required: true },
      { name: 'selector', label: 'Devices', value: '*', required: true, hint: 'A label selector; * is every device.' },
      { name: 'values', label: 'Keys and values', type: 'json', value: '{\n  "sampling.interval": 10\n}' },
      { name: 'stages', label: 'Stages', value: '5, 25, 100', hint: 'Percent of the devices, one after the other.' },
      { name: 'failurePercentMax', label: 'Halt above (percent failed)', type: 'number', value: '5' },
      { name: 'soakSeconds', label: 'Watch each stage for (seconds)', type: 'number', value: '60' },
      { name: 'check', label: 'Health check (optional)', hint: 'A device whose check fails takes the values back, and counts as failed.' },
    ], (form) => post('/v1/rollouts', {
      name: form.name,
      selector: form.selector,
      values: readJson('values', form.values),
      stages: form.stages.split(',').map((part) => ({ percent: Number(part) })),
      failurePercentMax: Number(form.failurePercentMax),
      soakSeconds: Number(form.soakSeconds),
      health: form.check ? { check: form.check, withinSeconds: 60 } : undefined,
      idempotencyKey: crypto.randomUUID(),
    }), 'Begin');
    if (made) location.hash = `#/rollouts/${made.id}`;
  };
  return [h('div', { class: 'title' }, h('h1', {}, 'Rollouts'), operator.mayWrite && h('button', { type: 'button', class: 'primary', onclick: () => guard(begin) }, 'Begin a rollout')), list.element];
}

const shares = (stages) => ['applied', 'failed', 'written'].map((state) => [{ applied: 'ok', failed: 'failing', written: 'attention' }[state], stages.reduce((sum, stage) => sum + stage[state], 0)]);
const progress = (item) => bar(shares(item.stages), item.stages.reduce((sum, stage) => sum + stage.devices, 0));

export async function rollout({ parameters: [id], operator, reload, signal }) {
  const item = await get(`/v1/rollouts/${id}`, signal);
  const list = paged((after) => get(query(`/v1/rollouts/${id}/devices`, { after }), signal), ['Device', 'Stage', 'State', 'Why', 'When'], (row) => [
    h('a', { href: `#/devices/${row.device}/config` }, row.device), row.stage, badge({ applied: 'ok', failed: 'failing', written: 'attention' }[row.state] ?? 'unseen', row.state), row.reason ?? '', row.changedAt ? ago(row.changedAt) : '',
  ]);
  await list.ready;
  const change = (verb, label) => h('button', { type: 'button', class: verb === 'abort' ? 'danger' : '', onclick: () => guard(async () => { if (await confirm(`${label} this rollout?`, 'Why', label, (form) => post(`/v1/rollouts/${id}/${verb}`, { reason: form.reason }))) reload(); }) }, label);
  if (item.state === 'running') showAgain({ signal, reload }, 3);
  return [
    h('div', { class: 'title' }, h('h1', {}, item.rollout.name), badge(kinds[item.state] ?? 'attention', item.state)),
    item.reason && h('p', { class: 'reason' }, item.reason),
    operator.mayWrite && h('p', { class: 'buttons' }, item.state === 'running' && change('pause', 'Pause'), ['paused', 'halted'].includes(item.state) && change('resume', 'Go on'), ['running', 'paused', 'halted'].includes(item.state) && change('abort', 'Abort')),
    section('What', facts(['Devices', item.rollout.selector], ['Begun', time(item.createdAt)], ['Changed', ago(item.changedAt)], ['Halts above', `${item.rollout.failurePercentMax ?? 0} % failed`], item.rollout.health && ['Health check', `${item.rollout.health.check} within ${item.rollout.health.withinSeconds} s`]), h('pre', {}, pretty(item.rollout.values))),
    section('Stages', table(['Stage', 'Devices', 'Waiting', 'Written', 'Applied', 'Failed', 'Progress', 'Begun'], item.stages.map((stage, place) => [
      place + 1 === item.stage && item.state === 'running' ? h('strong', {}, `${place + 1} (now)`) : place + 1, count(stage.devices), count(stage.waiting), count(stage.written), count(stage.applied), count(stage.failed), bar(shares([stage]), stage.devices), ago(stage.startedAt)]))),
    section('Devices', list.element),
  ].filter(Boolean);
}
