import type { Sql } from '#platform/database';
import type { Site, Subscription, Transport } from './contract.ts';
import { likePatterns } from './patterns.ts';

/** For who stands beside the processes that subscribe: what `bus.asOf` answers there. */
export function consumerAsOf(
  sql: Sql,
  { over, ...consumer }: Heard & { over: Transport['name'] },
): Promise<string | null> {
  const site = { sql, room: consumer.consumer.split('.', 1)[0]! };
  return over === 'rabbitmq' ? asOfHeard(site, consumer) : asOfFeed(site, consumer);
}

type Heard = Pick<Subscription, 'consumer' | 'events'>;

/** From the feed of the same database: the moment of the oldest event still unread, or now. */
export async function asOfFeed(
  { room, sql }: Pick<Site, 'room' | 'sql'>,
  { consumer, events }: Heard,
): Promise<string | null> {
  const [row] = await sql<{ asOf: string | null }[]>`
    select nullif(least(
      coalesce(
        (select feed.at from ${sql(`bus.feed_${room}`)} feed
         where (feed.xid, feed.seq) > (cursor.xid, cursor.seq) and feed.topic like any (${likePatterns(events)})
         order by feed.xid, feed.seq limit 1),
        platform.now()),
      ${completeUntil(sql, consumer)}), '-infinity') as "asOf"
    from bus.cursor cursor where cursor.owner = current_user and cursor.consumer = ${consumer}`;
  return row?.asOf ?? null;
}

/** From what the publishers said over the broker. */
export async function asOfHeard(
  { sql }: Pick<Site, 'sql'>,
  { consumer }: Pick<Subscription, 'consumer'>,
): Promise<string | null> {
  const [row] = await sql<{ asOf: string | null }[]>`
    select nullif(least(heard.until, ${completeUntil(sql, consumer)}), '-infinity') as "asOf"
    from bus.heard_until(${consumer}) heard (until) where heard.until is not null`;
  return row?.asOf ?? null;
}

/** What is being rebuilt says nothing newer than what it had whole. */
function completeUntil(sql: Sql, consumer: string) {
  return sql`(select r.complete_until from bus.rebuild r where r.owner = current_user and r.consumer = ${consumer})`;
}
