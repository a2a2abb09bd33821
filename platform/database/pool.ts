import postgres from 'postgres';
import { Listeners } from './listen.ts';
import { PARSERS } from './parsers.ts';
import type { Sql } from './sql.ts';
import { withTransactions } from './transaction.ts';

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
