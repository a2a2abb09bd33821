import postgres from 'postgres';
import { Listeners, type Listening } from './listen.ts';
import { PARSERS } from './parsers.ts';
import { withTransactions } from './transaction.ts';

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

export interface DatabaseOptions {
  /** `postgres://room:password@host:port/database` */
  url: string;
  /** The room that asks; its connections carry the name in `pg_stat_activity`. */
  room: string;
  /** The process's role, named beside the room. */
  role?: string;
  /** Most connections at once. Default 10. */
  max?: number;
  /** Hears what the server says aside (notices). Default: nobody. */
  log?: { debug(fields: object, text: string): void };
}

export interface Database {
  sql: Sql;
  /** Lets running queries finish (≤ 5 s), then closes every connection. */
  end(): Promise<void>;
}

/** Opens a pool; connections are made when first needed and again after the server came back. */
export function openDatabase({ url, room, role = 'all', max = 10, log }: DatabaseOptions): Database {
  const options = {
    max,
    connect_timeout: 10,
    types: PARSERS,
    fetch_types: false,
    connection: { ...SESSION, application_name: `${role}/${room}` },
    onnotice: (notice: postgres.Notice) => log?.debug({ notice: notice['message'] }, 'The database notes'),
  };
  const pool = postgres(url, options);
  const listeners = new Listeners(url, options);
  const listen: Sql['listen'] = (channel, onNotify, onListen = () => {}) =>
    listeners.add(channel, { onNotify, onListen });
  return {
    sql: Object.assign(withTransactions(pool), { listen }),
    async end() {
      await Promise.all([pool.end({ timeout: 5 }), listeners.end()]);
    },
  };
}

/** Milliseconds. A forgotten transaction holds back every reader of the feed, hence the two last ones. */
const SESSION = {
  TimeZone: 'UTC',
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  transaction_timeout: 30_000,
} as const;
