import type { CopyNeeds, ReadModel } from '#platform/read-model';
import { CONSUMER, HEARD, projectedOrder } from './listen.ts';
import { examineRows, projectOrders, removeOrders } from './store-orders.ts';

/**
 * This room's copy of partners' orders, as it is compared with the truth, mended and made anew. A client's feed and webhooks are
 * no copy: what was told stays told, and mending tells nobody.
 */
export function readModel({ sql, asOf }: CopyNeeds): ReadModel {
  return {
    name: CONSUMER,
    sql,
    scope: { buyer: 'partner' },
    table: { name: 'order_view', id: 'id' },
    copies: ['order_view', 'order_change'],
    asOf: () => asOf({ consumer: CONSUMER, events: HEARD }),
    async project(tx, told) {
      const changes = told.flatMap(({ order, history }) => history.map((change) => projectedOrder(order, change)));
      await projectOrders(tx, changes);
    },
    examine: (after, limit) => examineRows(sql, after, limit),
    giveWay: removeOrders,
    remove: removeOrders,
    announce: async () => undefined,
  };
}
