import postgres from 'postgres';
import type { Sql } from '#platform/database';
import { PARSERS } from '../../platform/database/parsers.ts';
import { type Actor, outsideTheWorld } from './actor.ts';
import type { Step } from './scheduler.ts';

/** What postgres.js makes of a tagged template: nothing is sent until somebody waits for it, and then `handler` sends it. */
interface Query extends Promise<unknown> {
  strings: readonly string[] | string;
  handler: (query: Query) => void;
  executed: boolean;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** One connection of a room's role, used by one statement or one transaction at a time. */
export interface Connection {
  raw: postgres.Sql;
  send: (query: Query) => void;
  /** Null until it is open. */
  pid: number | null;
  /** Who has a transaction open on it. */
  owner: Actor | null;
  /** Its transaction is over, and who has it is told so from now on. */
  isCut: boolean;
}

/** As the driver says it of a connection that ended. */
export function connectionCut(): Error {
  return Object.assign(new Error('The connection was cut'), { code: 'CONNECTION_CLOSED' });
}

/** All the connections of one role; they outlive the actors that use them, and the seeds. */
export class Connections {
  readonly role: string;
  readonly template: postgres.Sql;
  readonly #url: string;
  readonly #free: Connection[] = [];
  readonly #all: Connection[] = [];

  constructor(role: string, url: string) {
    this.role = role;
    this.#url = url;
    this.template = this.#client();
  }

  #client(): postgres.Sql {
    return outsideTheWorld(() =>
      postgres(this.#url, {
        max: 1,
        types: PARSERS,
        fetch_types: false,
        connection: { TimeZone: 'UTC' },
        onnotice() {},
      }),
    ) as unknown as postgres.Sql;
  }

  /** Pids of PostgreSQL's processes behind the open connections. */
  get all(): readonly Connection[] {
    return this.#all;
  }

  async take(): Promise<Connection> {
    const free = this.#free.pop();
    if (free) return free;
    const raw = this.#client();
    const send = (raw`select` as unknown as Query).handler;
    const connection: Connection = { raw, send, pid: null, owner: null, isCut: false };
    this.#all.push(connection);
    const [row] = await raw<{ pid: number }[]>`select pg_backend_pid() as pid`;
    connection.pid = row!.pid;
    return connection;
  }

  give(connection: Connection): void {
    connection.owner = null;
    connection.isCut = false;
    this.#free.push(connection);
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map(({ raw }) => raw.end({ timeout: 1 })));
  }
}

/** Sets the moment for what follows on this connection; it travels with the statement, and before it. */
function setNow({ raw, send }: Connection, now: number): void {
  const setting = raw.unsafe(`set platform.now = '${new Date(now).toISOString()}'`) as unknown as Query;
  // Sent at once: by itself a query is sent a moment after somebody begins to wait for it.
  setting.executed = true;
  send(setting);
  // After a failure inside a transaction it is refused, like everything else there.
  setting.catch(() => {});
}

interface Scope {
  /** Null: a statement by itself, on any connection. */
  connection: Connection | null;
  failed: { error: unknown } | null;
  depth: number;
}

/** A pool as rooms know it, whose every statement is a step of the actor's scheduler. */
export function steppedSql(actor: Actor, pool: Connections): Sql {
  const { scheduler } = actor;

  function gated(query: Query, scope: Scope): Query {
    if (typeof query?.handler !== 'function') return query;
    const { resolve, reject } = query;
    query.handler = () => {
      const run = (step: Step) => sent(query, scope, step);
      scheduler.step(actor, labelOf(pool.role, query), run, scope.connection).then(resolve, (error: unknown) => {
        scope.failed ??= { error };
        reject(error);
      });
    };
    return query;
  }

  async function sent(query: Query, scope: Scope, step: Step): Promise<unknown> {
    const connection = scope.connection ?? (await pool.take());
    step.connection = connection;
    if (connection.isCut) throw connectionCut();
    setNow(connection, scheduler.now);
    try {
      return await new Promise((resolve, reject) => {
        query.resolve = resolve;
        query.reject = reject;
        connection.send(query);
      });
    } finally {
      if (!scope.connection) pool.give(connection);
    }
  }

  function command(connection: Connection, text: string): Promise<unknown> {
    const run = async () => {
      if (connection.isCut) throw connectionCut();
      setNow(connection, scheduler.now);
      await connection.raw.unsafe(text);
    };
    return scheduler.step(actor, `${pool.role} ${text}`, run, connection);
  }

  function facade(scope: Scope): Sql {
    const { template } = pool;
    const tag = (...args: unknown[]) => gated((template as unknown as (...a: unknown[]) => Query)(...args), scope);
    const unsafe = (...args: Parameters<postgres.Sql['unsafe']>) =>
      gated(template.unsafe(...args) as unknown as Query, scope);
    const begin = scope.connection ? (run: Run) => savepoint(scope, run) : transaction;
    const { json, array, typed, types, options } = template;
    const listen = async () => ({ unlisten: async () => {} });
    return Object.assign(tag, { unsafe, begin, json, array, typed, types, options, listen }) as unknown as Sql;
  }

  async function transaction(...given: [Run] | [string, Run]): Promise<unknown> {
    const [options, run] = given.length === 1 ? ['', given[0]] : given;
    const connection = await scheduler.step(actor, `${pool.role} begin`, async () => {
      const taken = await pool.take();
      taken.owner = actor;
      await taken.raw.unsafe(`begin ${options}`);
      return taken;
    });
    const scope: Scope = { connection, failed: null, depth: 0 };
    try {
      const result = await run(facade(scope));
      if (scope.failed) throw scope.failed.error;
      await command(connection, 'commit');
      return result;
    } catch (error) {
      if (!connection.isCut) await command(connection, 'rollback').catch(() => {});
      throw error;
    } finally {
      if (actor.alive) pool.give(connection);
    }
  }

  async function savepoint(outer: Scope, run: Run): Promise<unknown> {
    const scope: Scope = { ...outer, failed: null, depth: outer.depth + 1 };
    const name = `s${scope.depth}`;
    await command(outer.connection!, `savepoint ${name}`);
    try {
      const result = await run(facade(scope));
      if (scope.failed) throw scope.failed.error;
      await command(outer.connection!, `release savepoint ${name}`);
      return result;
    } catch (error) {
      if (!outer.connection!.isCut) await command(outer.connection!, `rollback to savepoint ${name}`);
      throw error;
    }
  }

  return facade({ connection: null, failed: null, depth: 0 });
}

type Run = (tx: Sql) => Promise<unknown>;

/** The first words of a statement: enough to read a trace by. */
function labelOf(role: string, { strings }: Query): string {
  const text = typeof strings === 'string' ? strings : strings.join('?');
  return `${role} ${text.trim().replaceAll(/\s+/g, ' ').slice(0, 48)}`;
}
