import { CONSISTENCY_HEADER } from '#contracts/consistency';
import { type Consistency, consistencyInMemory } from './consistency.ts';

/** An answer of the server that says no (RFC 9457), or `network.unreachable` when there was none. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
  /** What else the server said: `current`, `possible`, `field` … */
  readonly members: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, retryAfterSeconds: number | null) {
    const { type: _type, title, code, detail, hint, requestId, ...members } = body;
    super(text(detail) ?? text(title) ?? `HTTP ${status}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = text(code) ?? (status === 0 ? 'network.unreachable' : 'internal.error');
    this.title = text(title) ?? `HTTP ${status}`;
    this.detail = text(detail);
    this.hint = text(hint);
    this.requestId = text(requestId);
    this.retryAfterSeconds = retryAfterSeconds;
    this.members = members;
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** True: repeating does no harm (the body carries its own command id). GETs always are. */
  repeatable?: boolean;
  /** True: goes on when the page is left meanwhile. For bodies under 64 kB. */
  keepalive?: boolean;
  /** True: open to everybody, so it does not wait for the session. */
  open?: boolean;
}

/** Where tokens come from: the session in a face, a fixed one in a test. `fresh` asks for a new one. */
export type TokenSource = (fresh: boolean) => Promise<string | null>;

export interface Upload<T> {
  promise: Promise<T>;
  cancel(): void;
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** A command whose body carries its own id: repeated by itself after a lost answer. */
  command<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T>;
  call<T>(call: Call): Promise<T>;
  /** The open response of an event stream or a download. Throws ApiProblem unless it is 2xx. */
  stream(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response>;
  /** A file as the body, with progress from 0 to 1. */
  upload<T>(path: string, file: Blob, progress: (share: number) => void): Upload<T>;
}

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;

export function createApi(
  token: TokenSource,
  send: typeof fetch = (input, init) => fetch(input, init),
  consistency: Consistency = consistencyInMemory(),
): Api {
  async function attempt(call: Call, fresh: boolean): Promise<Response> {
    const bearer = call.open ? null : await token(fresh);
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (bearer) headers['authorization'] = `Bearer ${bearer}`;
    const known = consistency.tokens();
    if (known) headers[CONSISTENCY_HEADER] = known;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await send(call.path, {
        method: call.method ?? 'GET',
        headers,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal ? { signal: call.signal } : {}),
        ...(call.keepalive ? { keepalive: true } : {}),
      });
      consistency.learn(response.headers.get(CONSISTENCY_HEADER));
      return response;
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new ApiProblem(0, {}, null);
    }
  }

  /** One answer, with the token renewed once when the server finds it expired. */
  async function authorised(call: Call): Promise<Response> {
    const response = await attempt(call, false);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status !== 401 || call.open || (await token(false)) === null) throw problem;
    const again = await attempt(call, true);
    if (again.ok) return again;
    throw await problemOf(again);
  }

  async function persistent(call: Call): Promise<Response> {
    const repeatable = call.repeatable ?? (call.method ?? 'GET') === 'GET';
    for (let left = ATTEMPTS - 1; ; left--) {
      try {
        return await authorised(call);
      } catch (error) {
        if (!repeatable || left === 0 || !(error instanceof ApiProblem) || !isPassing(error)) throw error;
        await pause(error.retryAfterSeconds, ATTEMPTS - left);
      }
    }
  }

  async function call<T>(request: Call): Promise<T> {
    const response = await persistent(request);
    return (response.status === 204 ? undefined : aged(await response.json(), response.headers.get('as-of'))) as T;
  }

  return {
    call,
    get: (path, signal) => call({ path, ...(signal ? { signal } : {}) }),
    command: (path, body, signal) =>
      call({ method: 'POST', path, body, repeatable: true, ...(signal ? { signal } : {}) }),
    stream: (path, headers, signal) => authorised({ path, headers, signal }),
    upload: (path, file, progress) => uploadFile(token, consistency, path, file, progress),
  };
}

/** An answer that the browser kept (304) is as current as the header says, not as its body said when it came. */
function aged(body: unknown, asOf: string | null): unknown {
  return asOf !== null && typeof body === 'object' && body !== null && 'asOf' in body ? { ...body, asOf } : body;
}

/** fetch tells no upload progress, therefore XMLHttpRequest. */
function uploadFile<T>(
  token: TokenSource,
  consistency: Consistency,
  path: string,
  file: Blob,
  progress: (share: number) => void,
): Upload<T> {
  const request = new XMLHttpRequest();
  const promise = token(false).then(
    (bearer) =>
      new Promise<T>((resolve, reject) => {
        request.open('POST', path);
        request.responseType = 'json';
        request.setRequestHeader('content-type', 'application/octet-stream');
        if (bearer) request.setRequestHeader('authorization', `Bearer ${bearer}`);
        request.upload.onprogress = (event) => progress(event.total > 0 ? event.loaded / event.total : 0);
        request.onerror = () => reject(new ApiProblem(0, {}, null));
        request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
        request.onload = () => {
          consistency.learn(request.getResponseHeader(CONSISTENCY_HEADER));
          const ok = request.status >= 200 && request.status < 300;
          if (ok) resolve(request.response as T);
          else reject(new ApiProblem(request.status, record(request.response), null));
        };
        request.send(file);
      }),
  );
  return { promise, cancel: () => request.abort() };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem(response.status, record(body), Number.isFinite(seconds) ? seconds : null);
}

/** Worth another try by itself: nothing was changed, or the command's id makes the repeat harmless. */
function isPassing(problem: ApiProblem): boolean {
  return problem.status === 0 || problem.status === 502 || problem.status === 503 || problem.status === 504;
}

function pause(retryAfterSeconds: number | null, attempt: number): Promise<void> {
  const wished = retryAfterSeconds === null ? FIRST_PAUSE_MS * 2 ** attempt : retryAfterSeconds * 1_000;
  return new Promise((resolve) => setTimeout(resolve, Math.min(wished, LONGEST_PAUSE_MS)));
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
