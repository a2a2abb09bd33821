import type { LiveChanges } from '#platform/live';
import type { CopyNeeds, ReadModel } from '#platform/read-model';
import { CONSUMER, HEARD, placingOf, project, stepsOf } from './listen.ts';
import { examineRows, removeOrders, upsertOrders } from './store-orders.ts';

type Needs = CopyNeeds & { live: Pick<LiveChanges, 'announceEverything'> };

/** This room's copy of customers' orders, as it is compared with the truth, mended and made anew. */
export function readModel({ sql, live, asOf }: Needs): ReadModel {
  return {
    name: CONSUMER,
    sql,
    scope: { buyer: 'customer' },
    table: { name: 'order_view', id: 'id' },
    copies: ['order_view', 'order_step'],
    asOf: () => asOf({ consumer: CONSUMER, events: HEARD }),
    project(tx, told) {
      const inOrder = told.toSorted((a, b) => (a.order.id < b.order.id ? -1 : 1));
      return upsertOrders(
        tx,
        inOrder.map(({ order }) => project(order)),
        inOrder.flatMap(({ order, history }) => stepsOf(order.id, history)),
        inOrder.flatMap(({ order, history }) => placingOf({ order, change: history[0]! })),
      );
    },
    examine: (after, limit) => examineRows(sql, after, limit),
    giveWay: removeOrders,
    remove: removeOrders,
    announce: (tx) => live.announceEverything(tx),
  };
}
