import { ORDER_STATUSES } from '#contracts/orders';
import type { Sql } from '#platform/database';
import type { ReadModel } from '#platform/read-model';
import { DEFAULT_SETTINGS, type TakingFloor } from './floor.ts';
import { CONSUMER } from './listen.ts';
import { NOT_OURS, takeOrder } from './take-order.ts';

type Needs = Pick<TakingFloor, 'sql' | 'live' | 'log'> & Pick<ReadModel, 'asOf'>;

/**
 * The floor's copy of orders, as it is compared with the truth and mended in place: jobs, claims and pay hang on its rows, so
 * it is never swapped, and an order that does not exist is left for a person.
 */
export function readModel({ sql, live, log, asOf }: Needs): ReadModel {
  // Nothing is told to other rooms by taking an order over, hence nobody to wake.
  const floor = { live, log, bus: { hint: () => undefined }, settings: DEFAULT_SETTINGS };
  return {
    name: CONSUMER,
    sql,
    scope: { statuses: ORDER_STATUSES.filter((status) => !NOT_OURS.includes(status)) },
    table: { name: 'floor_order', id: 'order_id' },
    asOf,
    async project(tx, told) {
      for (const { order, history } of told) await takeOrder({ ...floor, sql: tx }, { order, change: history.at(-1)! });
    },
    giveWay: setBack,
    // Taking an order over announces what it changed.
    announce: async () => undefined,
  };
}

/** Below every version: what comes next is news. */
async function setBack(tx: Sql, orderIds: readonly string[]): Promise<void> {
  await tx`update floor_order set version = 0 where order_id = any (${[...orderIds]}::uuid[])`;
}
