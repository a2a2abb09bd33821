import type { Sql } from '#platform/database';
import { filtersOf, orderPage } from '../../modules/crm/order-page.ts';
import { columns, narrowing, orderBy } from '../../modules/crm/store-list.ts';
import type { ListQuery } from './list-queries.ts';

/** Our lists, straight from the database. Requests a second. */
export function keysetForm(sql: Sql, queries: readonly ListQuery[], clients: number): Promise<number> {
  return perSecond(queries, clients, ({ query }) => orderPage(sql, query, ''));
}

/**
 * The same lists as most programs ask for them, a page by OFFSET and beside it how many there are in all. Requests a second.
 */
export function offsetForm(sql: Sql, queries: readonly ListQuery[], clients: number): Promise<number> {
  return perSecond(queries, clients, async ({ query, depth }) => {
    const filters = filtersOf(query, '');
    const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
    const conditions = sql`true ${status} ${narrowing(sql, filters)}`;
    await sql`
      select ${columns(sql)} from order_row o where ${conditions}
      order by ${orderBy(sql, query.sort ?? 'newest')} limit 50 offset ${depth}`;
    await sql`select count(*) from order_row o where ${conditions}`;
  });
}

async function perSecond(
  queries: readonly ListQuery[],
  clients: number,
  ask: (query: ListQuery) => Promise<unknown>,
): Promise<number> {
  const left = queries[Symbol.iterator]();
  const client = async () => {
    for (const query of left) await ask(query);
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return (queries.length * 1000) / (performance.now() - from);
}
