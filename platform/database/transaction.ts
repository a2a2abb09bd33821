import { setImmediate as macrotask } from 'node:timers/promises';
import type postgres from 'postgres';
import type { Sql } from './sql.ts';

type Run = (tx: Sql) => Promise<unknown>;

/**
 * Gives a pool our `begin`. It differs from postgres.js's (3.4) in two ways: inside a transaction it is there too, as a savepoint;
 * and when the connection is cut, nothing more is sent on it. postgres.js would send the rollback, and the process would
 * die of a TypeError that nobody can catch.
 */
export function withTransactions(pool: postgres.Sql): Sql {
  const begin = pool.begin.bind(pool) as (options: string, run: (tx: postgres.TransactionSql) => unknown) => unknown;
  const ours = async (...given: [Run] | [string, Run]) => {
    const [options, run] = given.length === 1 ? ['', given[0]] : given;
    const state: State = { over: false };
    try {
      return await begin(options, (tx) => runUnlessCut(state, () => run(guarded(tx, state))));
    } finally {
      state.over = true;
    }
  };
  return Object.assign(pool, { begin: ours }) as unknown as Sql;
}

interface State {
  /** Ended, or the connection was cut: `begin` then rejects at once, whatever `run` is doing. */
  over: boolean;
}

/**
 * Settles only where postgres.js may send its commit or rollback. After a cut it never does; `begin` has rejected by then,
 * a nested one is told by `onCut`.
 */
async function runUnlessCut(state: State, run: () => Promise<unknown>, onCut?: Reject): Promise<unknown> {
  try {
    const result = await run();
    if (!state.over) return result;
    onCut?.(new TransactionOver());
  } catch (error) {
    // An idle connection's end is known a moment later than what it made fail.
    await macrotask();
    if (!state.over) throw error;
    onCut?.(error);
  }
  return new Promise(() => {});
}

type Reject = (error: unknown) => void;

function guarded(tx: postgres.TransactionSql, state: State): Sql {
  const guard = <Args extends unknown[], Result>(query: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      if (state.over) throw new TransactionOver();
      return watched(query(...args), state);
    };
  };
  const begin = (run: Run) =>
    new Promise((resolve, reject) => {
      if (state.over) throw new TransactionOver();
      tx.savepoint((inner) => runUnlessCut(state, () => run(guarded(inner, state)), reject)).then(
        resolve,
        async (error) => {
          await macrotask();
          reject(error);
        },
      );
    });
  const tag = guard(tx as unknown as (...args: unknown[]) => unknown);
  return Object.assign(tag, tx, { unsafe: guard(tx.unsafe), begin }) as unknown as Sql;
}

/** Learns of a cut from the query that it failed, before anybody who awaits that query does. */
function watched<Result>(result: Result, state: State): Result {
  const query = result as { reject?: (error: unknown) => void };
  const reject = query?.reject;
  if (typeof reject !== 'function') return result;
  query.reject = (error) => {
    state.over ||= isCut(error);
    reject(error);
  };
  return result;
}

/** Errors of the connection have an address or a system call; PostgreSQL's own and wrong parameters have neither. */
function isCut(error: unknown): boolean {
  return error instanceof Error && ('address' in error || 'syscall' in error);
}

/** Has the code of a lost connection, for that is what it mostly is. */
export class TransactionOver extends Error {
  readonly code = 'CONNECTION_CLOSED';

  constructor() {
    super('The transaction has ended: its connection was cut, or it was used after its end');
  }
}
