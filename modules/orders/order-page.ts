import type { Actor } from '#contracts/identity';
import { ORDER_ERRORS, type Order, type OrderDigestPage, type OrderHistory, type OrderView } from '#contracts/orders';
import { Fault } from '#platform/http';
import { entryForBuyer, orderForBuyer } from './buyer-view.ts';
import { type Desk, momentOf } from './desk.ts';
import { mayRead, possible, readsAsBuyer } from './order.ts';
import { findHistory, findOrder, listDigests } from './store.ts';

/** The order with what this actor may do to it. Somebody else's order does not exist for a buyer. */
export async function orderPage(desk: Desk, actor: Actor, orderId: string): Promise<OrderView> {
  const order = await visibleOrder(desk, actor, orderId);
  const shown = readsAsBuyer(actor) ? orderForBuyer(order) : order;
  return { order: shown, possible: possible(order, actor, momentOf(desk)) };
}

/** Every version of the order: what happened, by whom, why. A buyer hears no staff names and no internal reasons. */
export async function orderHistory(desk: Desk, actor: Actor, orderId: string): Promise<OrderHistory> {
  const { buyer } = await visibleOrder(desk, actor, orderId);
  const entries = await findHistory(desk.sql, orderId);
  return { orderId, entries: readsAsBuyer(actor) ? entries.map((entry) => entryForBuyer(entry, buyer.id)) : entries };
}

/** Id, version and status of all orders by id, page by page, for readers that compare their own list. */
export async function orderDigests(desk: Desk, after: string | null, limit: number): Promise<OrderDigestPage> {
  const items = await listDigests(desk.sql, after, limit);
  return { items, next: items.length === limit ? items.at(-1)!.id : null };
}

async function visibleOrder(desk: Desk, actor: Actor, orderId: string): Promise<Order> {
  const order = await findOrder(desk.sql, orderId);
  if (!order || !mayRead(order, actor)) throw new Fault(ORDER_ERRORS['order.not_found']);
  return order;
}
