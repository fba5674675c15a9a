// The shell: who is signed in, which view is shown, and that a view's work ends when it goes.

import { get, token, onSignedOut } from './api.js';
import { h, guard, notice } from './ui.js';
import { fleet } from './views/fleet.js';
import { devices } from './views/devices.js';
import { device } from './views/device.js';
import { alerts } from './views/alerts.js';
import { commands } from './views/commands.js';
import { conflicts } from './views/conflicts.js';
import { rollouts, rollout } from './views/rollouts.js';

const views = [
  { path: /^\/$/, name: 'Fleet', link: '#/', show: fleet },
  { path: /^\/devices$/, name: 'Devices', link: '#/devices', show: devices },
  { path: /^\/devices\/([^/]+)(?:\/(\w+))?$/, show: device, under: 'Devices' },
  { path: /^\/alerts$/, name: 'Alerts', link: '#/alerts', show: alerts },
  { path: /^\/commands$/, name: 'Commands', link: '#/commands', show: commands },
  { path: /^\/conflicts$/, name: 'Conflicts', link: '#/conflicts', show: conflicts },
  { path: /^\/rollouts$/, name: 'Rollouts', link: '#/rollouts', show: rollouts },
  { path: /^\/rollouts\/([^/]+)$/, show: rollout, under: 'Rollouts' },
];

const main = document.getElementById('main');
const nav = document.getElementById('nav');
const who = document.getElementById('who');
let operator = null;
let leave = new AbortController();

function signIn(said = '') {
  operator = null;
  leave.abort();
  nav.hidden = true;
  who.replaceChildren();
  const input = h('textarea', { name: 'token', rows: 4, required: true, spellcheck: 'false', class: 'code', placeholder: 'eyJ…' });
  const error = h('p', { class: 'field-error', role: 'alert' }, said);
  main.replaceChildren(h('form', {
    class: 'sign-in',
    onsubmit: async (event) => {
      event.preventDefault();
      token.set(input.value.trim().replace(/^Bearer\s+/i, ''));
      try {
        await start();
      } catch (problem) {
        token.clear();
        error.textContent = problem.message;
      }
    },
  }, h('h1', {}, 'Sign in'), h('label', {}, 'Your token', input, h('small', {}, 'An operator’s token from your OpenID Connect provider; of a simulator, what its verb “token” prints. It stays in this tab.')), error,
  h('button', { type: 'submit', class: 'primary' }, 'Sign in')));
  input.focus();
}

async function start() {
  operator = await get('/v1/operator');
  who.replaceChildren(
    h('span', { class: 'muted' }, operator.name, operator.mayWrite ? '' : ' (may look)'),
    h('button', { type: 'button', onclick: () => { token.clear(); signIn(); } }, 'Sign out'));
  nav.hidden = false;
  await show();
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const [path, search] = (location.hash.slice(1) || '/').split('?');
  const view = views.find((candidate) => candidate.path.test(path));
  nav.replaceChildren(...views.filter((candidate) => candidate.name).map((candidate) => h(
    'a', { href: candidate.link, 'aria-current': candidate.name === (view?.name ?? view?.under) ? 'page' : null }, candidate.name)));
  if (!view) {
    main.replaceChildren(h('h1', {}, 'Nothing here'), h('p', {}, h('a', { href: '#/' }, 'Back to the fleet')));
    return;
  }

  main.setAttribute('aria-busy', 'true');
  await guard(async () => {
    const content = await view.show({
      operator, signal, parameters: path.match(view.path).slice(1).map((part) => part && decodeURIComponent(part)), search: new URLSearchParams(search), reload: show,
    });
    if (!signal.aborted) main.replaceChildren(...[content].flat());
  });
  main.removeAttribute('aria-busy');
}

// Letters lead to views, as long as nobody is writing.
const keys = { g: '#/', d: '#/devices', a: '#/alerts', c: '#/commands', x: '#/conflicts', r: '#/rollouts' };
document.addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select, dialog') || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    event.preventDefault();
    const search = document.querySelector('input[type=search]');
    if (search) search.focus();
    else location.hash = '#/devices';
  } else if (event.key === '?') {
    notice('Keys: g fleet, d devices, a alerts, c commands, x conflicts, r rollouts, / search.');
  } else if (operator && keys[event.key]) {
    location.hash = keys[event.key];
  }
});

globalThis.addEventListener('hashchange', () => { if (operator) show(); });
onSignedOut(() => { if (operator) signIn('Your token is not accepted any more. Sign in again.'); });
if (token.get()) start().catch((error) => signIn(error.message));
else signIn();
