// Talks to the control plane. Every 64-bit number travels as a string; times are microseconds since 1970.

const storage = globalThis.sessionStorage;
const key = 'edgesync.token';

/** What the control plane answered instead: a problem detail (RFC 9457), or that nothing answered. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? (status ? `Answer ${status}.` : 'The control plane does not answer.'));
    this.status = status;
    this.problem = problem;
    this.fields = problem?.errors ?? {};
  }
}

export const token = {
  get: () => storage.getItem(key),
  set: (value) => storage.setItem(key, value),
  clear: () => storage.removeItem(key),
};

// Called when the token is refused: whoever shows pages asks for another.
let signedOut = () => {};
export const onSignedOut = (action) => { signedOut = action; };

async function request(method, path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: { Authorization: `Bearer ${token.get()}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0);
  }

  if (response.status === 401) {
    token.clear();
    signedOut();
  }

  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => null));
  return response;
}

const read = async (method, path, body, signal) => {
  const response = await request(method, path, body, signal);
  return response.status === 204 ? null : response.json();
};

export const get = (path, signal) => read('GET', path, undefined, signal);
export const post = (path, body) => read('POST', path, body);
export const put = (path, body) => read('PUT', path, body);
export const patch = (path, body) => read('PATCH', path, body);
export const remove = (path) => read('DELETE', path);

/** A path with a query of what is set. */
export function query(path, parameters) {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length ? `${path}?${new URLSearchParams(set)}` : path;
}

/** Follows an event stream until the signal; begins anew when it breaks. EventSource can send no token. */
export async function follow(path, on, signal) {
  for (let wait = 1000; !signal.aborted; wait = Math.min(wait * 2, 30000)) {
    try {
      const response = await request('GET', path, undefined, signal);
      on.open?.();
      wait = 1000;
      await readEvents(response.body, on);
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 403) return;
    }

    on.closed?.();
    await new Promise((resolve) => { setTimeout(resolve, wait); });
  }
}

async function readEvents(body, on) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split('\n').filter((line) => !line.startsWith(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
      if (fields.event) on[fields.event]?.(JSON.parse(fields.data));
    }
  }
}
