import { AsyncResource } from 'node:async_hooks';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  COUNT_CAP,
  type OrderCounts,
  type OrderRow,
  type OrdersPage,
  type OrdersQuery,
  SEARCH_COUNT_CAP,
  type ViewQuery,
} from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import { ORDER_STATUSES, type OrderStatus } from '#contracts/orders';
import type { Reads, Sql } from '#platform/database';
import { decodeCursor, encodeCursor, Fault } from '#platform/http';
import { searchText } from './order-row.ts';
import {
  type After,
  afterOf,
  countByStatus,
  countOrders,
  type Filters,
  findRows,
  listOrders,
  type Sort,
  type StoredRow,
  type Stretch,
  toRow,
} from './store-list.ts';
import { countAmongFound, countFound, isFrequent, searchOrders } from './store-search.ts';

const PAGE = 50;
const EXPORT_PAGE = 500;
const EXPORT_MOST = 100_000;

/** A page of orders; with `ids` just those, as they are now. */
export async function orderPage(sql: Sql, query: OrdersQuery, actorId: string): Promise<Omit<OrdersPage, 'asOf'>> {
  if (query.ids) return { items: await findRows(sql, query.ids.split(',')), next: null };
  const asked = askedOf(query, actorId);
  return pageOf(await readList(sql, asked), asked);
}

/** The stretch of the list that answers: one row more than the page has, if there is one. */
export function askedOf(query: OrdersQuery, actorId: string): Stretch {
  const sort = query.sort ?? 'newest';
  const after = query.cursor === undefined ? null : readCursor(query.cursor, sort);
  return { filters: filtersOf(query, actorId), sort, after, limit: (query.limit ?? PAGE) + 1 };
}

export function pageOf(rows: readonly StoredRow[], { sort, limit }: Stretch): Omit<OrdersPage, 'asOf'> {
  const last = rows.length === limit ? rows[limit - 2] : undefined;
  return { items: rows.slice(0, limit - 1).map(toRow), next: last ? writeCursor(afterOf(last, sort)) : null };
}

/** The counts that do not depend on who asks. */
export async function countShared(sql: Sql, filters: Filters): Promise<Omit<OrderCounts, 'mine'>> {
  const cap = capOf(filters);
  if (await isRareSearch(sql, filters)) return { ...(await countFound(sql, filters, cap)), cap };
  const [byStatus, overdue, onHold, unassigned] = await Promise.all([
    countByStatus(sql, filters, { statuses: ORDER_STATUSES, cap }),
    countOrders(sql, { ...filters, overdue: true }, cap),
    countOrders(sql, { ...filters, hold: true }, cap),
    countOrders(sql, { ...filters, assignee: 'none' }, cap),
  ]);
  return { byStatus, overdue, onHold, unassigned, cap };
}

export async function countMine(sql: Sql, filters: Filters, actorId: string): Promise<number> {
  const count = (await isRareSearch(sql, filters)) ? countAmongFound : countOrders;
  return count(sql, { ...filters, assignee: actorId }, capOf(filters));
}

function capOf({ search }: Filters): number {
  return search === undefined ? COUNT_CAP : SEARCH_COUNT_CAP;
}

async function isRareSearch(sql: Sql, { search }: Filters): Promise<boolean> {
  return search !== undefined && !(await isFrequent(sql, search));
}

/** Every order that matches, page by page, so that memory stays small and no transaction stays open. */
export async function* everyOrder(reads: Reads, query: ViewQuery, actorId: string): AsyncGenerator<OrderRow[]> {
  const sort = query.sort ?? 'newest';
  const filters = filtersOf(query, actorId);
  // Later pages are asked for by whoever takes the stream; each has to know what the caller knows.
  const read = AsyncResource.bind((after: After | null) =>
    reads.read((sql) => readList(sql, { filters, sort, after, limit: EXPORT_PAGE })),
  );
  let after: After | null = null;
  for (let given = 0; given < EXPORT_MOST; ) {
    const rows = await read(after);
    if (rows.length > 0) yield rows.map(toRow);
    if (rows.length < EXPORT_PAGE) return;
    given += rows.length;
    after = afterOf(rows.at(-1)!, sort);
  }
}

function readList(sql: Sql, stretch: Stretch): Promise<StoredRow[]> {
  return stretch.filters.search === undefined ? listOrders(sql, stretch) : searchOrders(sql, stretch);
}

export function filtersOf(query: ViewQuery, actorId: string): Filters {
  const { status, assignee, q, source, buyer, rush, hold, overdue, conflict } = query;
  return {
    statuses: status ? ([...new Set(status.split(','))] as OrderStatus[]) : [],
    assignee: assignee === 'me' ? actorId : assignee,
    search: q === undefined ? undefined : searchText([q]),
    source,
    buyer,
    rush,
    hold,
    overdue,
    conflict,
  };
}

const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' });
const Urgency = Type.String({ pattern: '^\\d{4,5}-\\d\\d-\\d\\d [\\d:.]+$' });
const Uuid = Type.String({ format: 'uuid' });
const isNewest = Compile(Type.Tuple([Type.Literal('newest'), Time, Uuid]));
const isUrgent = Compile(Type.Tuple([Type.Literal('urgent'), Urgency, Time, Uuid]));

function writeCursor(after: After): string {
  const { placedAt, id } = after;
  return encodeCursor(after.sort === 'newest' ? [after.sort, placedAt, id] : [after.sort, after.urgency, placedAt, id]);
}

function readCursor(text: string, sort: Sort): After {
  const values = decodeCursor(text);
  if (sort === 'newest' && isNewest.Check(values)) return { sort, placedAt: values[1], id: values[2] };
  if (sort === 'urgent' && isUrgent.Check(values)) {
    return { sort, urgency: values[1], placedAt: values[2], id: values[3] };
  }
  throw new Fault(COMMON_ERRORS['request.invalid'], {
    detail: 'The cursor belongs to another list: start from the first page',
  });
}
