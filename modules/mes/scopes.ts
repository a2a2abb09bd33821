import type { Sql } from '#platform/database';

/** What lists are made of. A rate is in every row of them. */
export const queueScope = (workCentre: string) => `queue:${workCentre}`;
export const waitingScope = (workCentre: string) => `waiting:${workCentre}`;
/** A person's cap, work centres, claims and what they have finished. */
export const personScope = (personId: string) => `person:${personId}`;
export const RATES = 'rates';
/** Any operation; followed live. */
export const FLOOR = 'floor';

/**
 * The lists that show these operations, and all operations of these orders, as they are now; the lists that showed them
 * before a change included. An operation that is running left the queue when it was claimed. One that waits shows how the
 * one before it stands.
 */
export async function scopesOf(
  tx: Sql,
  { operations, orders }: { operations: readonly string[]; orders: readonly string[] },
): Promise<string[]> {
  const rows = await tx<{ scope: string }[]>`
    with changed as (
      select job_id, step, work_centre, state, holder_id from operation where id = any (${[...operations]}::uuid[])
      union
      select job_id, step, work_centre, state, holder_id from operation where order_id = any (${[...orders]}::uuid[])
    )
    select 'queue:' || work_centre as scope from changed where state in ('ready', 'claimed', 'stopped')
    union
    select 'waiting:' || work_centre from changed where state in ('waiting', 'ready', 'stopped')
    union
    select 'waiting:' || following.work_centre from changed cross join lateral (
      select work_centre, state from operation as next
      where next.job_id = changed.job_id and next.step > changed.step order by next.step limit 1
    ) as following where following.state = 'waiting'
    union
    select 'person:' || holder_id from changed where holder_id is not null`;
  return rows.map(({ scope }) => scope);
}
