import type postgres from 'postgres';
import type { Listening } from './listen.ts';

/** A part of a query, not sent by itself. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

type Queries = postgres.ISql<Record<never, never>>;

/**
 * A pool of connections, or one transaction of it: the same tagged template, so that a store's functions work in both.
 *
 * What comes back: int8 → number (a value beyond 2^53 fails the query), numeric → string, timestamptz → UTC ISO string
 * with microseconds (`2026-01-31T08:00:00.000000Z`), date and timestamp → PostgreSQL's text, json → parsed.
 */
export interface Sql extends Queries {
  /** Runs `run` in a transaction; in a transaction, in a savepoint of it. A throw rolls it back. */
  begin<T>(run: (tx: Sql) => Promise<T>): Promise<T>;
  /** With options, e.g. `isolation level repeatable read`; outside a transaction only. */
  begin<T>(options: string, run: (tx: Sql) => Promise<T>): Promise<T>;
  /**
   * On a connection of its own that comes back by itself; `onListen` runs after every (re)connect, for what was said while it
   * was away is lost. Rejects when the server cannot be reached now. Pools only.
   */
  listen(channel: string, onNotify: (payload: string) => void, onListen?: () => void): Promise<Listening>;
}
