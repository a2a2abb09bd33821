import type { Envelope } from '#contracts/events';
import type { Sql } from '#platform/database';

/**
 * The inbox: those of `events` that this consumer has not seen, each once, marked as seen in the caller's transaction.
 * The effect belongs in the same transaction. Needs the room's own table
 * `inbox (consumer text, event_id uuid, at timestamptz, primary key (consumer, event_id))`.
 */
export async function firstTime(tx: Sql, consumer: string, events: readonly Envelope[]): Promise<Envelope[]> {
  if (events.length === 0) return [];
  const byId = new Map(events.map((event) => [event.id, event]));
  const fresh = await tx<{ event_id: string }[]>`
    insert into inbox (consumer, event_id)
    select ${consumer}, id from unnest(${[...byId.keys()].sort()}::uuid[]) as id
    on conflict do nothing returning event_id`;
  const isFresh = new Set(fresh.map((row) => row.event_id));
  return [...byId.values()].filter((event) => isFresh.has(event.id));
}
