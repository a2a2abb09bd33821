import type { Sql } from '#platform/database';
import { currentTraceparent } from '#platform/telemetry';
import type { NewEvent } from './contract.ts';

/** Writes events to the outbox in the caller's transaction: they travel if, and only if, it commits. Then call `bus.hint()`. */
export async function appendEvents(sql: Sql, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    insert into bus.feed (topic, key, body, traceparent)
    select event ->> 'type', event ->> 'key', event -> 'data', ${currentTraceparent()}
    from jsonb_array_elements(${sql.json(events as never)}) with ordinality as given (event, position)
    order by position`;
}
