import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Role } from '#contracts/basics';
import type { Actor, Person, SessionView, TokenAnswer } from '#contracts/identity';
import { type Api, ApiProblem, createApi } from './api.ts';
import { consistencyIn } from './consistency.ts';

const IDENTITY = '/api/internal/v1/identity';
/** A header that a foreign page cannot send without asking: the cookie alone does nothing. */
const CSRF = { 'x-forgeline-csrf': '1' };
const RENEW_BEFORE_MS = 30_000;

export type SessionState =
  | { kind: 'unknown' }
  /** `singleSignOn`: where to go for it, null when there is none. */
  | { kind: 'signed_out'; singleSignOn: string | null }
  | { kind: 'away'; problem: ApiProblem }
  | { kind: 'signed_in'; actor: Actor; person: Person };

export interface Session {
  state(): SessionState;
  subscribe(listener: () => void): () => void;
  /** A token that is good for at least half a minute; null when nobody is signed in. */
  token(fresh: boolean): Promise<string | null>;
  signIn(credentials: { email: string; password: string }): Promise<void>;
  /** A guest keeps the id, and with it models, quotes and orders. */
  signUp(person: { name: string; email: string; password: string }): Promise<void>;
  /** A visitor without an account, so that models and quotes have an owner from the first drop. */
  beGuest(): Promise<void>;
  /** A POST under the session cookie: `/password-resets`, `/invitations/accept` … Whoever it signs in is signed in here. */
  post(path: string, body: unknown): Promise<void>;
  signOut(): Promise<void>;
}

/** The session cookie stays with the browser; the short-lived token lives only in this object. */
export function createSession(): Session {
  let state: SessionState = { kind: 'unknown' };
  let held: { token: string; until: number } | null = null;
  let renewal: Promise<string | null> | null = null;
  const listeners = new Set<() => void>();
  const identity = createApi(async () => null, undefined, consistencyIn(localStorage));

  function become(next: SessionState): void {
    if (JSON.stringify(state) === JSON.stringify(next)) return;
    state = next;
    for (const listener of listeners) listener();
  }

  const send = <T,>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    identity.call<T>({ method, path: `${IDENTITY}${path}`, body, headers: CSRF });

  async function renew(): Promise<string | null> {
    try {
      const { person, singleSignOn } = await send<SessionView>('GET', '/session');
      if (person === null) {
        held = null;
        become({ kind: 'signed_out', singleSignOn });
        return null;
      }
      const answer = await send<TokenAnswer>('POST', '/token');
      held = { token: answer.token, until: Date.parse(answer.expiresAt) - RENEW_BEFORE_MS };
      become({ kind: 'signed_in', actor: answer.actor, person });
      return answer.token;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      held = null;
      if (error.status === 401) {
        become({ kind: 'signed_out', singleSignOn: null });
        return null;
      }
      if (state.kind === 'unknown') become({ kind: 'away', problem: error });
      throw error;
    }
  }

  function token(fresh: boolean): Promise<string | null> {
    if (!fresh && held && held.until > Date.now()) return Promise.resolve(held.token);
    if (!fresh && state.kind === 'signed_out') return Promise.resolve(null);
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  async function post(path: string, body: unknown): Promise<void> {
    await send('POST', path, body);
    await token(true);
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    token,
    post,
    signIn: (credentials) => post('/sessions', credentials),
    signUp: (person) => post('/people', person),
    beGuest: () => post('/guests', undefined),
    async signOut() {
      await send('DELETE', '/sessions/current');
      await token(true);
    },
  };
}

const SessionContext = createContext<{ session: Session; api: Api } | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const value = useMemo(
    () => ({ session, api: createApi(session.token, undefined, consistencyIn(localStorage)) }),
    [session],
  );
  useEffect(() => {
    session.token(false).catch(() => {});
  }, [session]);
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

function useSessionContext() {
  const context = useContext(SessionContext);
  if (!context) throw new Error('useSession and useApi need mountFace around them');
  return context;
}

export interface SessionInHand extends Session {
  current: SessionState;
  /** Who acts; null while nobody is signed in. A guest is somebody too. */
  actor: Actor | null;
  /** The signed-in person with an account; null for guests. */
  member: Person | null;
}

export function useSession(): SessionInHand {
  const { session } = useSessionContext();
  const current = useSyncExternalStore(session.subscribe, session.state);
  const person = current.kind === 'signed_in' ? current.person : null;
  return {
    ...session,
    current,
    actor: current.kind === 'signed_in' ? current.actor : null,
    member: person?.guest ? null : person,
  };
}

/** The client that carries this person's token. */
export function useApi(): Api {
  return useSessionContext().api;
}

export function hasRole(actor: Actor | null, roles: readonly Role[]): boolean {
  return actor?.roles.some((role) => roles.includes(role)) ?? false;
}
