import type { Fragment, Sql } from '#platform/database';

/** Generations of some scopes, in the order asked, and the epoch in which they mean something. */
export interface Stamp {
  epoch: string;
  gens: readonly number[];
}

/** What is announced of a scope. `changes` undefined: nobody follows it live; null: too many to be told. */
interface Announced {
  scope: string;
  changes?: string | null;
}

/**
 * Raises the scopes, numbers the announcements and notifies, in one statement. A generation is the moment in milliseconds, or one
 * more than before: a database restored from a backup does not come to an old one again. Rows are taken in one order
 * everywhere, the room's number last, or two transactions would wait for each other.
 */
export async function writeNews(tx: Sql, channel: string, news: readonly Announced[]) {
  const sorted = news.toSorted((a, b) => (a.scope < b.scope ? -1 : 1));
  return tx<{ scope: string; gen: number }[]>`
    with news as (
      select scope, told, place from jsonb_to_recordset(${tx.json(
        sorted.map((one, place) => ({ scope: one.scope, place, told: toldOf(one) })),
      )}) as n (scope text, told jsonb, place int)
    ), raised as (
      insert into live_gen as known (scope, gen, raised_by)
      select scope, extract(epoch from platform.now()) * 1000, pg_current_xact_id() from news order by place
      on conflict (scope) do update set gen = greatest(known.gen + 1, excluded.gen), raised_by = excluded.raised_by
      returning scope, gen, coalesce(old.gen, 0) as was
    ), numbered as (
      update live_state set number = number + (select count(*) from raised) returning number - (select count(*) from raised) as before
    ), told as (
      select scope, gen, pg_notify(${channel}, (told || jsonb_build_object(
        'scope', scope, 'gen', gen, 'was', was, 'number', before + place + 1))::text)
      from (select * from raised join news using (scope) cross join numbered order by place) as one
    )
    select scope, gen from told`;
}

function toldOf({ changes }: Announced): { changes?: string | null } {
  return changes === undefined ? {} : { changes };
}

/** A new epoch: no generation that was handed out before it counts any more. */
export async function writeEpoch(tx: Sql, channel: string): Promise<void> {
  await tx`
    with changed as (
      update live_state set number = number + 1, epoch = greatest(epoch + 1, extract(epoch from platform.now()) * 1000)
      returning number
    )
    select pg_notify(${channel}, json_build_object('scope', null, 'gen', 0, 'number', number)::text) from changed`;
}

export async function readState(sql: Sql): Promise<{ number: number; epoch: string }> {
  const [row] = await sql<{ number: number; epoch: string }[]>`select number, epoch::text from live_state`;
  return row!;
}

/** One statement; a scope that was never announced has generation 0. Within a transaction: as of its snapshot. */
export async function readGenerations(sql: Sql, scopes: readonly string[]): Promise<Stamp> {
  const [row] = await sql<Stamp[]>`select ${stampOf(sql, scopes)} from live_state as state`;
  return row!;
}

/** Generations and a json value as of one snapshot: one statement is one, without a transaction around it. */
export async function readWithGenerations(
  sql: Sql,
  scopes: readonly string[],
  value: Fragment,
): Promise<{ stamp: Stamp; value: unknown }> {
  const [row] = await sql<(Stamp & { value: unknown })[]>`
    select ${stampOf(sql, scopes)}, ${value} as value from live_state as state`;
  const { value: content, ...stamp } = row!;
  return { stamp, value: content };
}

function stampOf(sql: Sql, scopes: readonly string[]): Fragment {
  return sql`state.epoch::text, array(
    select coalesce(g.gen, 0) from unnest(${scopes as string[]}::text[]) with ordinality as asked (scope, place)
    left join live_gen g using (scope) order by place
  ) as gens`;
}
