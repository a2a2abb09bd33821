import { setTimeout as pause } from 'node:timers/promises';
import type { Part } from '#platform/lifecycle';
import type { Log, Metrics } from '#platform/telemetry';
import type { Sql } from './sql.ts';

/** Rows of one kind that nobody asks for any more. */
export interface Leftovers {
  /** For the metric and the log: the table, mostly. */
  name: string;
  /** Removes at most `most`, the oldest first, in one statement that an index serves; answers how many. */
  remove(sql: Sql, most: number): Promise<number>;
}

export interface JanitorNeeds {
  sql: Sql;
  room: string;
  leftovers: readonly Leftovers[];
  log: Log;
  metrics: Metrics;
}

export interface Janitor extends Part {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One round, now: removes everything that is due. */
  tidy(): Promise<void>;
}

const EVERY_MS = 10 * 60_000;
const BATCH = 1_000;
/** Between batches, so that removing years at once leaves the room its disk and its CPU. */
const BREATH_MS = 50;

/**
 * Removes what a room keeps for a while only, in small statements of their own: no lock is held long and no reader of the feed
 * held back. Every process of the room runs one; of several that meet, one works on a kind at a time.
 */
export function janitor({ sql, room, leftovers, log, metrics }: JanitorNeeds): Janitor {
  const removed = metrics.counter({
    name: 'retention_rows_removed_total',
    help: 'Rows removed because nobody asks for them any more',
    labelNames: ['room', 'table'],
  });
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();

  async function tidyOne({ name, remove }: Leftovers): Promise<void> {
    let count = 0;
    for (;;) {
      const batch = await sql.begin(async (tx) => ((await isMine(tx, `${room} ${name}`)) ? remove(tx, BATCH) : 0));
      removed.inc({ room, table: name }, batch);
      count += batch;
      if (batch < BATCH || stopping.signal.aborted) break;
      await pause(BREATH_MS);
    }
    if (count > 0) log.info({ event: 'retention.removed', room, table: name, rows: count }, 'Old rows are removed');
  }

  async function tidy(): Promise<void> {
    for (const one of leftovers) {
      if (stopping.signal.aborted) return;
      await tidyOne(one).catch((err: unknown) => {
        log.warn({ err, event: 'retention.failed', room, table: one.name }, 'Old rows could not be removed');
      });
    }
  }

  function round(): void {
    underWay = underWay.then(tidy);
  }

  return {
    name: `janitor of ${room}`,
    async start() {
      // Not all processes of a deployment at once, and not while they start.
      timer = setTimeout(
        () => {
          round();
          timer = setInterval(round, EVERY_MS).unref();
        },
        EVERY_MS * (0.1 + 0.2 * Math.random()),
      ).unref();
    },
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await underWay;
    },
    tidy,
  };
}

async function isMine(tx: Sql, name: string): Promise<boolean> {
  const [row] = await tx<{ mine: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${`janitor ${name}`}, 0)) as mine`;
  return row!.mine;
}

/** Rows of a table by their age. `key` names a row, `since` is a column that an index leads with; `where` narrows further. */
export function oldRows(rows: {
  table: string;
  key: readonly string[];
  since: string;
  days: number;
  where?: string;
}): Leftovers {
  const { table, key, since, days, where } = rows;
  return {
    name: table,
    async remove(sql, most) {
      const further = where ? sql`and ${sql.unsafe(where)}` : sql``;
      const gone = await sql`
        delete from ${sql(table)} where (${sql([...key])}) in (
          select ${sql([...key])} from ${sql(table)}
          where ${sql(since)} < platform.now() - ${days}::float8 * interval '1 day' ${further}
          order by ${sql(since)} limit ${most} for update skip locked)`;
      return gone.count;
    },
  };
}
