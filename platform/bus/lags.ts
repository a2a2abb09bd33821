import type { Site } from './contract.ts';
import { likePatterns } from './patterns.ts';

/** Counting stops here: beyond it the exact number helps nobody. */
const MOST_COUNTED = 100_000;

/** Dead letters and the cluster's horizon. */
export async function measureRoom({ room, sql, metrics }: Site): Promise<void> {
  const [row] = await sql<{ dead: number; horizon: number }[]>`
    select (select count(*)::int from (select from bus.dead_letter where owner = current_user limit 10000)) as dead,
           bus.horizon_age() as horizon`;
  metrics.deadRows.set({ room }, row!.dead);
  metrics.horizonAge.set({ room }, row!.horizon);
}

/** What the room's events still wait for the broker. */
export async function measureOutbox({ room, sql, metrics }: Site): Promise<void> {
  const [row] = await sql<{ rows: number; age: number }[]>`
    select count(*)::int as rows, coalesce(extract(epoch from platform.now() - min(at)), 0)::float8 as age
    from (select at from bus.feed where owner = current_user order by xid, seq limit ${MOST_COUNTED})`;
  metrics.outboxRows.set({ room }, row!.rows);
  metrics.outboxAge.set({ room }, row!.age);
}

/** How far each consumer's written position is behind the feed. */
export async function measureConsumers({ room, sql, subscriptions, metrics }: Site): Promise<void> {
  for (const { consumer, events } of subscriptions) {
    const [row] = await sql<{ rows: number; age: number }[]>`
      select count(*)::int as rows, coalesce(extract(epoch from platform.now() - min(at)), 0)::float8 as age
      from (
        select feed.at from ${sql(`bus.feed_${room}`)} feed, bus.cursor cursor
        where cursor.owner = current_user and cursor.consumer = ${consumer}
          and (feed.xid, feed.seq) > (cursor.xid, cursor.seq) and feed.topic like any (${likePatterns(events)})
        limit ${MOST_COUNTED}
      )`;
    metrics.lagRows.set({ consumer }, row!.rows);
    metrics.lagAge.set({ consumer }, row!.age);
  }
}
