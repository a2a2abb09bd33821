import type { Sql } from '#platform/database';

/** An event that a consumer could not handle. `sql` below is the consumer's room's; it sees its own only. */
export interface DeadLetter {
  consumer: string;
  eventId: string;
  type: string;
  key: string;
  occurredAt: string;
  diedAt: string;
  attempts: number;
  reason: string;
  traceparent: string | null;
}

export interface Act {
  consumer: string;
  eventId: string;
  /** Who decided, for the audit. */
  actor: string;
  note: string;
}

/** Newest first; `before` is the last one of the page before. At most 200 at once. */
export async function listDeadLetters(
  sql: Sql,
  { limit = 50, before }: { limit?: number; before?: Pick<DeadLetter, 'diedAt' | 'eventId'> } = {},
): Promise<DeadLetter[]> {
  const following = before ? sql`and (died_at, id) < (${before.diedAt}::timestamptz, ${before.eventId}::uuid)` : sql``;
  const letters = await sql<DeadLetter[]>`
    select ${summary(sql)} from bus.dead_letter where owner = current_user ${following}
    order by died_at desc, id desc limit ${Math.min(limit, 200)}`;
  return [...letters];
}

/** With its content; null when there is none. */
export async function showDeadLetter(
  sql: Sql,
  { consumer, eventId }: Pick<Act, 'consumer' | 'eventId'>,
): Promise<(DeadLetter & { data: unknown }) | null> {
  const [letter] = await sql<(DeadLetter & { data: unknown })[]>`
    select ${summary(sql)}, body as data from bus.dead_letter
    where owner = current_user and consumer = ${consumer} and id = ${eventId}`;
  return letter ?? null;
}

function summary(sql: Sql) {
  return sql`consumer, id as "eventId", topic as type, key, at as "occurredAt", died_at as "diedAt", attempts, reason,
             traceparent`;
}

/** Gives the event to its consumer again, with all its attempts before it. False when there is no such dead letter. */
export async function replayDeadLetter(sql: Sql, act: Act): Promise<boolean> {
  return sql.begin(async (tx) => {
    const replayed = await tx`
      with letter as (
        delete from bus.dead_letter
        where owner = current_user and consumer = ${act.consumer} and id = ${act.eventId} returning *
      )
      insert into bus.retry (consumer, id, at, topic, key, body, traceparent, attempts, due_at, reason)
      select consumer, id, at, topic, key, body, traceparent, 0, platform.now(), 'replayed' from letter
      on conflict (owner, consumer, id) do update set attempts = 0, due_at = excluded.due_at, reason = excluded.reason
      returning 1`;
    return replayed.length > 0 && audit(tx, 'replayed', act);
  });
}

/** Gives the event up for good. False when there is no such dead letter. */
export async function discardDeadLetter(sql: Sql, act: Act): Promise<boolean> {
  return sql.begin(async (tx) => {
    const discarded = await tx`
      delete from bus.dead_letter
      where owner = current_user and consumer = ${act.consumer} and id = ${act.eventId} returning 1`;
    return discarded.length > 0 && audit(tx, 'discarded', act);
  });
}

async function audit(tx: Sql, act: 'replayed' | 'discarded', { consumer, eventId, actor, note }: Act): Promise<true> {
  await tx`
    insert into bus.dead_letter_audit (consumer, event_id, act, actor, note)
    values (${consumer}, ${eventId}, ${act}, ${actor}, ${note})`;
  return true;
}
