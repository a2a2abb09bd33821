import type { OrdersQuery } from '#contracts/crm';
import type { Fragment, Sql } from '#platform/database';
import { encodeCursor } from '#platform/http';
import { filtersOf } from '../../modules/crm/order-page.ts';
import { narrowing } from '../../modules/crm/store-list.ts';
import { combinations } from './filters.ts';

export interface ListQuery {
  query: OrdersQuery;
  /** How many rows come before its cursor, estimated. */
  depth: number;
}

const SORTS = ['newest', 'urgent'] as const;
const ROWS_PER_LIST = 40;

/**
 * Every list (filter or pair of filters, sort) from many places, evenly between its first and its last row: no two ask the
 * same, so that nothing is answered from memory. In an order that mixes them.
 */
export async function listQueries(sql: Sql): Promise<ListQuery[]> {
  const queries: ListQuery[] = [];
  for (const query of combinations()) {
    const sample = await rowsOf(sql, query);
    for (const sort of SORTS) {
      sample.forEach(({ id, placed_at: placedAt, urgency, matching }, i) => {
        const cursor = encodeCursor(sort === 'newest' ? [sort, placedAt, id] : [sort, urgency, placedAt, id]);
        queries.push({ query: { ...query, sort, cursor }, depth: Math.floor((matching * i) / sample.length) });
      });
    }
  }
  return mixed(queries);
}

interface ListedAt {
  id: string;
  placed_at: string;
  urgency: string;
  /** How many rows the list has, estimated. */
  matching: number;
}

/** Any forty rows of this list: out of a fiftieth of the table, or of the whole where few match. */
async function rowsOf(sql: Sql, query: OrdersQuery): Promise<ListedAt[]> {
  const filters = filtersOf(query, '');
  const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
  const read = (from: Fragment, share: number) => sql<ListedAt[]>`
    select id, placed_at, urgency, (count(*) over () * ${share}::int)::int as matching from (
      select o.* from order_row o ${from} where true ${status} ${narrowing(sql, filters)}) o
    order by random() limit ${ROWS_PER_LIST}`;
  const some = await read(sql`tablesample bernoulli (2)`, 50);
  return some.length === ROWS_PER_LIST ? some : read(sql``, 1);
}

/** The same order in every run. */
export function mixed<T>(all: readonly T[]): T[] {
  const hash = (i: number) => Math.imul(i + 1, 2654435761) >>> 0;
  return all
    .map((one, i) => ({ one, at: hash(i) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
