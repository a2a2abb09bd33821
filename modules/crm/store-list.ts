import type { PendingQuery, Row } from 'postgres';
import type { OrderRow } from '#contracts/crm';
import type { OrderStatus } from '#contracts/orders';
import type { Sql } from '#platform/database';
import { PROMISED, STAGE_HOURS } from './stages.ts';

export interface Filters {
  statuses: readonly OrderStatus[];
  /** A person's id; `none` for orders that nobody looks after. */
  assignee?: string | undefined;
  source?: string | undefined;
  buyer?: string | undefined;
  rush?: boolean | undefined;
  hold?: boolean | undefined;
  overdue?: boolean | undefined;
  conflict?: boolean | undefined;
  /** Lower case. */
  search?: string | undefined;
}

export type Sort = 'newest' | 'urgent';

/** Where a page begins: the sort key of the row before it. */
export type After =
  | { sort: 'newest'; placedAt: string; id: string }
  | { sort: 'urgent'; rank: number; dueKey: string; placedAt: string; id: string };

export interface ListedRow extends OrderRow {
  after: After;
}

type Fragment = PendingQuery<Row[]>;

/** One page in the order of an index: any depth costs the same. */
export async function listOrders(
  sql: Sql,
  { filters, sort, after, limit }: { filters: Filters; sort: Sort; after: After | null; limit: number },
): Promise<ListedRow[]> {
  const conditions = sql`${narrowing(sql, filters)} ${after ? following(sql, after) : sql``}`;
  const order = orderBy(sql, sort);
  const page = (status: Fragment) => sql`
    (select ${columns(sql)} from order_row o where true ${status} ${conditions} order by ${order} limit ${limit}) o`;
  const rows = await sql<Stored[]>`
    select o.* from ${inStatuses(sql, filters, page)} order by ${order} limit ${limit}`;
  return rows.map((row) => toRow(row, sort));
}

/**
 * Several statuses are read one by one, each from its own stretch of the index, and merged: the sort is never done over
 * all of them. A search decides by its own index.
 */
function inStatuses(sql: Sql, { statuses, search }: Filters, page: (status: Fragment) => Fragment): Fragment {
  if (statuses.length === 0) return page(sql``);
  if (statuses.length === 1) return page(sql`and o.status = ${statuses[0]!}`);
  if (search !== undefined) return page(sql`and o.status = any (${statuses as string[]})`);
  return sql`unnest(${statuses as string[]}::text[]) as one (status)
    cross join lateral ${page(sql`and o.status = one.status`)}`;
}

/** Rows of these ids, in no particular order. */
export async function findRows(sql: Sql, ids: readonly string[]): Promise<OrderRow[]> {
  const rows = await sql<
    Stored[]
  >`select ${columns(sql)} from order_row o where o.id = any (${ids as string[]}::uuid[])`;
  return rows.map((row) => withoutAfter(toRow(row, 'newest')));
}

/** How many orders of each status match, each counted to `cap`. */
export async function countByStatus(
  sql: Sql,
  filters: Filters,
  { statuses, cap }: { statuses: readonly string[]; cap: number },
): Promise<Record<string, number>> {
  const rows = await sql<{ status: string; count: number }[]>`
    select one.status, (select count(*)::int from (
      select from order_row o where o.status = one.status ${narrowing(sql, { ...filters, statuses: [] })} limit ${cap}
    ) counted) as count
    from unnest(${statuses as string[]}::text[]) as one (status)`;
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** How many orders match, counted to `cap`. */
export async function countOrders(sql: Sql, filters: Filters, cap: number): Promise<number> {
  const conditions = narrowing(sql, filters);
  const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (select from order_row o where true ${status} ${conditions} limit ${cap}) counted`;
  return row!.count;
}

/** Orders longer in their status than it should take, longest over first, and how many there are up to `cap`. */
export async function findStuck(
  sql: Sql,
  { limit, cap }: { limit: number; cap: number },
): Promise<{ rows: OrderRow[]; count: number }> {
  const stages = Object.entries(STAGE_HOURS).map(([status, hours]) => ({ status, hours }));
  const stuck = (take: number) => sql`
    select o.* from jsonb_to_recordset(${sql.json(stages)}) as stage (status text, hours float8)
    cross join lateral (
      select ${columns(sql)}, o.status_since + stage.hours * interval '1 hour' as over from order_row o
      where o.status = stage.status and o.status_since < platform.now() - stage.hours * interval '1 hour'
      order by o.status_since limit ${take}) o`;
  const [rows, [counted]] = await Promise.all([
    sql<Stored[]>`${stuck(limit)} order by o.over limit ${limit}`,
    sql<{ count: number }[]>`select least(count(*), ${cap})::int as count from (${stuck(cap)}) counted`,
  ]);
  return { rows: rows.map((row) => withoutAfter(toRow(row, 'newest'))), count: counted!.count };
}

function narrowing(sql: Sql, filters: Filters): Fragment {
  const { assignee, source, buyer, rush, hold, overdue, conflict, search } = filters;
  const conditions: Fragment[] = [];
  if (assignee === 'none') conditions.push(sql`and o.assignee_id is null`);
  else if (assignee) conditions.push(sql`and o.assignee_id = ${assignee}`);
  if (source) conditions.push(sql`and o.source = ${source}`);
  if (buyer) conditions.push(sql`and o.buyer_id = ${buyer}`);
  if (rush !== undefined) conditions.push(rush ? sql`and o.rush` : sql`and not o.rush`);
  if (hold !== undefined) conditions.push(hold ? sql`and o.on_hold` : sql`and not o.on_hold`);
  if (overdue) conditions.push(sql`and ${overdueCondition(sql)}`);
  if (conflict) conditions.push(sql`and o.open_conflicts > 0`);
  if (search !== undefined)
    conditions.push(sql`and exists (
      select from order_search s where s.order_id = o.id and s.text like ${`%${escapeLike(search)}%`})`);
  return conditions.reduce((all, one) => sql`${all} ${one}`, sql``);
}

function overdueCondition(sql: Sql): Fragment {
  return sql`o.due_at < platform.now() and ${promisedCondition(sql)}`;
}

/** Literals, so that the partial index is seen to fit. */
function promisedCondition(sql: Sql): Fragment {
  return sql`o.status in (${sql.unsafe(PROMISED.map((status) => `'${status}'`).join(', '))})`;
}

/** When the last promised order fell due, and in how many milliseconds the next will; null where there is none. */
export async function overdueSince(sql: Sql): Promise<{ last: string | null; nextInMs: number | null }> {
  const [row] = await sql<{ last: string | null; nextInMs: number | null }[]>`
    select
      (select o.due_at from order_row o where ${overdueCondition(sql)} order by o.due_at desc limit 1) as last,
      (select extract(epoch from o.due_at - platform.now())::float8 * 1000 from order_row o
        where o.due_at >= platform.now() and ${promisedCondition(sql)} order by o.due_at limit 1) as "nextInMs"`;
  return row!;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** A row comparison: an `or` of columns would read the whole index. */
function following(sql: Sql, after: After): Fragment {
  if (after.sort === 'newest') return sql`and (o.placed_at, o.id) < (${after.placedAt}, ${after.id})`;
  const { rank, dueKey, placedAt, id } = after;
  return sql`and (o.rank, o.due_key, o.placed_at, o.id) > (${rank}::int2, ${dueKey}, ${placedAt}, ${id})`;
}

function orderBy(sql: Sql, sort: Sort): Fragment {
  return sort === 'newest' ? sql`o.placed_at desc, o.id desc` : sql`o.rank, o.due_key, o.placed_at, o.id`;
}

function columns(sql: Sql): Fragment {
  return sql`o.id, o.version, o.number, o.status, o.status_since, o.source, o.buyer_id, o.buyer_name, o.rush, o.on_hold,
    o.total_minor, o.currency, o.payment, o.placed_at, o.due_at, o.items, o.pieces, o.files, o.open_conflicts,
    o.assignee_id, o.assignee_name, o.rank, o.due_key`;
}

interface Stored {
  id: string;
  version: number;
  number: string;
  status: OrderStatus;
  status_since: string;
  source: OrderRow['source'];
  buyer_id: string;
  buyer_name: string;
  rush: boolean;
  on_hold: boolean;
  total_minor: number | null;
  currency: 'RUB' | 'EUR' | 'USD';
  payment: OrderRow['payment'];
  placed_at: string;
  due_at: string | null;
  items: number;
  pieces: number;
  files: string[];
  open_conflicts: number;
  assignee_id: string | null;
  assignee_name: string | null;
  rank: number;
  due_key: string;
}

function toRow(row: Stored, sort: Sort): ListedRow {
  const { id, placed_at: placedAt } = row;
  return {
    id,
    number: row.number,
    version: row.version,
    status: row.status,
    statusSince: row.status_since,
    source: row.source,
    buyer: { id: row.buyer_id, name: row.buyer_name },
    rush: row.rush,
    onHold: row.on_hold,
    total: row.total_minor === null ? null : { minor: row.total_minor, currency: row.currency },
    payment: row.payment,
    placedAt,
    dueAt: row.due_at,
    items: row.items,
    pieces: row.pieces,
    files: row.files,
    openConflicts: row.open_conflicts,
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name! },
    after: sort === 'newest' ? { sort, placedAt, id } : { sort, rank: row.rank, dueKey: row.due_key, placedAt, id },
  };
}

export function withoutAfter({ after: _, ...row }: ListedRow): OrderRow {
  return row;
}
