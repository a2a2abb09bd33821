import type { Sql } from '#platform/database';
import { filtersOf } from '../../modules/crm/order-page.ts';
import { columns, narrowing, orderBy } from '../../modules/crm/store-list.ts';
import type { ListQuery } from './list-queries.ts';

/**
 * The same lists as most programs ask for them, a page by OFFSET and beside it how many there are in all; straight on the
 * database, without the HTTP that ours are measured with. Requests a second.
 */
export async function offsetForm(sql: Sql, queries: readonly ListQuery[], clients: number): Promise<number> {
  const left = queries[Symbol.iterator]();
  const client = async () => {
    for (const { query, depth } of left) {
      const filters = filtersOf(query, '');
      const status = filters.statuses.length > 0 ? sql`and o.status = any (${filters.statuses as string[]})` : sql``;
      const conditions = sql`true ${status} ${narrowing(sql, filters)}`;
      await sql`
        select ${columns(sql)} from order_row o where ${conditions}
        order by ${orderBy(sql, query.sort ?? 'newest')} limit 50 offset ${depth}`;
      await sql`select count(*) from order_row o where ${conditions}`;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return (queries.length * 1000) / (performance.now() - from);
}
