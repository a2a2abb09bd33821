import { CONSISTENCY_HEADER, mergeTokens } from '#contracts/consistency';
import { CSRF_HEADER, type TokenAnswer } from '#contracts/identity';
import { newId } from '#platform/clock';

/** An answer that is not a success: what was asked, and the problem document that came back. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: { code?: string; detail?: string } & Record<string, unknown>;

  constructor(asked: string, status: number, problem: Record<string, unknown>) {
    super(`${asked} was answered ${status}: ${JSON.stringify(problem)}`);
    this.name = 'Refused';
    this.status = status;
    this.problem = problem;
  }
}

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a Buffer as a file. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the asking, and the reading of a stream. */
  signal?: AbortSignal;
}

/** Somebody who uses an installation over HTTP as a browser does: a session cookie, and short-lived tokens made of it. */
export interface Visitor {
  /** Person's id once signed in. */
  readonly id: string;
  /** The JSON of a success. Throws Refused. */
  call<T>(path: string, ask?: Ask): Promise<T>;
  /** The answer as it came, whatever it is. */
  raw(path: string, ask?: Ask): Promise<Response>;
  /** What goes along as the Bearer now, for requests that are sent in another way. */
  token(): Promise<string>;
}

const TOKEN_MARGIN_MS = 60_000;

/** Signs in with a password. Throws Refused when identity does not take it. */
export async function signIn(origin: string, email: string, password: string): Promise<Visitor> {
  return withSession(origin, await openSession(origin, 'sessions', { email, password }));
}

/** A visitor without an account, who may upload and get prices. */
export async function asGuest(origin: string): Promise<Visitor> {
  return withSession(origin, await openSession(origin, 'guests', undefined));
}

async function openSession(origin: string, path: string, body: unknown): Promise<string> {
  const url = `${origin}/api/internal/v1/identity/${path}`;
  const answer = await fetch(url, request({ method: 'POST', body, headers: { [CSRF_HEADER]: '1' } }));
  await refuseUnlessOk(`POST ${path}`, answer);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

async function withSession(origin: string, cookie: string): Promise<Visitor> {
  let token: TokenAnswer | null = null;
  let asking: Promise<TokenAnswer> | null = null;
  /** What this visitor's commands have caused. */
  let known = '';

  async function askToken(): Promise<TokenAnswer> {
    const url = `${origin}/api/internal/v1/identity/token`;
    const answer = await fetch(url, request({ method: 'POST', headers: { cookie, [CSRF_HEADER]: '1' } }));
    await refuseUnlessOk('POST token', answer);
    return (await answer.json()) as TokenAnswer;
  }

  async function currentToken(): Promise<TokenAnswer> {
    if (token && Date.parse(token.expiresAt) - Date.now() > TOKEN_MARGIN_MS) return token;
    asking ??= askToken().finally(() => {
      asking = null;
    });
    token = await asking;
    return token;
  }

  const { actor } = await currentToken();
  const raw = async (path: string, ask: Ask = {}): Promise<Response> => {
    const authorization = `Bearer ${(await currentToken()).token}`;
    const shown: Record<string, string> = known ? { [CONSISTENCY_HEADER]: known } : {};
    const answer = await fetch(
      `${origin}${path}`,
      request({ ...ask, headers: { ...shown, ...ask.headers, authorization } }),
    );
    known = mergeTokens(known, answer.headers.get(CONSISTENCY_HEADER) ?? '');
    return answer;
  };
  return {
    id: actor.id,
    raw,
    token: async () => (await currentToken()).token,
    async call<T>(path: string, ask: Ask = {}): Promise<T> {
      const answer = await raw(path, ask);
      await refuseUnlessOk(`${ask.method ?? 'GET'} ${path}`, answer);
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    },
  };
}

function request({ method = 'GET', body, headers = {}, signal }: Ask): RequestInit {
  const head = { method, ...(signal && { signal }) };
  if (body === undefined) return { ...head, headers };
  if (Buffer.isBuffer(body)) {
    return { ...head, headers: { ...headers, 'content-type': 'application/octet-stream' }, body: new Uint8Array(body) };
  }
  return { ...head, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function refuseUnlessOk(asked: string, answer: Response): Promise<void> {
  if (answer.ok) return;
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  throw new Refused(asked, answer.status, problem);
}

/** Looks again until `look` finds something, for states that another room reaches by itself. Throws after `withinMs`. */
export async function eventually<T>(what: string, look: () => Promise<T | null>, withinMs = 30_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A command's head: a fresh id, and the version that was seen. */
export function command(version: number): { commandId: string; version: number } {
  return { commandId: newId(), version };
}
