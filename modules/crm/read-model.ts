import type { Sql } from '#platform/database';
import type { LiveChanges } from '#platform/live';
import type { ReadModel } from '#platform/read-model';
import { CONSUMER, project } from './listen.ts';
import { upsertOrders } from './store-orders.ts';

type Needs = Pick<ReadModel, 'sql' | 'asOf'> & { live: Pick<LiveChanges, 'announceEverything'> };

/** This room's copy of all orders, as it is compared with the truth, mended and made anew. */
export function readModel({ sql, live, asOf }: Needs): ReadModel {
  return {
    name: CONSUMER,
    sql,
    scope: {},
    table: { name: 'order_row', id: 'id' },
    copies: ['order_row', 'order_search', 'order_document', 'timeline', 'customer'],
    asOf,
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
