import type { Sql } from './sql.ts';

export interface FeedRights {
  /** First words of the topics that the room may read. */
  reads: string[];
  /** First words of the topics that it may append. */
  writes: string[];
}

/**
 * The room's window on the feed: the view `bus.feed_<room>` of the topics that it may read, and a policy on what it may
 * append. Changed only when the rights or the feed's columns have, for it locks the feed.
 */
export async function grantFeed(admin: Sql, room: string, { reads, writes }: FeedRights): Promise<void> {
  const view = `bus.feed_${room}`;
  const wanted = `reads ${reads} in order; appends ${writes}; columns ${await feedColumns(admin)}`;
  const [found] = await admin<{ text: string | null }[]>`
    select obj_description(to_regclass(${view}), 'pg_class') as text`;
  if (found?.text === wanted) return;
  await admin.begin(async (tx) => {
    // A barrier, or a room's own function in a WHERE would be shown the rows that the view leaves out. Its own order,
    // or the server would not see the index's through the barrier, and sort a whole backlog for every page.
    await tx.unsafe(`create or replace view ${view} with (security_barrier) as
      select * from bus.feed where ${startsWithOneOf(reads)} order by xid, seq`);
    await tx.unsafe(`grant select on ${view} to ${room}`);
    await tx.unsafe(`drop policy if exists appends_${room} on bus.feed`);
    await tx.unsafe(`create policy appends_${room} on bus.feed for insert to ${room}
      with check (owner = current_user and ${startsWithOneOf(writes)})`);
    await tx.unsafe(`comment on view ${view} is '${wanted}'`);
  });
}

async function feedColumns(admin: Sql): Promise<string[]> {
  const rows = await admin<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = 'bus.feed'::regclass and attnum > 0 and not attisdropped order by attnum`;
  return rows.map(({ name }) => name);
}

function startsWithOneOf(words: string[]): string {
  const odd = words.find((word) => !/^[a-z][a-z-]*$/.test(word));
  if (odd) throw new Error(`"${odd}" cannot be the first word of an event`);
  return `split_part(topic, '.', 1) = any (array[${words.map((word) => `'${word}'`)}]::text[])`;
}
