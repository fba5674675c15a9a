import { get, follow } from '../api.js';
import { h, section, healths, healthWord, badge, facts, table } from '../ui.js';
import { chart, rates } from '../charts.js';
import { HeatMap } from '../heatmap.js';
import { count, compact, bytes, ago, ahead, seconds, toNumber } from '../format.js';

/** How the fleet is, at a glance: a sentence, a picture, and what goes wrong. Follows what happens. */
export async function fleet({ signal }) {
  const [status, map, history, firing] = await Promise.all([
    get('/v1/fleet', signal), get('/v1/fleet/map', signal), get('/v1/fleet/history?hours=6', signal), get('/v1/alerts?state=firing&limit=20', signal),
  ]);
  const verdict = h('h1', { class: 'verdict' });
  const tiles = h('div', { class: 'tiles' });
  const troubles = h('div', {});
  const picture = new HeatMap((id) => { location.hash = `#/devices/${id}`; });
  const live = h('span', { class: 'live' }, 'connecting');
  picture.set(map);

  const tell = (now) => {
    verdict.replaceChildren(...sentence(now, firing.items.length));
    tiles.replaceChildren(...tilesOf(now));
    troubles.replaceChildren(troublesOf(now));
  };
  tell(status);
  follow('/v1/fleet/events', {
    open: () => { live.className = 'live on'; live.textContent = 'live'; },
    closed: () => { live.className = 'live'; live.textContent = 'reconnecting'; },
    away: () => { live.className = 'live'; live.textContent = 'the database is away'; },
    fleet: tell,
    map: async (change) => {
      if (change.changes) picture.change(change.changes);
      else picture.set(await get('/v1/fleet/map', signal));
    },
  }, signal);

  const times = history.samples.map((sample) => Number(sample.at));
  return [
    h('div', { class: 'title' }, verdict, live),
    firing.items.length > 0 && section('Firing alerts', h('ul', { class: 'plain' }, firing.items.map((alert) => h('li', {}, badge(alert.severity), ' ', h('a', { href: '#/alerts' }, alert.summary), h('span', { class: 'muted' }, ` ${ago(alert.firingAt)}`))))),
    tiles,
    section('Devices', legend(), picture.element),
    troubles,
    h('div', { class: 'charts' },
      chart('Readings stored per second', times, [{ label: 'stored', colour: '--accent', fill: true, values: rates(times, history.samples.map((sample) => Number(sample.stored))) }]),
      chart('Readings waiting on devices', times, [{ label: 'waiting', colour: '--late', fill: true, values: history.samples.map((sample) => Number(sample.pendingRecords)) }]),
      chart('Oldest waiting reading', times, [{ label: 'age', colour: '--failing', values: history.samples.map((sample) => (sample.oldestPendingAt ? Math.max(0, seconds(sample.at) - seconds(sample.oldestPendingAt)) : 0)) }], { format: (value) => `${compact(value)} s` }),
      chart('Sensor to database', times, [
        { label: 'p50', colour: '--ok', values: latency(history, 'latencyP50Milliseconds') },
        { label: 'p95', colour: '--accent', values: latency(history, 'latencyP95Milliseconds') },
        { label: 'p99', colour: '--late', values: latency(history, 'latencyP99Milliseconds') },
      ], { format: (value) => (value >= 1 ? `${compact(value)} s` : `${Math.round(value * 1000)} ms`) }),
      chart('Devices', times, [
        { label: 'syncing', colour: '--ok', values: history.samples.map((sample) => sample.ok) },
        { label: 'failing', colour: '--failing', values: history.samples.map((sample) => sample.failing) },
        { label: 'silent', colour: '--silent', values: history.samples.map((sample) => sample.silent) },
      ])),
  ].filter(Boolean);
}

// Minutes without a batch have none.
const latency = (history, name) => history.samples.map((sample) => (sample[name] === undefined ? null : Number(sample[name]) / 1000));

function sentence(status, firing) {
  const { health, devices } = status;
  const bad = health.silent + health.failing + health.late;
  const share = devices ? bad / devices : 0;
  const [kind, text] = !devices ? ['unseen', 'No devices are registered yet.']
    : share > 0.2 ? ['failing', `The fleet is not well: ${count(bad)} of ${count(devices)} devices are not syncing.`]
      : bad || firing ? ['late', bad ? `${count(bad)} of ${count(devices)} devices are not syncing.` : `All ${count(devices)} devices sync; alerts are firing.`]
        : ['ok', `The fleet is well: ${count(health.ok + health.attention)} of ${count(devices)} devices sync.`];
  return [h('span', { class: `dot ${kind}`, 'aria-hidden': 'true' }), text];
}

const legend = () => h('p', { class: 'legend' }, healths.map((health) => h('a', { href: `#/devices?health=${health}` }, h('span', { class: `dot ${health}`, 'aria-hidden': 'true' }), healthWord(health))));

function tilesOf(status) {
  const tile = (value, name, href, kind) => h(href ? 'a' : 'div', { class: `tile ${kind ?? ''}`, href }, h('strong', { class: String(value).length > 8 ? 'long' : '' }, value), h('span', {}, name));
  return [
    ...['ok', 'failing', 'late', 'silent', 'attention', 'stopped', 'unseen'].map((health) => tile(count(status.health[health]), healthWord(health), `#/devices?health=${health}`, status.health[health] ? health : '')),
    tile(compact(status.stored), 'Readings stored'),
    tile(compact(status.pendingRecords), `Waiting (${bytes(status.pendingBytes)})`, '#/devices?order=pending'),
    tile(status.oldestPendingAt ? ago(status.oldestPendingAt).replace(' ago', '') : '–', 'Oldest waiting', '#/devices?order=oldest'),
    tile(toNumber(status.pendingRecords) ? ahead(status.drainsAt).replace('in ', '') : '–', 'Until drained'),
    tile(count(status.deadLetters), 'Dead letters', undefined, toNumber(status.deadLetters) ? 'attention' : ''),
    tile(count(status.clocksWrong), 'Wrong clocks', undefined, status.clocksWrong ? 'attention' : ''),
    tile(count(status.damaged), 'Damaged', undefined, status.damaged ? 'failing' : ''),
  ];
}

function troublesOf(status) {
  const reasons = Object.entries(status.reasons).sort(([, a], [, b]) => b - a);
  const versions = Object.entries(status.versions).sort(([, a], [, b]) => b - a);
  return h('div', { class: 'columns' },
    section('Why devices are not syncing', table(['Reason', 'Devices'], reasons.map(([reason, devices]) => [h('a', { href: `#/devices?reason=${encodeURIComponent(reason)}` }, reason), count(devices)]), 'Whoever is heard syncs.')),
    section('Agent versions', facts(...versions.map(([version, devices]) => [version, count(devices)]))));
}
