import postgres from 'postgres';
import { standInLine } from './bounded-pool.ts';
import { ConnectionLine } from './connection-line.ts';
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
  /** Longest wait for one of them, in milliseconds; then the query fails with `POOL_EXHAUSTED`. Default 5,000. */
  waitMs?: number;
  /** After so long, in milliseconds, a transaction is given up, whether or not its end was heard. Default: never. */
  transactionMs?: number;
  /** Statements are planned once per connection, for all values: where planning costs more than the reading. Default: as the server guesses. */
  plansOnce?: boolean;
  /** Hears what the server says aside (notices). Default: nobody. */
  log?: { debug(fields: object, text: string): void };
  /** Called whenever one of its connections has closed, for whatever reason. */
  onClose?: () => void;
}

export interface Database {
  sql: Sql;
  /** Lets running queries finish (≤ 5 s, or so long), then closes every connection. */
  end(options?: { withinSeconds: number }): Promise<void>;
}

/** Opens a pool; connections are made when first needed and again after the server came back. */
export function openDatabase(given: DatabaseOptions): Database {
  const { url, room, role = 'all', max = 10, waitMs = 5_000, transactionMs, plansOnce = false, log, onClose } = given;
  const options = {
    max,
    connect_timeout: 10,
    backoff: secondsToNextTry,
    types: PARSERS,
    fetch_types: false,
    connection: {
      ...SESSION,
      ...(plansOnce ? { plan_cache_mode: 'force_generic_plan' } : {}),
      application_name: `${role}/${room}`,
    },
    onnotice: (notice: postgres.Notice) => log?.debug({ notice: notice['message'] }, 'The database notes'),
    ...(onClose ? { onclose: onClose } : {}),
  };
  const pool = postgres(url, options);
  const listeners = new Listeners(url, options);
  const listen: Sql['listen'] = (channel, onNotify, onListen = () => {}) =>
    listeners.add(channel, { onNotify, onListen });
  return {
    sql: Object.assign(withTransactions(standInLine(pool, new ConnectionLine(max, waitMs), transactionMs)), { listen }),
    async end({ withinSeconds } = { withinSeconds: 5 }) {
      await Promise.all([pool.end({ timeout: withinSeconds }), listeners.end()]);
    },
  };
}

/** postgres.js would wait longer each time, up to 20 s: so long queries would hang, and the room would be away after the server is back. */
function secondsToNextTry(): number {
  return 0.1 + Math.random() * 0.2;
}

/** Milliseconds. A forgotten transaction holds back every reader of the feed, hence the two last ones. */
const SESSION = {
  TimeZone: 'UTC',
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  transaction_timeout: 30_000,
} as const;
