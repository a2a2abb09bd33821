import type { Envelope } from '#contracts/events';
import type { Sql } from '#platform/database';
import type { Session } from './session.ts';

/** A place in the feed. Strings: an xid8 does not fit a number. */
export interface Position {
  xid: string;
  seq: string;
}

export interface Page {
  events: Envelope[];
  /** Everything up to here has been read. */
  end: Position;
  /** True when there may be more. */
  full: boolean;
}

export interface FeedRow {
  xid: string;
  seq: string;
  id: string;
  at: string;
  topic: string;
  key: string;
  body: unknown;
  traceparent: string | null;
}

/** The lock was lost with its connection: somebody else may be reading now. */
export class LockLost extends Error {
  override name = 'LockLost';
}

export interface FeedQuery {
  room: string;
  /** `like` patterns of topics. */
  topics: string[];
  after: Position;
  limit: number;
}

/**
 * Reads what follows `after` and can no longer be joined by an earlier row: only transactions older than the oldest one
 * still running. Inside the page, rows come by `seq`: rows of one key are written under one lock, so their seq is in
 * order even where their transaction ids are not.
 */
export async function readFeed(sql: Sql, { room, topics, after, limit }: FeedQuery): Promise<Page> {
  // The horizon comes with the page, also with an empty one, and from the same snapshot.
  const rows = await sql<({ horizon: string } & (FeedRow | { id: null }))[]>`
    select horizon::text, page.* from (select pg_snapshot_xmin(pg_current_snapshot()) as horizon) now
    left join lateral (
      select xid::text, seq::text, id, at, topic, key, body, traceparent from ${sql(`bus.feed_${room}`)} as feed
      where (feed.xid, feed.seq) > (${after.xid}::xid8, ${after.seq}::int8) and feed.xid < horizon
        and topic like any (${topics})
      order by feed.xid, feed.seq limit ${limit}
    ) page on true`;
  const found = rows.filter((row) => row.id !== null);
  const full = found.length === limit;
  return {
    events: bySeq(found).map(envelopeOf),
    end: full ? positionOf(found.at(-1)!) : belowHorizon(after, rows[0]!.horizon),
    full,
  };
}

/** Where a reader begins that wants only what is committed from now on. */
export async function endOfFeed(sql: Sql): Promise<Position> {
  const [row] = await sql<{ horizon: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`;
  return { xid: row!.horizon, seq: '0' };
}

function belowHorizon(after: Position, horizon: string): Position {
  return BigInt(horizon) > BigInt(after.xid) ? { xid: horizon, seq: '0' } : after;
}

function positionOf({ xid, seq }: FeedRow): Position {
  return { xid, seq };
}

/** Rows of one page by `seq`. */
export function bySeq<Row extends Pick<FeedRow, 'seq'>>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)));
}

type EventRow = Pick<FeedRow, 'id' | 'at' | 'topic' | 'key' | 'body' | 'traceparent'>;

export function envelopeOf({ id, at, topic, key, body, traceparent }: EventRow): Envelope {
  return { id, type: topic, key, occurredAt: at, traceparent, data: body };
}

/** Registers the consumer at the feed's beginning if it is new. Until then the feed may be trimmed without it. */
export async function registerConsumer(sql: Sql, consumer: string): Promise<void> {
  await sql`insert into bus.cursor (consumer) values (${consumer}) on conflict do nothing`;
}

/** Positions taken in another cluster (before a dump and restore) do not count: the feed is read from its beginning. */
export async function loadPosition(sql: Sql, consumer: string): Promise<Position> {
  await sql`select bus.renew_epoch()`;
  const [row] = await sql<Position[]>`
    update bus.cursor set
      xid = case when epoch = bus.system_identifier() then xid else '0' end,
      seq = case when epoch = bus.system_identifier() then seq else 0 end,
      epoch = bus.system_identifier()
    where owner = current_user and consumer = ${consumer} returning xid::text, seq::text`;
  if (!row) throw new Error(`Consumer ${consumer} is not registered`);
  return row;
}

/** Moves the position. Throws LockLost if the session is another one by now. */
export async function movePosition(session: Session, consumer: string, to: Position): Promise<void> {
  const moved = await session.sql`
    update bus.cursor set xid = ${to.xid}::xid8, seq = ${to.seq}::int8, moved_at = platform.now()
    where owner = current_user and consumer = ${consumer} and ${session.holds(consumer)} returning 1`;
  if (moved.length === 0) throw new LockLost(`The lock of ${consumer} was lost with its connection`);
}
