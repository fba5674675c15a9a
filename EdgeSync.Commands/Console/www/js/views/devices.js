import { get, query } from '../api.js';
import { h, paged, healthBadge, healths, healthWord } from '../ui.js';
import { count, ago } from '../format.js';

const orders = { device: 'Id', oldest: 'Oldest waiting reading', pending: 'Most waiting readings', seen: 'Longest unheard' };

/** The fleet's devices: filtered, ordered, a page at a time. What is filtered by is in the address. */
export async function devices({ signal, search }) {
  const filter = Object.fromEntries(['health', 'reason', 'search', 'selector', 'order'].map((name) => [name, search.get(name) ?? '']));
  const apply = (changes) => { location.hash = query('#/devices', { ...filter, ...changes }); };
  const list = paged(
    (after) => get(query('/v1/fleet/devices', { ...filter, after }), signal),
    ['Device', 'Health', 'Reason', 'Last heard', 'Waiting', 'Oldest', 'Dead letters', 'Labels'],
    (item) => [
      h('a', { href: `#/devices/${item.device}` }, item.name || item.device), healthBadge(item.health),
      item.reason && item.reason !== 'ok' ? item.reason : '', ago(item.lastSeenAt), count(item.pendingRecords), item.oldestPendingAt ? ago(item.oldestPendingAt) : '', Number(item.deadLetters) ? count(item.deadLetters) : '',
      h('span', { class: 'labels' }, Object.entries(item.labels).map(([name, value]) => h('a', { class: 'label', href: query('#/devices', { selector: `${name}=${value}` }) }, `${name}=${value}`))),
    ],
    'No device is like that.');
  await list.ready;
  const choose = (name, label, options) => h('label', {}, label, h('select', { onchange: (event) => apply({ [name]: event.target.value }) },
    options.map(([value, text]) => h('option', { value, selected: filter[name] === value }, text))));
  const write = (name, label, hint) => h('label', {}, label, h('input', { type: 'search', name, value: filter[name], placeholder: hint, onchange: (event) => apply({ [name]: event.target.value.trim() }) }));
  return [
    h('h1', {}, 'Devices'),
    h('form', { class: 'filters', onsubmit: (event) => event.preventDefault() },
      write('search', 'Search', 'Name or id'), choose('health', 'Health', [['', 'Any'], ...healths.map((health) => [health, healthWord(health)])]),
      write('selector', 'Labels', 'site=north,!retired'), write('reason', 'Reason', 'unreachable'), choose('order', 'Order', Object.entries(orders))),
    list.element,
  ];
}
