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

/** One line of the audit. */
export interface AuditEntry {
  at: string;
  act: DeadLetterAct;
  consumer: string;
  eventId: string;
  actor: string;
  note: string;
}

export type DeadLetterAct = 'shown' | 'replayed' | 'discarded';

export interface DeadLettersWanted {
  /** Default 50, at most 200. */
  limit?: number;
  /** The last one of the page before. */
  before?: Pick<DeadLetter, 'diedAt' | 'eventId'>;
  /** Of this consumer only. */
  consumer?: string;
}

/** Newest first. */
export async function listDeadLetters(
  sql: Sql,
  { limit = 50, before, consumer }: DeadLettersWanted = {},
): Promise<DeadLetter[]> {
  const following = before ? sql`and (died_at, id) < (${before.diedAt}::timestamptz, ${before.eventId}::uuid)` : sql``;
  const ofOne = consumer ? sql`and consumer = ${consumer}` : sql``;
  const letters = await sql<DeadLetter[]>`
    select ${summary(sql)} from bus.dead_letter where owner = current_user ${following} ${ofOne}
    order by died_at desc, id desc limit ${Math.min(limit, 200)}`;
  return [...letters];
}

/** With its content; null when there is none. Whoever shows it to a person calls `openDeadLetter` instead. */
export async function showDeadLetter(
  sql: Sql,
  { consumer, eventId }: Pick<Act, 'consumer' | 'eventId'>,
): Promise<(DeadLetter & { data: unknown }) | null> {
  const [letter] = await sql<(DeadLetter & { data: unknown })[]>`
    select ${summary(sql)}, body as data from bus.dead_letter
    where owner = current_user and consumer = ${consumer} and id = ${eventId}`;
  return letter ?? null;
}

/** Its content for a person, which is written down; null when there is none. */
export async function openDeadLetter(sql: Sql, act: Act): Promise<(DeadLetter & { data: unknown }) | null> {
  return sql.begin(async (tx) => {
    const letter = await showDeadLetter(tx, act);
    if (letter) await audit(tx, 'shown', act);
    return letter;
  });
}

/** Who did what to dead letters, newest first. At most 200. */
export async function readDeadLetterAudit(sql: Sql, { limit = 50 }: { limit?: number } = {}): Promise<AuditEntry[]> {
  const entries = await sql<AuditEntry[]>`
    select at, act, consumer, event_id as "eventId", actor, note from bus.dead_letter_audit
    where owner = current_user order by seq desc limit ${Math.min(limit, 200)}`;
  return [...entries];
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

async function audit(tx: Sql, act: DeadLetterAct, { consumer, eventId, actor, note }: Act): Promise<true> {
  await tx`
    insert into bus.dead_letter_audit (consumer, event_id, act, actor, note)
    values (${consumer}, ${eventId}, ${act}, ${actor}, ${note})`;
  return true;
}
