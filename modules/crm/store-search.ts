import type { OrderCounts } from '#contracts/crm';
import { ORDER_STATUSES } from '#contracts/orders';
import type { Fragment, Sql } from '#platform/database';
import {
  type After,
  columns,
  containing,
  type Filters,
  following,
  likePattern,
  narrowing,
  orderBy,
  rowOf,
  type StoredRow,
  type Stretch,
  stretchOf,
} from './store-list.ts';

/** Rows of the list that a search looks through before it asks the index of texts; for pages of fifty. */
const WALKED = 2_500;
const WALKED_PER_ROW = 50;
/**
 * So far goes a second walk, where the first has found some and says that a page is within reach: of texts, which lie beside each
 * other, and of lists, each of whose rows is looked up.
 */
const MOST_WALKED = { texts: 20_000, list: 8_000 };
/** What is found on the first walk does not lie as evenly on the second. */
const SPARE = 1.3;
/** Found among the newest 2,500, i.e. 2 %. */
const FREQUENT = 50;

/**
 * One page of a search. What many orders contain ("stl", a common name) is found by walking through the list itself: the
 * index of texts would first collect every match there is. What few contain is not met on the way, and is taken from that
 * index. So each does what it is good at, and the walk is the price of finding out which.
 */
export async function searchOrders(sql: Sql, stretch: Stretch): Promise<StoredRow[]> {
  const { search = '', ...filters } = stretch.filters;
  const isOfTexts = isUnfiltered({ ...stretch, filters });
  const through = (walk: Stretch) =>
    isOfTexts ? walkTexts(sql, walk, stretch, search) : walkList(sql, walk, stretch, search);
  let walk = { ...stretch, filters, limit: Math.max(WALKED, stretch.limit * WALKED_PER_ROW) };
  let found: Found[] = await through(walk);
  const reach = Math.ceil((walk.limit * stretch.limit * SPARE) / found.length);
  if (found.length < stretch.limit && reach <= MOST_WALKED[isOfTexts ? 'texts' : 'list']) {
    walk = { ...walk, limit: reach };
    found = await through(walk);
  }
  const isWhole = found.length === stretch.limit || !(await goesOn(sql, walk));
  if (!isWhole) found = await pick(sql, { ...stretch, filters }, search);
  return found.map(({ row }) => row);
}

/** Whether so many orders contain it that the index of texts is no help. Newest orders stand for all. */
export async function isFrequent(sql: Sql, search: string): Promise<boolean> {
  const rows = await sql`
    select from (${newestTexts(sql, null, WALKED)}) s where s.text like ${likePattern(search)} limit ${FREQUENT}`;
  return rows.length === FREQUENT;
}

interface Found {
  row: StoredRow;
}

function isUnfiltered({ filters: { statuses, ...others }, sort }: Stretch): boolean {
  return sort === 'newest' && statuses.length === 0 && Object.values(others).every((value) => value === undefined);
}

/** Texts lie beside each other in the order of placing; rows are fetched only for what is found. */
function walkTexts(sql: Sql, walk: Stretch, { limit }: Stretch, search: string) {
  return sql<Found[]>`
    select ${rowOf(sql)} as row from (${newestTexts(sql, walk.after, walk.limit)}) s
    cross join lateral (select ${columns(sql)} from order_row o where o.id = s.order_id offset 0) o
    where s.text like ${likePattern(search)} order by s.placed_at desc, s.order_id desc limit ${limit}`;
}

function newestTexts(sql: Sql, after: After | null, limit: number): Fragment {
  const from = after ? sql`where (s.placed_at, s.order_id) < (${after.placedAt}, ${after.id})` : sql``;
  return sql`
    select s.order_id, s.placed_at, s.text from order_search s ${from}
    order by s.placed_at desc, s.order_id desc limit ${limit}`;
}

function walkList(sql: Sql, walk: Stretch, { sort, limit }: Stretch, search: string) {
  return sql<Found[]>`
    select ${rowOf(sql)} as row from (${stretchOf(sql, walk, columns(sql))}) o where ${containing(sql, search)}
    order by ${orderBy(sql, sort)} limit ${limit}`;
}

/** Whether the list has rows beyond this stretch. */
async function goesOn(sql: Sql, walk: Stretch): Promise<boolean> {
  const beyond = { ...walk, offset: walk.limit, limit: 1 };
  const rows = await sql`select from (${stretchOf(sql, beyond, sql`o.id, o.placed_at, o.urgency`)}) o`;
  return rows.length > 0;
}

/**
 * Every match by the index of texts, then those that the list has. "offset 0" keeps the server to this order. Newest first
 * is known before the rows are: only as many are fetched as the page needs.
 */
function pick(sql: Sql, { filters, sort, after, limit }: Stretch, search: string) {
  const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
  const order = sort === 'newest' ? sql`s.placed_at desc, s.order_id desc` : orderBy(sql, sort);
  return sql<Found[]>`
    with found as materialized (
      select order_id, placed_at from order_search where text like ${likePattern(search)})
    select ${rowOf(sql)} as row from (select * from found order by placed_at desc, order_id desc) s cross join lateral (
      select ${columns(sql)} from order_row o
      where o.id = s.order_id ${status} ${narrowing(sql, filters)} ${after ? following(sql, after) : sql``} offset 0
    ) o order by ${order} limit ${limit}`;
}

/**
 * Counts in one pass over what the search finds, for what is not frequent. By status regardless of the filter by status, the
 * others within it.
 */
export async function countFound(
  sql: Sql,
  filters: Filters,
  cap: number,
): Promise<Pick<OrderCounts, 'byStatus' | 'overdue' | 'onHold' | 'unassigned'>> {
  const { statuses, search = '', assignee, hold, overdue, ...rest } = filters;
  const only = (some: Partial<Filters>) => sql`true ${narrowing(sql, { statuses: [], ...some })}`;
  const status = statuses.length > 0 ? sql`o.status = any (${statuses as string[]})` : sql`true`;
  const [theirs, held, late] = [only({ assignee }), only({ hold }), only({ overdue })];
  const rows = await sql<FoundRow[]>`
    select o.status,
      (count(*) filter (where ${theirs} and ${held} and ${late}))::int as count,
      (count(*) filter (where ${status} and ${theirs} and ${held} and ${only({ overdue: true })}))::int as overdue,
      (count(*) filter (where ${status} and ${theirs} and ${late} and o.on_hold))::int as "onHold",
      (count(*) filter (where ${status} and ${held} and ${late} and o.assignee_id is null))::int as unassigned
    from ${rowsOfFound(sql, search, narrowing(sql, { statuses: [], ...rest }))} o
    group by rollup (o.status)`;
  const capped = (count: number) => Math.min(count, cap);
  const counts = new Map(rows.map((row) => [row.status, capped(row.count)]));
  const total = rows.find((row) => row.status === null)!;
  return {
    byStatus: Object.fromEntries(ORDER_STATUSES.map((one) => [one, counts.get(one) ?? 0])),
    overdue: capped(total.overdue),
    onHold: capped(total.onHold),
    unassigned: capped(total.unassigned),
  };
}

interface FoundRow {
  /** null: all of them. */
  status: string | null;
  count: number;
  overdue: number;
  onHold: number;
  unassigned: number;
}

/** How many orders match, counted to `cap`, for a search that is not frequent. */
export async function countAmongFound(sql: Sql, { search = '', ...filters }: Filters, cap: number): Promise<number> {
  const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
  const [row] = await sql<{ count: number }[]>`
    select least(count(*), ${cap})::int as count
    from ${rowsOfFound(sql, search, sql`${status} ${narrowing(sql, filters)}`)} o`;
  return row!.count;
}

function rowsOfFound(sql: Sql, search: string, conditions: Fragment): Fragment {
  return sql`(
    select o.* from (select order_id from order_search where text like ${likePattern(search)} offset 0) found
    cross join lateral (
      select o.status, o.due_at, o.on_hold, o.assignee_id from order_row o
      where o.id = found.order_id ${conditions} offset 0) o)`;
}
