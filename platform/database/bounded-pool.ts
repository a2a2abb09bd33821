import type postgres from 'postgres';
import type { ConnectionLine } from './connection-line.ts';
import { TransactionOver } from './transaction.ts';

/** What postgres.js (3.4) keeps in a query: who sends it, once it is awaited, and how it ends. */
interface Sendable {
  handler(query: Sendable): void;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

type Begin = (...given: unknown[]) => Promise<unknown>;

/** A pool whose queries and transactions stand in line for its connections; a transaction is given up after `transactionMs`. */
export function standInLine(pool: postgres.Sql, line: ConnectionLine, transactionMs = LONGEST_TIMER_MS): postgres.Sql {
  const inLine = <Args extends unknown[], Made>(make: (...given: Args) => Made) => {
    return (...given: Args): Made => {
      const made = make(...given);
      if (isSendable(made)) queueUp(made, line);
      return made;
    };
  };
  const begin: Begin = async (...given) => {
    await new Promise<void>((resolve, reject) => line.enter(resolve, reject));
    const { overdue, settled } = untilOverdue(transactionMs);
    try {
      return await Promise.race([(pool.begin as unknown as Begin)(...given), overdue]);
    } finally {
      settled();
      line.leave();
    }
  };
  const tag = inLine(pool as unknown as (...given: unknown[]) => unknown);
  return Object.assign(tag, pool, { unsafe: inLine(pool.unsafe), begin }) as unknown as postgres.Sql;
}

/** As long as Node's timers run: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Rejects when a transaction can no longer stand at the server. A machine that vanishes says nothing, and TCP notices after
 * many minutes; whoever waits, a consumer of the bus for one, would stand still for as long.
 */
function untilOverdue(transactionMs: number): { overdue: Promise<never>; settled(): void } {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TransactionOver()), transactionMs);
  });
  return { overdue, settled: () => clearTimeout(timer) };
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
