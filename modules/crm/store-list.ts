import type { OrderRow } from '#contracts/crm';
import type { OrderStatus } from '#contracts/orders';
import { type Fragment, jsonTime, type Sql } from '#platform/database';
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
  /** Lower case, at least three characters. */
  search?: string | undefined;
}

export type Sort = 'newest' | 'urgent';

/** Where a page begins: the sort key of the row before it. */
export type After =
  | { sort: 'newest'; placedAt: string; id: string }
  | { sort: 'urgent'; urgency: string; placedAt: string; id: string };

/** Which part of a list. */
export interface Stretch {
  filters: Filters;
  sort: Sort;
  after: After | null;
  limit: number;
  /** Rows passed over first. */
  offset?: number;
}

/**
 * One page in the order of an index: any depth costs the same. A search is tested row by row, which is right where it finds
 * much; see searchOrders.
 */
export async function listOrders(sql: Sql, stretch: Stretch): Promise<StoredRow[]> {
  const [page] = await sql<[{ rows: StoredRow[] }]>`select ${listed(sql, stretch)} as rows`;
  return page.rows;
}

/** The same as an expression: one json array of StoredRow. */
export function listed(sql: Sql, stretch: Stretch): Fragment {
  return sql`(select coalesce(json_agg(${rowOf(sql)}), '[]') from (${stretchOf(sql, stretch, columns(sql))}) o)`;
}

/**
 * These columns of a stretch's rows. Several statuses are read one by one, each from its own part of the index; the reader
 * merges them by sorting again, which costs nothing: each of them comes in that order.
 */
export function stretchOf(sql: Sql, { filters, sort, after, limit, offset = 0 }: Stretch, wanted: Fragment): Fragment {
  const { statuses } = filters;
  const order = orderBy(sql, sort);
  const conditions = sql`${narrowing(sql, filters)} ${after ? following(sql, after) : sql``}`;
  const read = (status: Fragment, count: number) => sql`
    select ${wanted} from order_row o where true ${status} ${conditions} order by ${order} limit ${count}`;
  if (statuses.length === 0) return sql`${read(sql``, limit)} offset ${offset}`;
  if (statuses.length === 1) return sql`${read(sql`and o.status = ${statuses[0]!}`, limit)} offset ${offset}`;
  if (isOfFew(filters)) return sql`${read(sql`and o.status = any (${statuses as string[]})`, limit)} offset ${offset}`;
  const merged = statuses
    .map((status) => sql`(${read(sql`and o.status = ${status}`, limit + offset)})`)
    .reduce((all, one) => sql`${all} union all ${one}`);
  return sql`select * from (${merged}) o order by ${order} limit ${limit} offset ${offset}`;
}

/** Such orders are few at any time and have indexes of their own, better than any other. */
function isOfFew({ conflict, hold, overdue }: Filters): boolean {
  return Boolean(conflict || hold || overdue);
}

/** Rows of these ids, in no particular order. */
export async function findRows(sql: Sql, ids: readonly string[]): Promise<OrderRow[]> {
  const rows = await sql<{ row: StoredRow }[]>`
    select ${rowOf(sql)} as row from order_row o where o.id = any (${ids as string[]}::uuid[])`;
  return rows.map(({ row }) => toRow(row));
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
    sql<{ row: StoredRow }[]>`select ${rowOf(sql)} as row from (${stuck(limit)}) o order by o.over limit ${limit}`,
    sql<{ count: number }[]>`select least(count(*), ${cap})::int as count from (${stuck(cap)}) counted`,
  ]);
  return { rows: rows.map(({ row }) => toRow(row)), count: counted!.count };
}

export function narrowing(sql: Sql, filters: Filters): Fragment {
  const { assignee, source, buyer, rush, hold, overdue, conflict, search } = filters;
  const conditions: Fragment[] = [];
  // "is true" hides a condition from the choice of an index: a plan for any person would take this one to have few orders.
  const ofPerson = (condition: Fragment) =>
    isOfFew(filters) ? sql`and (${condition}) is true` : sql`and ${condition}`;
  if (assignee === 'none') conditions.push(ofPerson(sql`o.assignee_id is null`));
  else if (assignee) conditions.push(ofPerson(sql`o.assignee_id = ${assignee}`));
  if (buyer) conditions.push(ofPerson(sql`o.buyer_id = ${buyer}`));
  if (source) conditions.push(sql`and o.source = ${source}`);
  if (rush !== undefined) conditions.push(rush ? sql`and o.rush` : sql`and not o.rush`);
  if (hold !== undefined) conditions.push(hold ? sql`and o.on_hold` : sql`and not o.on_hold`);
  if (overdue) conditions.push(sql`and ${overdueCondition(sql)}`);
  if (conflict) conditions.push(sql`and o.open_conflicts > 0`);
  if (search !== undefined) conditions.push(sql`and ${containing(sql, search)}`);
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

/** A scalar subquery is never turned into a join: one look-up for each row that has come so far. */
export function containing(sql: Sql, search: string): Fragment {
  return sql`(select s.text like ${likePattern(search)} from order_search s where s.order_id = o.id)`;
}

export function likePattern(search: string): string {
  return `%${escapeLike(search)}%`;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** A row comparison: an `or` of columns would read the whole index. */
export function following(sql: Sql, after: After): Fragment {
  if (after.sort === 'newest') return sql`and (o.placed_at, o.id) < (${after.placedAt}, ${after.id})`;
  const { urgency, placedAt, id } = after;
  return sql`and (o.urgency, o.placed_at, o.id) > (${urgency}::timestamp, ${placedAt}, ${id})`;
}

export function orderBy(sql: Sql, sort: Sort): Fragment {
  return sort === 'newest' ? sql`o.placed_at desc, o.id desc` : sql`o.urgency, o.placed_at, o.id`;
}

/** Of StoredRow, in its order. */
const COLUMNS =
  `id version number status status_since source buyer_id buyer_name rush on_hold total_minor currency payment
  placed_at due_at items pieces files open_conflicts assignee_id assignee_name urgency`
    .split(/\s+/)
    .map((name) => `o.${name}`)
    .join(', ');

export function columns(sql: Sql): Fragment {
  return sql.unsafe(COLUMNS) as unknown as Fragment;
}

/** A row as it travels: one json array is made and read for a fraction of what a column each costs. */
export function rowOf(sql: Sql): Fragment {
  return sql.unsafe(`json_build_array(${COLUMNS})`) as unknown as Fragment;
}

/** Times as json has them, see jsonTime. */
export type StoredRow = readonly [
  id: string,
  version: number,
  number: string,
  status: OrderStatus,
  statusSince: string,
  source: OrderRow['source'],
  buyerId: string,
  buyerName: string,
  rush: boolean,
  onHold: boolean,
  totalMinor: number | null,
  currency: 'RUB' | 'EUR' | 'USD',
  payment: OrderRow['payment'],
  placedAt: string,
  dueAt: string | null,
  items: number,
  pieces: number,
  files: string[],
  openConflicts: number,
  assigneeId: string | null,
  assigneeName: string | null,
  urgency: string,
];

export function toRow(stored: StoredRow): OrderRow {
  return {
    id: stored[0],
    number: stored[2],
    version: stored[1],
    status: stored[3],
    statusSince: jsonTime(stored[4]),
    source: stored[5],
    buyer: { id: stored[6], name: stored[7] },
    rush: stored[8],
    onHold: stored[9],
    total: stored[10] === null ? null : { minor: stored[10], currency: stored[11] },
    payment: stored[12],
    placedAt: jsonTime(stored[13]),
    dueAt: stored[14] === null ? null : jsonTime(stored[14]),
    items: stored[15],
    pieces: stored[16],
    files: stored[17],
    openConflicts: stored[18],
    assignee: stored[19] === null ? null : { id: stored[19], name: stored[20]! },
  };
}

/** Where the page after this row begins. */
export function afterOf(stored: StoredRow, sort: Sort): After {
  const id = stored[0];
  const placedAt = jsonTime(stored[13]);
  return sort === 'newest' ? { sort, placedAt, id } : { sort, urgency: stored[21].replace('T', ' '), placedAt, id };
}
