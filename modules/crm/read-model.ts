import type { Sql } from '#platform/database';
import type { LiveChanges } from '#platform/live';
import type { CopyNeeds, ExaminedRow, ReadModel } from '#platform/read-model';
import { CONSUMER, HEARD, project } from './listen.ts';
import { upsertOrders } from './store-orders.ts';

type Needs = CopyNeeds & { live: Pick<LiveChanges, 'announceEverything'> };

/** This room's copy of all orders, as it is compared with the truth, mended and made anew. */
export function readModel({ sql, live, asOf }: Needs): ReadModel {
  return {
    name: CONSUMER,
    sql,
    scope: {},
    table: { name: 'order_row', id: 'id' },
    copies: ['order_row', 'order_search', 'order_document', 'timeline', 'customer'],
    asOf: () => asOf({ consumer: CONSUMER, events: HEARD }),
    project(tx, told) {
      const orders = told
        .toSorted((a, b) => (a.order.id < b.order.id ? -1 : 1))
        .map(({ order, history }) =>
          project(order, history.findLast(({ from, status }) => from !== status)?.at ?? null),
        );
      const entries = told.flatMap(({ order, history }) =>
        history.map((entry) => ({ order_id: order.id, version: entry.version, entry })),
      );
      return upsertOrders(tx, orders, entries);
    },
    examine: (after, limit) => examineRows(sql, after, limit),
    giveWay: removeOrders,
    remove: removeOrders,
    announce: (tx) => live.announceEverything(tx),
  };
}

async function removeOrders(tx: Sql, orderIds: readonly string[]): Promise<void> {
  const ids = [...orderIds];
  await tx`
    with rows as (delete from order_row where id = any (${ids}::uuid[])),
      search as (delete from order_search where order_id = any (${ids}::uuid[])),
      entries as (delete from timeline where order_id = any (${ids}::uuid[]))
    delete from order_document where order_id = any (${ids}::uuid[])`;
}

/** Document, text to find it by, and every entry of the timeline. */
async function examineRows(sql: Sql, after: string | null, limit: number): Promise<ExaminedRow[]> {
  return sql<ExaminedRow[]>`
    with page as (
      select id, version, status from order_row
      where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}
    )
    select page.id, page.version, page.status,
      coalesce(d.version = page.version and d.body ->> 'status' = page.status, false) and s.order_id is not null
        and (select count(*) from timeline t where t.order_id = page.id) = page.version as "isWhole"
    from page left join order_document d on d.order_id = page.id left join order_search s on s.order_id = page.id
    order by page.id`;
}
