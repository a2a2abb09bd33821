import postgres from 'postgres';

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
  /** On a connection of its own that comes back by itself; `onListen` runs after every (re)connect. Pools only. */
  listen(channel: string, onNotify: (payload: string) => void, onListen?: () => void): Listening;
  /** One connection for session state (advisory locks); give it back with `release()`. Pools only. */
  reserve(): Promise<ReservedSql>;
}

export interface ReservedSql extends Sql {
  release(): void;
}

type Listening = ReturnType<postgres.Sql['listen']>;

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
  const pool = postgres(url, {
    max,
    connect_timeout: 10,
    types: PARSERS,
    connection: { ...SESSION, application_name: `${role}/${room}` },
    onnotice: (notice) => log?.debug({ notice: notice['message'] }, 'The database notes'),
  });
  return { sql: withNestedBegin(pool), end: () => pool.end({ timeout: 5 }) };
}

/** Milliseconds. A forgotten transaction holds back every reader of the feed, hence the two last ones. */
const SESSION = {
  TimeZone: 'UTC',
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  transaction_timeout: 30_000,
} as const;

/** Oids: 20 int8, 1082 date, 1114 timestamp, 1184 timestamptz. */
const PARSERS = {
  bigint: { to: 20, from: [20], serialize: (value: unknown) => String(value), parse: safeInteger },
  date: { to: 1184, from: [1184], serialize: timeText, parse: isoMicroseconds },
  plainTime: { to: 1114, from: [1082, 1114], serialize: timeText, parse: (text: string) => text },
} as unknown as Record<string, postgres.PostgresType>;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number; select it as text`);
  return value;
}

function timeText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/** `2026-01-31 08:00:00.12+00` → `2026-01-31T08:00:00.120000Z`; infinity stays as it is. */
function isoMicroseconds(text: string): string {
  const parts = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text);
  if (!parts) return text;
  return `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}Z`;
}

/** postgres.js calls a nested transaction `savepoint`; here it is `begin` too, so that one type serves both. */
function withNestedBegin(pool: postgres.Sql): Sql {
  const begin = pool.begin.bind(pool) as (options: string, run: (tx: postgres.TransactionSql) => unknown) => unknown;
  const reserve = pool.reserve.bind(pool);
  return Object.assign(pool as unknown as Sql, {
    begin: (...given: [Run] | [string, Run]) => {
      const [options, run] = given.length === 1 ? ['', given[0]] : given;
      return begin(options, (tx) => run(nested(tx)));
    },
    reserve: async () => onReserved((await reserve()) as unknown as ReservedSql),
  }) as Sql;
}

type Run = (tx: Sql) => Promise<unknown>;

function nested(tx: postgres.TransactionSql): Sql {
  return Object.assign(tx, {
    begin: (run: Run) => tx.savepoint((inner) => run(nested(inner))),
  }) as unknown as Sql;
}

/** A reserved connection of postgres.js has no `begin` of its own. One transaction at a time, none nested. */
function onReserved(connection: ReservedSql): ReservedSql {
  let open = false;
  const begin = async (run: Run) => {
    if (open) throw new Error('A transaction is already open on this reserved connection');
    open = true;
    try {
      await connection`begin`;
      const result = await run(connection);
      await connection`commit`;
      return result;
    } catch (error) {
      await connection`rollback`;
      throw error;
    } finally {
      open = false;
    }
  };
  return Object.assign(connection, { begin }) as ReservedSql;
}
