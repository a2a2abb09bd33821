import type { BucketDigests, OrderDigests, OrderScopeValue, ReplayPage, ToldOrder } from '#contracts/order-truth';
import type { Sql } from '#platform/database';
import { type DigestTable, digestsOfBuckets, digestsOfIds, readBuckets, type Truth } from '#platform/read-model';

/** The orders as those who keep copies of them ask for them: digests to compare by, histories to copy again from. */
export function orderTruth(sql: Sql): Truth {
  return {
    async buckets(scope): Promise<BucketDigests> {
      const items = await readBuckets(sql, tableOf(sql, scope));
      return { items, asOf: await readNow(sql) };
    },
    async digests(scope, { buckets, ids }): Promise<OrderDigests> {
      const table = tableOf(sql, scope);
      const items = ids ? await digestsOfIds(sql, table, ids) : await digestsOfBuckets(sql, table, buckets ?? []);
      return { items, asOf: await readNow(sql) };
    },
    async replay(scope, { after, ids, limit = 200 }): Promise<ReplayPage> {
      // One statement, hence one snapshot: no order is told with a history that ends elsewhere.
      const items = await sql<ToldOrder[]>`
        select o.body as "order",
          (select jsonb_agg(h.change order by h.version) from history h where h.order_id = o.id) as history
        from orders o where true ${conditions(sql, scope)}
          ${ids ? sql`and o.id = any (${[...ids]}::uuid[])` : sql``}
          ${after ? sql`and o.id > ${after}` : sql``}
        order by o.id limit ${limit}`;
      return { items, next: items.length === limit ? items.at(-1)!.order.id : null };
    },
  };
}

function tableOf(sql: Sql, scope: OrderScopeValue): DigestTable {
  return { name: 'orders', id: 'id', where: conditions(sql, scope) };
}

function conditions(sql: Sql, { buyer, statuses }: OrderScopeValue) {
  return sql`${buyer ? sql`and buyer_kind = ${buyer}` : sql``}
    ${statuses ? sql`and status = any (${[...statuses]})` : sql``}`;
}

/** Taken after what was read: everything committed before it is told there or later. */
async function readNow(sql: Sql): Promise<string> {
  const [row] = await sql<{ now: string }[]>`select platform.now() as now`;
  return row!.now;
}
