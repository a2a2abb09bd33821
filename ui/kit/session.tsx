import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Role } from '#contracts/basics';
import type { Actor, TokenAnswer } from '#contracts/identity';
import { type Api, ApiProblem, createApi } from './api.ts';

const IDENTITY = '/api/internal/v1/identity';
/** A header that a foreign page cannot send without asking: the cookie alone does nothing. */
const CSRF_HEADER = { 'x-forgeline-csrf': '1' };
const RENEW_BEFORE_MS = 30_000;

export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'signed_out' }
  | { kind: 'away'; problem: ApiProblem }
  | { kind: 'signed_in'; actor: Actor };

export interface Session {
  state(): SessionState;
  subscribe(listener: () => void): () => void;
  /** A token that is good for at least half a minute; null when nobody is signed in. */
  token(fresh: boolean): Promise<string | null>;
  signIn(credentials: { email: string; password: string }): Promise<void>;
  signUp(person: { name: string; email: string; password: string }): Promise<void>;
  /** A visitor without an account, so that models and quotes have an owner from the first drop. */
  beGuest(): Promise<void>;
  signOut(): Promise<void>;
}

/** The session cookie stays with the browser; the short-lived token lives only in this object. */
export function createSession(): Session {
  let state: SessionState = { kind: 'unknown' };
  let held: { token: string; until: number } | null = null;
  let renewal: Promise<string | null> | null = null;
  const listeners = new Set<() => void>();
  const identity = createApi(async () => null);

  function become(next: SessionState): void {
    const same = state.kind === next.kind && actorKey(state) === actorKey(next);
    if (same) return;
    state = next;
    for (const listener of listeners) listener();
  }

  const post = <T,>(path: string, body: unknown) =>
    identity.call<T>({ method: 'POST', path: `${IDENTITY}${path}`, body, headers: CSRF_HEADER });

  async function renew(): Promise<string | null> {
    try {
      const answer = await post<TokenAnswer>('/token', {});
      held = { token: answer.token, until: Date.parse(answer.expiresAt) - RENEW_BEFORE_MS };
      become({ kind: 'signed_in', actor: answer.actor });
      return answer.token;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      held = null;
      if (error.status === 401 || error.status === 403) {
        become({ kind: 'signed_out' });
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

  async function enter(path: string, body: unknown): Promise<void> {
    await post(path, body);
    await token(true);
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    token,
    signIn: (credentials) => enter('/sessions', credentials),
    signUp: (person) => enter('/people', person),
    beGuest: () => enter('/guests', {}),
    async signOut() {
      await identity.call({ method: 'DELETE', path: `${IDENTITY}/sessions/current`, headers: CSRF_HEADER });
      held = null;
      become({ kind: 'signed_out' });
    },
  };
}

function actorKey(state: SessionState): string {
  return state.kind === 'signed_in' ? JSON.stringify(state.actor) : '';
}

const SessionContext = createContext<{ session: Session; api: Api } | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const value = useMemo(() => ({ session, api: createApi(session.token) }), [session]);
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

export function useSession(): Session & { current: SessionState; actor: Actor | null } {
  const { session } = useSessionContext();
  const current = useSyncExternalStore(session.subscribe, session.state);
  return { ...session, current, actor: current.kind === 'signed_in' ? current.actor : null };
}

/** The client that carries this person's token. */
export function useApi(): Api {
  return useSessionContext().api;
}

export function hasRole(actor: Actor | null, roles: readonly Role[]): boolean {
  return actor?.roles.some((role) => roles.includes(role)) ?? false;
}
