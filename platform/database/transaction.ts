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

async function runUnlessCut(state: State, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    // By then it is known whether the error was the end of the connection.
    await macrotask();
    if (state.over) return new Promise(() => {});
    throw error;
  }
}

function guarded(tx: postgres.TransactionSql, state: State): Sql {
  const refuseWhenOver = <Args extends unknown[], Result>(query: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      if (state.over) throw new TransactionOver();
      return query(...args);
    };
  };
  return Object.assign(refuseWhenOver(tx as unknown as (...args: unknown[]) => unknown), tx, {
    unsafe: refuseWhenOver(tx.unsafe),
    begin: refuseWhenOver((run: Run) => tx.savepoint((inner) => runUnlessCut(state, () => run(guarded(inner, state))))),
  }) as unknown as Sql;
}

/** Has the code of a lost connection, for that is what it mostly is. */
class TransactionOver extends Error {
  readonly code = 'CONNECTION_CLOSED';

  constructor() {
    super('The transaction has ended: its connection was cut, or it was used after its end');
  }
}
