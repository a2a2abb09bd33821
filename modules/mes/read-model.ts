import { ORDER_STATUSES } from '#contracts/orders';
import type { Sql } from '#platform/database';
import type { CopyNeeds, ExaminedRow, ReadModel } from '#platform/read-model';
import { DEFAULT_SETTINGS, type TakingFloor } from './floor.ts';
import { CONSUMER, HEARD } from './listen.ts';
import { MAKING, NOT_OURS, takeOrder } from './take-order.ts';

type Needs = Pick<TakingFloor, 'sql' | 'live' | 'log'> & Pick<CopyNeeds, 'asOf'>;

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
    asOf: () => asOf({ consumer: CONSUMER, events: HEARD }),
    async project(tx, told) {
      for (const { order, history } of told) await takeOrder({ ...floor, sql: tx }, { order, change: history.at(-1)! });
    },
    examine: (after, limit) => examineOrders(sql, after, limit),
    giveWay: setBack,
    // Taking an order over announces what it changed.
    announce: async () => undefined,
  };
}

/** Below every version: what comes next is news. */
async function setBack(tx: Sql, orderIds: readonly string[]): Promise<void> {
  await tx`update floor_order set version = 0 where order_id = any (${[...orderIds]}::uuid[])`;
}

/** Whether it has items, and, while it is to be made, work for each of them. */
async function examineOrders(sql: Sql, after: string | null, limit: number): Promise<ExaminedRow[]> {
  return sql<ExaminedRow[]>`
    select order_id as id, version, status,
      exists (select from floor_item i where i.order_id = o.order_id)
        and (status <> all (${[...MAKING]}) or not exists (
          select from floor_item i where i.order_id = o.order_id
            and not exists (select from job where job.item_id = i.item_id))) as "isWhole"
    from floor_order o where ${after}::uuid is null or order_id > ${after}::uuid order by order_id limit ${limit}`;
}
