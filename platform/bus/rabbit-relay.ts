import type { Site } from './contract.ts';
import { bySeq, type Position } from './feed.ts';
import { messageOfRow, type OutboxRow } from './rabbit-message.ts';
import type { Publisher } from './rabbit-publisher.ts';
import type { Session } from './session.ts';
import type { Signal } from './signal.ts';

/** Milliseconds between looks while nothing comes. */
const POLLS = [50, 100, 250] as const;
/** Milliseconds after a failure, doubled up to the second. */
const BACK_OFF = { first: 100, longest: 5_000 } as const;
const TICK_EVERY_MS = 1_000;
const BEGINNING: Position = { xid: '0', seq: '0' };

export interface RelayNeeds {
  site: Site;
  session: Session;
  signal: Signal;
  /** The exchange of all events. */
  exchange: string;
  /** Rows that are read, sent and deleted together. */
  batch: number;
  /** Batches that may wait for the broker at the same time. */
  ahead: number;
  /** The one that stands, if any. */
  publisher(): Publisher | undefined;
  /** Called about once a second: everything committed up to `until` is with the broker. */
  tick(to: Publisher, until: string): void;
}

interface Look {
  rows: OutboxRow[];
  /** This session holds the relay's lock. */
  leads: boolean;
  /** Transactions older than this have ended. */
  horizon: string;
  at: string;
}

/**
 * Carries the room's outbox to the broker: one leader per room, by an advisory lock. What the broker has confirmed is
 * deleted; whatever goes wrong before that, the rows stay and are sent again. Of a backlog the next batches are read and sent
 * while the broker confirms the first.
 */
export function relay({ site, session, signal, exchange, batch, ahead, publisher, tick }: RelayNeeds) {
  const { room, log, metrics } = site;
  const { sql } = session;
  const lock = `relay of ${room}`;
  const batches = new Set<Promise<void>>();
  /** The rows sent and not yet deleted, by seq. */
  const onTheirWay = new Set<string>();
  /** Up to here nothing can turn up any more that was not sent. */
  let from = BEGINNING;
  let failure: unknown;
  let tickedAt = 0;
  let running = true;
  let done: Promise<void> | undefined;

  async function look(): Promise<Look> {
    // Beside the rows, from the same snapshot: what can still turn up, and whether they are still this session's to send.
    const rows = await sql<({ leads: boolean; horizon: string; read_at: string } & (OutboxRow | { id: null }))[]>`
      select now.leads, now.horizon::text, now.at as read_at, page.* from (
        select ${session.holds(lock)} as leads, pg_snapshot_xmin(pg_current_snapshot()) as horizon,
               platform.now() as at
      ) now
      left join lateral (
        select xid::text, seq::text, id, at, topic, key, body::text, traceparent from bus.feed as feed
        where owner = current_user and (feed.xid, feed.seq) > (${from.xid}::xid8, ${from.seq}::int8)
          and feed.seq <> all (${[...onTheirWay]}::int8[])
        order by feed.xid, feed.seq limit ${batch}
      ) page on now.leads`;
    const { leads, horizon, read_at: at } = rows[0]!;
    return { leads, horizon, at, rows: rows.filter((row) => row.id !== null) };
  }

  async function carry(to: Publisher, rows: readonly OutboxRow[]): Promise<void> {
    await to.publish(bySeq(rows).map((row) => ({ ...messageOfRow(row), exchange, routingKey: row.topic })));
    await sql`
      delete from bus.feed using unnest(${rows.map(({ xid }) => xid)}::xid8[], ${rows.map(({ seq }) => seq)}::int8[])
        as sent (xid, seq)
      where feed.owner = current_user and feed.xid = sent.xid and feed.seq = sent.seq`;
    metrics.relayed.inc({ room }, rows.length);
    for (const { seq } of rows) onTheirWay.delete(seq);
  }

  function send(to: Publisher, rows: readonly OutboxRow[]): void {
    for (const { seq } of rows) onTheirWay.add(seq);
    const sent: Promise<void> = carry(to, rows)
      .catch((err) => {
        failure ??= err;
        signal.wake();
      })
      .finally(() => batches.delete(sent));
    batches.add(sent);
  }

  /** Looks once and sends what it finds. True: there may be more at once. */
  async function step(to: Publisher): Promise<boolean> {
    const { leads, rows, horizon, at } = await look();
    if (!leads) return takeOver();
    const isFull = rows.length === batch;
    const last = rows.at(-1);
    if (last) send(to, rows);
    from =
      isFull && BigInt(last!.xid) < BigInt(horizon) ? { xid: last!.xid, seq: last!.seq } : { xid: horizon, seq: '0' };
    sayHowFar(to, isFull ? last!.at : at);
    if (isFull && batches.size < ahead) return true;
    // Without a backlog what comes meanwhile goes together next: many small batches would cost more than they save.
    await (isFull ? Promise.race(batches) : Promise.all(batches));
    return isFull;
  }

  async function takeOver(): Promise<boolean> {
    await startAnew();
    if (!(await session.tryLock(lock))) return false;
    // With its parameters known, the server looks the rows on their way up in a hash table.
    await sql`select set_config('plan_cache_mode', 'force_custom_plan', false)`;
    return true;
  }

  /** What was sent and not confirmed is looked for again. */
  async function startAnew(): Promise<void> {
    await Promise.all(batches);
    onTheirWay.clear();
    from = BEGINNING;
    failure = undefined;
  }

  function sayHowFar(to: Publisher, until: string): void {
    const now = Date.now();
    if (now - tickedAt < TICK_EVERY_MS) return;
    tickedAt = now;
    void Promise.all(batches).then(() => {
      if (failure === undefined) tick(to, until);
    });
  }

  async function run(): Promise<void> {
    let quiet = 0;
    let pause: number = BACK_OFF.first;
    while (running) {
      const seen = signal.count;
      try {
        if (failure !== undefined) throw failure;
        const to = publisher();
        const more = to !== undefined && !to.isBlocked() && (await step(to));
        if (more) continue;
        pause = BACK_OFF.first;
        quiet = onTheirWay.size > 0 || signal.count !== seen ? 0 : quiet + 1;
        await signal.wait(seen, POLLS[Math.min(quiet, POLLS.length - 1)]!);
      } catch (err) {
        log.warn({ err }, 'Events could not be carried to the broker; trying again');
        await startAnew();
        await signal.wait(signal.count, pause);
        pause = Math.min(pause * 2, BACK_OFF.longest);
      }
    }
    await Promise.all(batches);
  }

  return {
    start() {
      done = run();
    },
    async stop() {
      running = false;
      signal.wake();
      await done;
    },
  };
}
