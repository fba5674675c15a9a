// The fleet as a picture: a square for each device, drawn on one canvas, so that ten thousand cost one drawing.

import { h, healths, healthWord } from './ui.js';

const order = ['stopped', 'silent', 'failing', 'late', 'attention', 'unseen', 'ok'];
const gap = 1;

/** The place of each health in the digits of /v1/fleet/map. */
export const healthAt = (digit) => order[Number(digit)];

export class HeatMap {
  #canvas = h('canvas', { class: 'heatmap', role: 'img', tabindex: '0' });
  #tip = h('div', { class: 'tip', hidden: true });
  #devices = [];
  #health = [];
  #cell = 10;
  #columns = 1;
  #focused = -1;

  constructor(open) {
    this.element = h('div', { class: 'heatmap-box' }, this.#canvas, this.#tip);
    this.#canvas.addEventListener('mousemove', (event) => this.#show(this.#placeAt(event)));
    this.#canvas.addEventListener('mouseleave', () => this.#show(-1));
    this.#canvas.addEventListener('click', (event) => this.#open(this.#placeAt(event), open));
    this.#canvas.addEventListener('keydown', (event) => this.#move(event, open));
    new ResizeObserver(() => this.draw()).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  set(map) {
    this.#devices = map.devices;
    this.#health = [...map.health];
    this.draw();
  }

  /** Changes some squares and draws those alone. */
  change(changes) {
    const context = this.#canvas.getContext('2d');
    const colours = this.#colours();
    for (const [place, digit] of Object.entries(changes)) {
      this.#health[Number(place)] = digit;
      this.#square(context, colours, Number(place));
    }

    this.#describe();
  }

  draw() {
    const width = Math.max(200, this.element.clientWidth);
    // As large as fits about a third of a screen, and never too small to be pointed at.
    this.#cell = Math.min(28, Math.max(5, Math.floor(Math.sqrt((width * 320) / Math.max(1, this.#devices.length)))));
    this.#columns = Math.max(1, Math.floor(width / this.#cell));
    const height = Math.max(1, Math.ceil(this.#devices.length / this.#columns)) * this.#cell;
    const scale = globalThis.devicePixelRatio || 1;
    Object.assign(this.#canvas, { width: Math.floor(width * scale), height: Math.floor(height * scale) });
    Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
    const context = this.#canvas.getContext('2d');
    context.scale(scale, scale);
    const colours = this.#colours();
    for (let place = 0; place < this.#devices.length; place++) this.#square(context, colours, place);
    this.#describe();
  }

  #colours() {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(order.map((health, digit) => [digit, style.getPropertyValue(`--${health}`).trim()]));
  }

  #square(context, colours, place) {
    context.fillStyle = colours[this.#health[place]];
    context.fillRect((place % this.#columns) * this.#cell, Math.floor(place / this.#columns) * this.#cell, this.#cell - gap, this.#cell - gap);
  }

  #describe() {
    const counts = new Map();
    for (const digit of this.#health) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    const said = healths.filter((health) => counts.get(String(order.indexOf(health)))).map((health) => `${counts.get(String(order.indexOf(health)))} ${healthWord(health).toLowerCase()}`);
    this.#canvas.setAttribute('aria-label', `${this.#devices.length} devices: ${said.join(', ')}. Arrow keys move, Enter opens a device.`);
  }

  #placeAt(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const [column, row] = [Math.floor((event.clientX - left) / this.#cell), Math.floor((event.clientY - top) / this.#cell)];
    const place = row * this.#columns + column;
    return column >= 0 && column < this.#columns && place < this.#devices.length ? place : -1;
  }

  #show(place) {
    this.#tip.hidden = place < 0;
    if (place < 0) return;
    this.#tip.textContent = `${this.#devices[place]}: ${healthWord(healthAt(this.#health[place]))}`;
    const left = (place % this.#columns) * this.#cell;
    this.#tip.style.left = `${Math.min(left, Math.max(0, this.element.clientWidth - 330))}px`;
    this.#tip.style.top = `${(Math.floor(place / this.#columns) + 1) * this.#cell + 4}px`;
  }

  #open(place, open) {
    if (place >= 0) open(this.#devices[place]);
  }

  #move(event, open) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns }[event.key];
    if (event.key === 'Enter') this.#open(this.#focused, open);
    if (!step) return;
    event.preventDefault();
    this.#focused = Math.min(this.#devices.length - 1, Math.max(0, this.#focused < 0 ? 0 : this.#focused + step));
    this.#show(this.#focused);
  }
}
