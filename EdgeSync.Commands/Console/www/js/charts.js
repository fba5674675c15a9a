// Charts over time by uPlot, in the colours of the page.

import { h } from './ui.js';
import { seconds, compact } from './format.js';

const two = (part) => String(part).padStart(2, '0');

// A day has 24 hours, whatever the browser thinks.
const clockTicks = (_, ticks, axis, space, step) => ticks.map((tick) => {
  const at = new Date(tick * 1000);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return step >= 86400 ? `${at.getDate()} ${at.toLocaleString('en', { month: 'short' })}` : step >= 60 ? clock : `${clock}:${two(at.getSeconds())}`;
});

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * A chart. series: [{ label, colour (a custom property of the page), values, fill, format }], times: microseconds. Destroyed with its element when the view goes.
 */
export function chart(title, times, series, { height = 180, format = compact, zero = true } = {}) {
  const box = h('figure', { class: 'chart', 'aria-label': describe(title, series, format) }, h('figcaption', {}, title));
  if (times.length < 2) {
    box.append(h('p', { class: 'empty' }, 'Not enough history yet.'));
    return box;
  }

  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } };
  const options = {
    width: 300,
    height,
    legend: { live: true },
    cursor: { y: false },
    scales: { y: { range: (_, least, most) => [zero ? Math.min(0, least ?? 0) : least, (most ?? 0) === (least ?? 0) && zero ? Math.max(1, most ?? 1) : most] } },
    axes: [{ ...axis, values: clockTicks }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => format(tick)) }],
    series: [
      { label: 'Time' },
      ...series.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        fill: line.fill ? `color-mix(in srgb, ${colour(line.colour)} 18%, transparent)` : undefined,
        width: 2,
        points: { show: times.length < 40 },
        value: (_, value) => (value === null || value === undefined ? '–' : format(value)),
      })),
    ],
  };
  const plot = new globalThis.uPlot(options, [times.map(seconds), ...series.map((line) => line.values)], box);
  // Charts fill what room they get, also when a phone is turned.
  const observer = new ResizeObserver(([entry]) => plot.setSize({ width: Math.max(200, Math.floor(entry.contentRect.width)), height }));
  observer.observe(box);
  return box;
}

function describe(title, series, format) {
  const last = series.map((line) => `${line.label} ${format(line.values.at(-1))}`).join(', ');
  return `${title}; last: ${last}`;
}

/** What a counter that only grows has gained a second, between each two samples. */
export const rates = (times, counter) => counter.map((value, place) => (place === 0 ? null : Math.max(0, (value - counter[place - 1]) / Math.max(1, seconds(times[place]) - seconds(times[place - 1])))));
