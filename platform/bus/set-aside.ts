import type { Envelope } from '#contracts/events';
import type { Sql } from '#platform/database';
import type { Failure } from './deliver.ts';
import { envelopeOf } from './feed.ts';
import { nextWait } from './ladder.ts';

/** An event after its failed attempt number `attempts`. */
export interface Failed extends Failure {
  attempts: number;
}

export interface DueEvent {
  event: Envelope;
  /** Attempts so far; 0 for a replayed dead letter. */
  attempts: number;
}

/** Writes failed events to their next attempt; those that have none left, to the dead letters. Answers how many died. */
export async function setAside(sql: Sql, consumer: string, failed: readonly Failed[]): Promise<number> {
  const dead = failed.filter(isDead);
  const alive = failed.filter((one) => !isDead(one));
  if (dead.length > 0) await bury(sql, consumer, dead);
  if (alive.length > 0) await scheduleRetry(sql, consumer, alive);
  return dead.length;
}

export function isDead({ poison, attempts }: Failed): boolean {
  return poison || nextWait(attempts) === null;
}

async function scheduleRetry(sql: Sql, consumer: string, failed: readonly Failed[]): Promise<void> {
  const rows = failed.map((one) => ({ ...rowOf(one), wait: nextWait(one.attempts) }));
  await sql`
    insert into bus.retry (consumer, id, at, topic, key, body, traceparent, attempts, due_at, reason)
    select ${consumer}, id, at, topic, key, coalesce(body, 'null'), traceparent, attempts,
           platform.now() + wait * interval '1 ms', reason
    from jsonb_to_recordset(${sql.json(rows as never)}) as failed (id uuid, at timestamptz, topic text, key text,
      body jsonb, traceparent text, attempts int, reason text, wait float8)
    on conflict (owner, consumer, id) do update
      set attempts = excluded.attempts, due_at = excluded.due_at, reason = excluded.reason`;
}

/** Writes events to the dead letters and takes them out of their retries. */
export async function bury(sql: Sql, consumer: string, failed: readonly Failed[]): Promise<void> {
  await sql`
    with dead as (
      insert into bus.dead_letter (consumer, id, at, topic, key, body, traceparent, attempts, reason)
      select ${consumer}, id, at, topic, key, coalesce(body, 'null'), traceparent, attempts, reason
      from jsonb_to_recordset(${sql.json(failed.map(rowOf) as never)}) as failed (id uuid, at timestamptz, topic text,
        key text, body jsonb, traceparent text, attempts int, reason text)
      on conflict (owner, consumer, id) do update
        set attempts = excluded.attempts, reason = excluded.reason, died_at = excluded.died_at
      returning id
    )
    delete from bus.retry using dead
    where retry.owner = current_user and retry.consumer = ${consumer} and retry.id = dead.id`;
}

function rowOf({ event, attempts, reason }: Failed) {
  const { id, occurredAt: at, type: topic, key, data: body, traceparent } = event;
  return { id, at, topic, key, body, traceparent, attempts, reason };
}

/** Events whose next attempt is due, the longest due first. */
export async function dueEvents(sql: Sql, consumer: string, limit: number): Promise<DueEvent[]> {
  const rows = await sql<(Parameters<typeof envelopeOf>[0] & { attempts: number })[]>`
    select id, at, topic, key, body, traceparent, attempts from bus.retry
    where owner = current_user and consumer = ${consumer} and due_at <= platform.now()
    order by due_at limit ${limit}`;
  return rows.map((row) => ({ event: envelopeOf(row), attempts: row.attempts }));
}

/** These need no further attempt. */
export async function forgetRetries(sql: Sql, consumer: string, events: readonly Envelope[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    delete from bus.retry
    where owner = current_user and consumer = ${consumer} and id = any (${events.map(({ id }) => id)}::uuid[])`;
}

/** Milliseconds until the next attempt is due; null when none waits. */
export async function untilNextRetry(sql: Sql, consumer: string): Promise<number | null> {
  const [row] = await sql<{ wait: number | null }[]>`
    select extract(epoch from min(due_at) - platform.now())::float8 * 1000 as wait from bus.retry
    where owner = current_user and consumer = ${consumer}`;
  return row!.wait;
}
