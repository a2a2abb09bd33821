import type { Sql } from '#platform/database';
import type { StreamSource } from '#platform/http';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';
import { type Change, decodeChanges, encodeChanges } from './changes-text.ts';
import { Topic } from './topic.ts';

export interface News {
  /** The list that changed, e.g. `orders` or `customer:<id>`. */
  scope: string;
  changes: readonly Change[];
}

export interface LiveChanges extends Part {
  /** Within the projection's transaction: the news goes out when it commits, and only then. */
  announce(tx: Sql, scope: string, changes: readonly Change[]): Promise<void>;
  /** The same for several scopes in one statement. */
  announceAll(tx: Sql, news: readonly News[]): Promise<void>;
  /** For `sse`: `ready`, `changes`, `reset` (fetch the list again) and `stale` (it may be old), each with its generation. */
  source(scope: string): StreamSource;
}

export interface LiveOptions {
  sql: Sql;
  room: string;
  log: Log;
  /** A lost notification is noticed within two of these. */
  checkMs?: number;
}

/** Scopes remembered although nobody listens at the moment, so that a reader may resume. */
const MOST_TOPICS = 2_000;

/**
 * Tells every process's readers what changed in a list, in order and without silent gaps. Needs the room's table
 * `live_gen (scope text primary key, gen bigint not null)`.
 */
export function liveChanges({ sql, room, log, checkMs = 2_000 }: LiveOptions): LiveChanges {
  const channel = `live_${room}`;
  const topics = new Map<string, Topic>();
  let unlisten = async () => {};
  let timer: NodeJS.Timeout | undefined;
  let checking = Promise.resolve();
  let away = false;

  function remember(scope: string, gen: number): Topic {
    const topic = new Topic(gen);
    topics.set(scope, topic);
    if (topics.size > MOST_TOPICS) forgetOne();
    return topic;
  }

  function forgetOne(): void {
    for (const [scope, topic] of topics) if (!topic.isRead) return void topics.delete(scope);
  }

  async function topicOf(scope: string): Promise<Topic> {
    const known = topics.get(scope);
    if (known) return known;
    const [row] = await sql<{ gen: number }[]>`select gen from live_gen where scope = ${scope}`;
    // A notification may have come while the answer was under way; it is not older than the answer.
    return topics.get(scope) ?? remember(scope, row?.gen ?? 0);
  }

  function onNotify(payload: string): void {
    const { scope, gen, changes } = JSON.parse(payload) as { scope: string; gen: number; changes: string | null };
    const topic = topics.get(scope) ?? remember(scope, gen - 1);
    topic.hear(gen, changes === null ? null : decodeChanges(changes));
  }

  /** Compares what was heard with what is written. `suspects`: behind at the last check, and then it may still have been under way. */
  async function check(suspects: Map<string, number>): Promise<Map<string, number>> {
    const read = [...topics].filter(([, topic]) => topic.isRead).map(([scope]) => scope);
    if (read.length === 0) return new Map();
    const rows = await sql<
      { scope: string; gen: number }[]
    >`select scope, gen from live_gen where scope = any(${read})`;
    const behind = new Map<string, number>();
    for (const { scope, gen } of rows) {
      const topic = topics.get(scope);
      if (!topic || topic.gen >= gen) continue;
      if (away || topic.gen < (suspects.get(scope) ?? 0)) topic.jump(gen);
      else behind.set(scope, gen);
    }
    if (away) for (const topic of topics.values()) topic.fresh();
    away = false;
    return behind;
  }

  function scheduleCheck(suspects: Map<string, number>): void {
    timer = setTimeout(() => {
      checking = check(suspects)
        .catch((err: unknown) => {
          log.warn({ event: 'live.unchecked', err }, 'Live lists cannot be checked against the database');
          if (!away) for (const topic of topics.values()) topic.stale();
          away = true;
          return new Map<string, number>();
        })
        .then((next) => {
          if (timer) scheduleCheck(next);
        });
    }, checkMs);
    timer.unref();
  }

  const announceAll: LiveChanges['announceAll'] = async (tx, news) => {
    if (news.length === 0) return;
    // In one order everywhere, or two projections would wait for each other's rows.
    const sorted = news.toSorted((a, b) => (a.scope < b.scope ? -1 : 1));
    const rows = sorted.map(({ scope, changes }) => ({ scope, changes: encodeChanges(changes) }));
    await tx`
      with news as (select * from jsonb_to_recordset(${tx.json(rows)}) as n (scope text, changes text)),
      bumped as (
        insert into live_gen (scope, gen) select scope, 1 from news
        on conflict (scope) do update set gen = live_gen.gen + 1
        returning scope, gen
      )
      select pg_notify(${channel}, json_build_object('scope', scope, 'gen', gen, 'changes', changes)::text)
      from bumped join news using (scope)`;
  };

  return {
    name: `live ${room}`,
    announce: (tx, scope, changes) => announceAll(tx, [{ scope, changes }]),
    announceAll,
    source: (scope) => ({
      subscribe(after, send) {
        let leave = () => {};
        let left = false;
        let again: NodeJS.Timeout | undefined;
        const join = (): void => {
          topicOf(scope).then(
            (topic) => {
              if (!left) leave = topic.join(generation(after), send);
            },
            (err: unknown) => {
              if (left) return;
              log.warn({ event: 'live.unread', err }, 'A live list cannot be read');
              // The reader shows what it has as old until the database can be asked.
              send({ id: after ?? '0', event: 'stale', data: { gen: generation(after) ?? 0 } });
              again = setTimeout(join, checkMs);
            },
          );
        };
        join();
        return () => {
          left = true;
          clearTimeout(again);
          leave();
        };
      },
    }),
    async start() {
      const listening = await sql.listen(channel, onNotify);
      unlisten = listening.unlisten;
      scheduleCheck(new Map());
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await checking;
      await unlisten();
    },
  };
}

function generation(after: string | null): number | null {
  if (after === null) return null;
  const gen = Number(after);
  return Number.isSafeInteger(gen) && gen >= 0 ? gen : -1;
}
