import { get, post, put, query } from '../api.js';
import { h, section, facts, table, healthBadge, badge, paged, guard, confirm, notice, showAgain } from '../ui.js';
import { chart } from '../charts.js';
import { count, bytes, ago, ahead, time, duration, seconds, inline } from '../format.js';
import { commandRow, commandHeadings, sendCommand } from './commands.js';
import { configuration } from './configuration.js';
import { conflictRow, conflictHeadings, openConflict } from './conflicts.js';

const tabs = { sync: 'Sync', telemetry: 'Telemetry', config: 'Configuration', commands: 'Commands', conflicts: 'Conflicts', access: 'Access' };

/** Everything about a device, a part at a time. */
export async function device(context) {
  const [id, tab = 'sync'] = context.parameters;
  const [registered, found] = await Promise.all([get(`/v1/devices/${id}`, context.signal), get(query('/v1/fleet/devices', { search: id }), context.signal)]);
  const item = found.items.find((candidate) => candidate.device === id);
  const part = { sync, telemetry, config: configuration, commands, conflicts, access }[tab] ?? sync;
  return [
    h('div', { class: 'title' }, h('h1', {}, registered.name || id), item && healthBadge(item.health)),
    h('p', { class: 'muted' }, h('code', {}, id), ' ', Object.entries(registered.labels).map(([name, value]) => h('a', { class: 'label', href: query('#/devices', { selector: `${name}=${value}` }) }, `${name}=${value}`))),
    h('nav', { class: 'tabs', 'aria-label': 'Parts' }, Object.entries(tabs).map(([name, label]) => h('a', { href: `#/devices/${id}/${name}`, 'aria-current': name === tab ? 'page' : null }, label))),
    ...[await part({ ...context, id, registered, item })].flat(),
  ];
}

async function sync({ id, item, signal, reload }) {
  showAgain({ signal, reload }, 5);
  if (!item?.lastSeenAt) return [h('p', { class: 'empty' }, 'Nothing has come from this device yet.')];
  const [status, history] = await Promise.all([get(`/v1/devices/${id}/sync`, signal), get(`/v1/devices/${id}/history`, signal)]);
  const beat = status.heartbeat;
  const times = history.samples.map((sample) => Number(sample.at));
  return [
    section('Why', h('p', { class: 'reason' }, why(status, beat)),
      beat?.lanes?.length > 0 && table(['What does not work', 'Reason', 'Since', 'Next attempt'], beat.lanes.map((lane) => [lane.lane, h('code', {}, lane.reason), ago(lane.since), ahead(lane.nextAttemptAt)]))),
    h('div', { class: 'columns' },
      section('Backlog', facts(
        ['Waiting readings', count(item.pendingRecords)], ['On its disk', bytes(item.pendingBytes)], ['Oldest', item.oldestPendingAt ? ago(item.oldestPendingAt) : 'none'],
        ['Drained', Number(item.pendingRecords) ? ahead(history.drainsAt) : 'nothing waits'], ['Dead letters', count(item.deadLetters)])),
      section('Device', facts(
        ['Last heard', ago(item.lastSeenAt)], ['Agent', item.agentVersion], ['Clock', clock(item.clockOffsetMicroseconds)], ['Disk left', bytes(item.diskFreeBytes)],
        ['File', `${bytes(item.databaseBytes)}${item.databaseBytesMax ? ` of ${bytes(item.databaseBytesMax)}` : ''}`], ['Full', history.fullAt ? ahead(history.fullAt) : 'not foreseen']))),
    h('div', { class: 'charts' },
      chart('Waiting readings', times, [{ label: 'waiting', colour: '--late', fill: true, values: history.samples.map((sample) => Number(sample.pendingRecords)) }]),
      chart('Age of the oldest', times, [{ label: 'age', colour: '--failing', values: history.samples.map((sample) => (sample.oldestPendingAt ? Math.max(0, seconds(sample.at) - seconds(sample.oldestPendingAt)) : 0)) }], { format: (value) => duration(value * 1e6) || '0 s' })),
    section('Streams', table(['Stream', 'Accounted for', 'Stored', 'Refused', 'Given up', 'Expired', 'Verified', 'Receipt', 'Digest'], status.streams.map((stream) => [
      h('code', {}, stream.epoch), count(stream.watermark), count(stream.stored), count(stream.refused), count(stream.gaps), count(stream.expired),
      stream.damaged ? badge('failing', `damaged ${stream.damaged.from}–${stream.damaged.to}`) : ago(stream.verifiedAt), receipt(stream), h('code', { title: stream.digest }, `${stream.digest.slice(0, 12)}…`),
    ]), 'No telemetry has come yet.')),
  ];
}

const receipt = (stream) => (stream.receiptTo === undefined ? 'none' : h('span', { title: `signed ${time(stream.receiptAt)}` }, `1–${count(stream.receiptTo)}, ${ago(stream.receiptAt)}`));

function why(status, beat) {
  if (status.silentSince) return `Nothing has been heard since ${time(status.silentSince)}. What follows is what it said then.`;
  if (!beat) return 'It has sent telemetry and said nothing of itself yet.';
  return beat.reason === 'ok' ? `It has been syncing since ${time(beat.reasonSince)}.` : [
    'It is not syncing: ', h('code', {}, beat.reason), `, for ${duration(Date.now() * 1000 - Number(beat.reasonSince))}. `, beat.nextAttemptAt ? `Next attempt ${ahead(beat.nextAttemptAt)}.` : ''];
}

const clock = (offset) => (offset === undefined ? '–' : Math.abs(Number(offset)) < 1e6 ? 'right' : `${duration(offset)} ${Number(offset) > 0 ? 'ahead' : 'behind'}`);

const spans = { '15 min': 15 * 60, '1 h': 3600, '6 h': 6 * 3600, '24 h': 24 * 3600, '7 d': 7 * 24 * 3600 };

async function telemetry({ id, item, search, signal }) {
  if (!item?.lastSeenAt) return [h('p', { class: 'empty' }, 'Nothing has come from this device yet.')];
  const latest = await get(`/v1/devices/${id}/latest`, signal);
  const sensors = latest.items.filter((reading) => reading.value !== undefined).map((reading) => reading.sensor);
  const sensor = search.get('sensor') ?? sensors[0];
  const span = search.get('span') ?? '1 h';
  const go = (changes) => { location.hash = query(`#/devices/${id}/telemetry`, { sensor, span, ...changes }); };
  const choose = (name, label, options, chosen) => h('label', {}, label, h('select', { onchange: (event) => go({ [name]: event.target.value }) }, options.map((option) => h('option', { value: option, selected: option === chosen }, option))));
  const charts = h('div', { class: 'charts wide' });
  if (sensor) {
    const length = (spans[span] ?? 3600) * 1e6;
    const to = Math.floor(Date.now() * 1000);
    const buckets = await get(query(`/v1/devices/${id}/telemetry/buckets`, { from: to - length, to, width: Math.max(1e6, Math.round(length / 300)), sensor }), signal);
    const format = (value) => String(Math.round(value * 1000) / 1000);
    charts.append(chart(sensor, buckets.items.map((bucket) => Number(bucket.start)), [
      { label: 'mean', colour: '--accent', values: buckets.items.map((bucket) => bucket.avg) },
      { label: 'least', colour: '--muted', values: buckets.items.map((bucket) => bucket.min) },
      { label: 'greatest', colour: '--muted', values: buckets.items.map((bucket) => bucket.max) },
    ], { height: 280, format, zero: false }));
  }

  return [
    sensor && h('form', { class: 'filters', onsubmit: (event) => event.preventDefault() }, choose('sensor', 'Sensor', sensors, sensor), choose('span', 'Span', Object.keys(spans), span)),
    charts,
    section('Newest readings', table(['Sensor', 'Value', 'Recorded', 'Stored', 'Number'], latest.items.map((reading) => [
      h('a', { href: query(`#/devices/${id}/telemetry`, { sensor: reading.sensor, span }) }, reading.sensor), reading.value ?? h('code', {}, inline(reading.payload)), time(reading.recordedAt), time(reading.receivedAt), count(reading.number),
    ]), 'No readings yet.')),
  ].filter(Boolean);
}

async function commands(context) {
  const { id, operator, reload, signal } = context;
  const list = paged((after) => get(query(`/v1/devices/${id}/commands`, { order: 'newest', after }), signal), commandHeadings(operator), (command) => commandRow(command, context), 'No commands yet.');
  await list.ready;
  return [
    operator.mayWrite && h('p', {}, h('button', { type: 'button', class: 'primary', onclick: async () => { if (await sendCommand(`/v1/devices/${id}/commands`)) reload(); } }, 'Send a command')),
    list.element,
  ].filter(Boolean);
}

async function conflicts(context) {
  const list = paged((after) => get(query(`/v1/devices/${context.id}/conflicts`, { after }), context.signal), conflictHeadings, (conflict) => conflictRow(conflict, () => openConflict(conflict, context)), 'Nothing was written on both sides at once.');
  await list.ready;
  return [list.element];
}

async function access({ id, registered, operator, reload, signal }) {
  const certificates = await get(`/v1/devices/${id}/certificates`, signal);
  const change = (state) => confirm(`Set ${registered.name} to ${state}?`, 'Why', 'Change', (form) => put(`/v1/devices/${id}/state`, { state, reason: form.reason })).then((done) => { if (done !== undefined) reload(); });
  return [
    section('State', h('p', {}, badge(registered.state), ' ', registered.stateReason),
      operator.mayWrite && h('p', {}, registered.state === 'active'
        ? h('button', { type: 'button', class: 'danger', onclick: () => guard(() => change('disabled')) }, 'Stop it')
        : h('button', { type: 'button', onclick: () => guard(() => change('active')) }, 'Let it in'))),
    section('Certificates', table(['Certificate', 'Issued', 'Ends', 'State', ''], certificates.items.map((certificate) => [
      h('code', { title: certificate.fingerprint }, `${certificate.fingerprint.slice(0, 16)}…`), time(certificate.issuedAt), `${time(certificate.notAfter)} (${ahead(certificate.notAfter)})`,
      certificate.revokedAt ? badge('failing', 'revoked') : badge('ok', 'good'),
      operator.mayWrite && !certificate.revokedAt && h('button', {
        type: 'button',
        onclick: () => guard(async () => {
          if (await confirm('Revoke this certificate?', 'Why', 'Revoke', (form) => post(`/v1/devices/${id}/certificates/${certificate.fingerprint}/revoke`, { reason: form.reason }).then(() => true))) {
            notice('The certificate is revoked.');
            reload();
          }
        }),
      }, 'Revoke'),
    ]), 'No certificate was issued for it.')),
  ];
}
