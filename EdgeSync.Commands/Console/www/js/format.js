// How things are said. Pure.

const number = new Intl.NumberFormat('en');
const compactNumber = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** 64-bit numbers are strings on the wire; what is shown here stays below 2^53. */
export const toNumber = (value) => (value === undefined || value === null ? null : Number(value));
export const count = (value) => (value === undefined || value === null ? '–' : number.format(Number(value)));
export const compact = (value) => (value === undefined || value === null ? '–' : compactNumber.format(Number(value)));
export const time = (micros) => (micros === undefined || micros === null ? '–' : clock.format(new Date(Number(micros) / 1000)));
export const seconds = (micros) => Number(micros) / 1e6;

export function bytes(value) {
  if (value === undefined || value === null) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let amount = Number(value);
  let unit = 0;
  for (; amount >= 1000 && unit < units.length - 1; unit++) amount /= 1000;
  return `${unit && amount < 100 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

/** A length of time in its two largest units. */
export function duration(micros) {
  const total = Math.round(Math.abs(Number(micros)) / 1e6);
  if (Number(micros) === 0) return '';
  if (total < 1) return `${Math.round(Math.abs(Number(micros)) / 1000)} ms`;
  const parts = [[Math.floor(total / 86400), 'd'], [Math.floor(total / 3600) % 24, 'h'], [Math.floor(total / 60) % 60, 'min'], [total % 60, 's']];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

const now = () => Date.now() * 1000;
export const ago = (micros) => (micros === undefined || micros === null ? 'never' : Number(micros) > now() + 1e6 ? `in ${duration(Number(micros) - now())}` : `${duration(now() - Number(micros))} ago`);
export const ahead = (micros) => (micros === undefined || micros === null ? '–' : Number(micros) <= now() ? 'now' : `in ${duration(Number(micros) - now())}`);

/** JSON for people. */
export const pretty = (value) => (value === undefined ? '(deleted)' : JSON.stringify(value, null, 2));
export const inline = (value) => (value === undefined ? '(deleted)' : JSON.stringify(value));
