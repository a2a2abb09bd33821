import type { Sql } from '#platform/database';
import type { Site, Subscription } from './contract.ts';
import { reasonOf } from './ladder.ts';
import type { Session } from './session.ts';
import { Signal } from './signal.ts';

/** A read model that lacks events, and is made again from its owners' history. */
export interface WantedRebuild {
  consumer: string;
  wantedAt: string;
  reason: string;
  /** Up to here nothing is missing in it; null: nothing is known to be missing. */
  completeUntil: string | null;
  /** Why the last attempt failed; null: none has yet. */
  error: string | null;
}

/** Marks a consumer of the room of `sql`. Its `rebuild` runs soon, in one of the processes that subscribe by that name. */
export async function wantRebuild(
  sql: Sql,
  { consumer, reason, completeUntil = null }: { consumer: string; reason: string; completeUntil?: string | null },
): Promise<void> {
  await sql`
    insert into bus.rebuild as known (consumer, reason, complete_until)
    values (${consumer}, ${reason}, ${completeUntil})
    on conflict (owner, consumer) do update
    set wanted_at = excluded.wanted_at, reason = excluded.reason,
        complete_until = least(known.complete_until, excluded.complete_until)`;
}

/** The marks that still stand in the room of `sql`. */
export async function rebuildsWanted(sql: Sql): Promise<WantedRebuild[]> {
  return [
    ...(await sql<WantedRebuild[]>`
      select consumer, wanted_at as "wantedAt", reason, complete_until as "completeUntil", error
      from bus.rebuild where owner = current_user order by wanted_at`),
  ];
}

/**
 * What gives a consumer's events up and what begins its rebuild exclude each other, in all processes: a rebuild that began
 * before events were given up would not have them.
 */
export function whileBindingIsMine<T>(sql: Sql, consumer: string, run: () => Promise<T>): Promise<T> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`binding of ${consumer}`}, 0))`;
    return run();
  }) as Promise<T>;
}

const LOOK_EVERY_MS = 1_000;

type Rebuildable = Subscription & Required<Pick<Subscription, 'rebuild'>>;

export interface RebuildRunner {
  start(): void;
  /** Looks at the marks at once. */
  wake(): void;
  /** Aborts, and resolves when no rebuild of this process runs any more. */
  stop(): Promise<void>;
}

/**
 * Runs the `rebuild` of marked consumers, one process at a time each by an advisory lock. A mark goes when the rebuild that
 * began after it is done; until then it is tried again, also by the next process. `prepare` sees to it that the consumer
 * gets everything from then on.
 */
export function rebuildRunner(
  { room, sql, log, metrics, subscriptions }: Site,
  session: Session,
  prepare: (subscription: Subscription) => Promise<void> = async () => {},
): RebuildRunner {
  const rebuildable = subscriptions.filter((one): one is Rebuildable => one.rebuild !== undefined);
  const signal = new Signal();
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  let done: Promise<void> | undefined;

  /** Answers the mark as it now is; from here on the consumer gets everything new. */
  function begin(one: Rebuildable): Promise<{ wanted: string; reason: string } | undefined> {
    return whileBindingIsMine(sql, one.consumer, async () => {
      const [mark] = await sql<{ wanted: string; reason: string }[]>`
        select wanted_at::text as wanted, reason from bus.rebuild
        where owner = current_user and consumer = ${one.consumer}`;
      if (mark) await prepare(one);
      return mark;
    });
  }

  async function underLock(one: Rebuildable): Promise<void> {
    const { consumer, rebuild } = one;
    const lock = `rebuild of ${consumer}`;
    if (!(await session.tryLock(lock))) return;
    try {
      const mark = await begin(one);
      if (!mark) return;
      log.warn({ consumer, reason: mark.reason }, 'A read model is being made again from history');
      await rebuild(stopping.signal);
      // Not a mark that was set meanwhile: what it stands for may have been lost behind the rebuild's back.
      await sql`
        delete from bus.rebuild
        where owner = current_user and consumer = ${consumer} and wanted_at = ${mark.wanted}::timestamptz`;
      metrics.rebuilt.inc({ consumer });
      log.info({ consumer }, 'A read model has been made again from history');
    } finally {
      await session.unlock(lock).catch(() => undefined);
    }
  }

  async function attempt(one: Rebuildable): Promise<void> {
    const { consumer } = one;
    try {
      await underLock(one);
    } catch (err) {
      if (stopping.signal.aborted) return;
      log.error({ consumer, err }, 'A read model could not be made again from history; trying again');
      await sql`
        update bus.rebuild set error = ${reasonOf(err)} where owner = current_user and consumer = ${consumer}`.catch(
        () => undefined,
      );
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const seen = signal.count;
      // With its database away nothing can be marked either.
      const marks = await rebuildsWanted(sql).catch(() => []);
      for (const one of rebuildable) {
        const { consumer } = one;
        const isWanted = marks.some((mark) => mark.consumer === consumer);
        metrics.rebuildWanted.set({ consumer }, isWanted ? 1 : 0);
        if (!isWanted || busy.has(consumer)) continue;
        busy.set(
          consumer,
          attempt(one).finally(() => busy.delete(consumer)),
        );
      }
      await signal.wait(seen, LOOK_EVERY_MS);
    }
    await Promise.all(busy.values());
  }

  return {
    start() {
      if (rebuildable.length > 0) done = run();
    },
    wake: () => signal.wake(),
    async stop() {
      stopping.abort(new Error(`The process of ${room} ends`));
      signal.wake();
      await done;
    },
  };
}
