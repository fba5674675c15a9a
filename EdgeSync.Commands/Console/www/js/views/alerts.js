import { get, post, put, remove, query } from '../api.js';
import { h, section, badge, paged, table, ask, guard, notice, readJson, showAgain } from '../ui.js';
import { time, ago, duration, pretty } from '../format.js';

const kinds = { firing: 'failing', pending: 'late', resolved: 'ok' };

/** Alerts, newest first; silences; and the rules that make them. */
export async function alerts(context) {
  const { operator, search, signal, reload } = context;
  const filter = { state: search.get('state') ?? '', severity: search.get('severity') ?? '' };
  const list = paged((after) => get(query('/v1/alerts', { ...filter, after }), signal), ['Severity', 'Alert', 'Device', 'State', 'Value', 'Since', ''], (alert) => [
    badge(alert.severity), alert.summary, alert.device ? h('a', { href: `#/devices/${alert.device}` }, alert.deviceName || alert.device) : 'fleet', [badge(kinds[alert.state], alert.state), alert.silenced ? ' silenced' : ''],
    quantity(alert.value, alert.unit), h('span', { title: time(alert.startedAt) }, ago(alert.firingAt ?? alert.startedAt)),
    alert.acknowledgedAt ? h('span', { class: 'muted', title: alert.acknowledgedNote ?? '' }, `seen ${ago(alert.acknowledgedAt)}`)
      : operator.mayWrite && alert.state !== 'resolved' ? [h('button', { type: 'button', onclick: () => guard(() => acknowledge(alert, reload)) }, 'Acknowledge'), ' ', h('button', { type: 'button', onclick: () => guard(() => silence(alert, reload)) }, 'Silence')] : '',
  ], 'Nothing has been wrong.');
  showAgain(context, 10);
  const [, silences, rules, dead] = await Promise.all([list.ready, get('/v1/alert-silences', signal), get('/v1/alert-rules', signal), get('/v1/alert-notifications?state=dead', signal)]);
  const choose = (name, label, options) => h('label', {}, label, h('select', { onchange: (event) => { location.hash = query('#/alerts', { ...filter, [name]: event.target.value }); } }, options.map((option) => h('option', { value: option, selected: filter[name] === option }, option || 'any'))));
  return [
    h('h1', {}, 'Alerts'),
    h('form', { class: 'filters', onsubmit: (event) => event.preventDefault() }, choose('state', 'State', ['', 'firing', 'pending', 'resolved']), choose('severity', 'Severity', ['', 'critical', 'warning', 'info'])),
    list.element,
    section('Silences', table(['For', 'Until', 'Note', ''], silences.items.map(({ id, silence: item }) => [
      [item.rule, item.device, item.selector].filter(Boolean).join(', '), time(item.until), item.note,
      operator.mayWrite && Number(item.until) > Date.now() * 1000 ? h('button', { type: 'button', onclick: () => guard(async () => { await remove(`/v1/alert-silences/${id}`); reload(); }) }, 'End it') : '',
    ]), 'Nothing is silenced.')),
    section('Rules', table(['Rule', 'Severity', 'Fires at', 'For', 'Clears at', 'Devices', 'From', ''], rules.items.map(({ rule, source, unit }) => [
      h('span', { title: rule.summary ?? '' }, rule.name, rule.enabled ? '' : ' (off)'), badge(rule.severity), quantity(rule.threshold, unit), duration(rule.forSeconds * 1e6) || 'at once', quantity(rule.clearThreshold ?? rule.threshold, unit), rule.selector ?? 'all', source,
      operator.mayWrite && [h('button', { type: 'button', onclick: () => guard(() => editRule(rule, reload)) }, 'Change'), source === 'operator' ? [' ', h('button', { type: 'button', onclick: () => guard(async () => { await remove(`/v1/alert-rules/${rule.name}`); reload(); }) }, 'Take back')] : ''],
    ]))),
    section('Notifications that reached nobody', dead.items.length ? table(['Webhook', 'Rule', 'Event', 'Attempts', 'Why', 'When', ''], dead.items.map((item) => [
      item.webhook, item.rule, item.event, item.attempts, item.lastError ?? '', ago(item.createdAt),
      operator.mayWrite && h('button', { type: 'button', onclick: () => guard(async () => { await post(`/v1/alert-notifications/${item.id}/retry`); reload(); }) }, 'Try again'),
    ])) : h('p', { class: 'empty' }, 'None.')),
  ];
}

// A count has the unit 1, which nobody says.
const quantity = (value, unit) => (unit === 's' ? duration(value * 1e6) || '0 s' : `${Math.round(value * 100) / 100}${unit === '1' ? '' : ` ${unit}`}`);

async function acknowledge(alert, reload) {
  if (await ask('Acknowledge', [{ name: 'note', label: 'Note', required: true, hint: 'Who looks after it, and what was found.' }], (form) => post(`/v1/alerts/${alert.id}/acknowledge`, { note: form.note }).then(() => true), 'Acknowledge')) reload();
}

async function silence(alert, reload) {
  const done = await ask('Silence', [
    { name: 'hours', label: 'For (hours)', type: 'number', value: '1', required: true },
    { name: 'note', label: 'Why', required: true },
  ], (form) => post('/v1/alert-silences', { rule: alert.rule, device: alert.device, until: String(Math.floor((Date.now() + Number(form.hours) * 3600e3) * 1000)), note: form.note }).then(() => true), 'Silence');
  if (done) {
    notice('Silenced: it is shown here and told nobody.');
    reload();
  }
}

async function editRule({ name, ...rule }, reload) {
  const done = await ask(`Rule ${name}`, [{ name: 'rule', label: 'Rule', type: 'json', rows: 12, value: pretty(rule) }], (form) => put(`/v1/alert-rules/${name}`, readJson('rule', form.rule)).then(() => true));
  if (done) reload();
}
