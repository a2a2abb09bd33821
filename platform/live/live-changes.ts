import type { Sql } from '#platform/database';
import type { StreamSource } from '#platform/http';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';
import { type Change, decodeChanges, encodeChanges } from './changes-text.ts';
import { Generations } from './generations.ts';
import { readGenerations, readState, type Stamp, writeEpoch, writeNews } from './store.ts';
import { Topic } from './topic.ts';

export interface News {
  /** What changed, e.g. the list `orders` or `customer:<id>`. */
  scope: string;
  /** For the scope's live readers; left out where there are none, and the scope only names what caches hold. */
  changes?: readonly Change[];
}

export interface LiveChanges extends Part {
  /** Within the transaction of the change, last in it: the news goes out when it commits, and only then. */
  announce(tx: Sql, scope: string, changes: readonly Change[]): Promise<void>;
  /** The same for several scopes in one statement. */
  announceAll(tx: Sql, news: readonly News[]): Promise<void>;
  /** Within a transaction that changed more than can be named, e.g. put another table in place: nothing that is held anywhere counts. */
  announceEverything(tx: Sql): Promise<void>;
  /** For `sse`: `ready`, `changes`, `reset` (fetch the list again) and `stale` (it may be old), each with its generation. */
  source(scope: string): StreamSource;
  /** The scopes' generations without a query, when none of them can be older than two seconds; else null. */
  known(scopes: readonly string[]): Stamp | null;
  /** The same from the database, by one look-up of primary keys. */
  lookUp(scopes: readonly string[]): Promise<Stamp>;
  /** Up to when the room's answers were complete (`at`) when that was last asked, at most two seconds ago; else null. */
  asOf(): { at: string; ageMs: number } | null;
}

export interface LiveOptions {
  sql: Sql;
  room: string;
  log: Log;
  /** Up to when the read model is complete, if the room says so with its lists. */
  readAsOf?: (sql: Sql) => Promise<string>;
  /** How often the database is asked whether something was missed; a loss is noticed within two of these. */
  checkMs?: number;
  /** How old an answer of `known` may be. */
  trustMs?: number;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
}

/** Scopes remembered although nobody listens at the moment, so that a reader may resume. */
const MOST_TOPICS = 2_000;

interface Told {
  /** Null: everything. A release that knew no numbers sent none. */
  scope: string | null;
  number?: number;
  gen: number;
  was?: number;
  changes?: string | null;
}

/**
 * Tells every process what changed in a room, in order and without silent gaps: to the readers of live lists, and to the
 * caches, which name what they hold by scopes and generations. Needs the room's tables `live_gen` and `live_state`.
 */
export function liveChanges(options: LiveOptions): LiveChanges {
  const { sql, room, log, readAsOf, checkMs = 1_000, trustMs = 2_000, now = () => performance.now() } = options;
  const channel = `live_${room}`;
  const generations = new Generations({ now, trustMs });
  const topics = new Map<string, Topic>();
  let sample: { asOf: string; at: number } | null = null;
  let unlisten = async () => {};
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let checking: Promise<void> | null = null;
  let away = false;
  let missed = false;

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
    const { gens } = await readGenerations(sql, [scope]);
    // A notification may have come while the answer was under way; it is not older than the answer.
    return topics.get(scope) ?? remember(scope, gens[0]!);
  }

  function onNotify(payload: string): void {
    const { scope, number, gen, was = gen - 1, changes } = JSON.parse(payload) as Told;
    const nothingMissed = number !== undefined && generations.hear(number, scope, gen);
    missed ||= !nothingMissed;
    if (missed || scope === null) void check();
    if (scope === null || changes === undefined) return;
    const topic = topics.get(scope) ?? remember(scope, was);
    topic.hear(gen, was, changes === null ? null : decodeChanges(changes));
  }

  /** Compares what was heard with what is written. */
  async function compare(): Promise<void> {
    // Before the proof: what is complete up to this moment is in what the proof covers.
    const at = now();
    const asOf = await readAsOf?.(sql);
    const prove = generations.proving();
    const { number, epoch } = await readState(sql);
    missed = !prove(number, epoch) || missed;
    if (asOf !== undefined) sample = { asOf, at };
    if (missed) await resetTopics();
    missed = false;
    if (away) for (const topic of topics.values()) topic.fresh();
    away = false;
  }

  async function resetTopics(): Promise<void> {
    const scopes = [...topics].filter(([, topic]) => topic.isRead).map(([scope]) => scope);
    const { gens } = await readGenerations(sql, scopes);
    for (const [at, scope] of scopes.entries()) {
      const topic = topics.get(scope);
      if (topic && topic.gen !== gens[at]!) topic.jump(gens[at]!);
    }
    for (const [scope, topic] of topics) if (!topic.isRead) topics.delete(scope);
  }

  /** One at a time; whoever asks meanwhile gets the one that is under way. */
  function check(): Promise<void> {
    clearTimeout(timer);
    checking ??= compare()
      .catch((err: unknown) => {
        log.warn({ event: 'live.unchecked', err }, 'Live lists cannot be checked against the database');
        if (!away) for (const topic of topics.values()) topic.stale();
        away = true;
      })
      .finally(() => {
        checking = null;
        if (running) timer = setTimeout(() => void check(), checkMs).unref();
      });
    return checking;
  }

  const announceAll: LiveChanges['announceAll'] = async (tx, news) => {
    if (news.length === 0) return;
    const rows = news.map(({ scope, changes }) => ({
      scope,
      ...(changes === undefined ? {} : { changes: encodeChanges(changes) }),
    }));
    for (const { scope, gen } of await writeNews(tx, channel, rows)) generations.announced(scope, gen);
  };

  return {
    name: `live ${room}`,
    announce: (tx, scope, changes) => announceAll(tx, [{ scope, changes }]),
    announceAll,
    announceEverything: (tx) => writeEpoch(tx, channel),
    known(scopes) {
      const gens = generations.known(scopes);
      return gens && { epoch: generations.epoch, gens };
    },
    async lookUp(scopes) {
      const keep = generations.asking();
      const stamp = await readGenerations(sql, scopes);
      for (const [at, scope] of scopes.entries()) keep(scope, stamp.gens[at]!);
      return stamp;
    },
    asOf() {
      const ageMs = sample ? now() - sample.at : Number.POSITIVE_INFINITY;
      return sample && ageMs < trustMs ? { at: sample.asOf, ageMs } : null;
    },
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
      running = true;
      const listening = await sql.listen(channel, onNotify, () => {
        generations.deaf();
        if (running) void check();
      });
      unlisten = listening.unlisten;
      await check();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
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
