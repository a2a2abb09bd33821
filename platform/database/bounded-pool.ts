import type postgres from 'postgres';
import type { ConnectionLine } from './connection-line.ts';

/** What postgres.js (3.4) keeps in a query: who sends it, once it is awaited, and how it ends. */
interface Sendable {
  handler(query: Sendable): void;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

type Begin = (...given: unknown[]) => Promise<unknown>;

/** A pool whose queries and transactions stand in line for its connections. */
export function standInLine(pool: postgres.Sql, line: ConnectionLine): postgres.Sql {
  const inLine = <Args extends unknown[], Made>(make: (...given: Args) => Made) => {
    return (...given: Args): Made => {
      const made = make(...given);
      if (isSendable(made)) queueUp(made, line);
      return made;
    };
  };
  const begin: Begin = async (...given) => {
    await new Promise<void>((resolve, reject) => line.enter(resolve, reject));
    try {
      return await (pool.begin as unknown as Begin)(...given);
    } finally {
      line.leave();
    }
  };
  const tag = inLine(pool as unknown as (...given: unknown[]) => unknown);
  return Object.assign(tag, pool, { unsafe: inLine(pool.unsafe), begin }) as unknown as postgres.Sql;
}

function isSendable(made: unknown): made is Sendable {
  return typeof (made as Partial<Sendable> | null)?.handler === 'function';
}

/** A part of another query is never sent by itself, and stands in no line. */
function queueUp(query: Sendable, line: ConnectionLine): void {
  const { handler, resolve, reject } = query;
  const leaving =
    <Value>(end: (value: Value) => void) =>
    (value: Value) => {
      line.leave();
      query.resolve = resolve;
      query.reject = reject;
      end(value);
    };
  query.handler = () =>
    line.enter(() => {
      query.resolve = leaving(resolve);
      query.reject = leaving(reject);
      handler(query);
    }, reject);
}
