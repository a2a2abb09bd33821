import { COMMON_ERRORS } from '#contracts/errors';
import type { Order, OrderHistory, OrderStatus, OrderView } from '#contracts/orders';
import type { PartnerEvents, PartnerOrderCard, PartnerOrderPage } from '#contracts/partners';
import { earlier } from '#platform/clock';
import { decodeCursor, encodeCursor, Fault } from '#platform/http';
import type { Desk } from './desk.ts';
import { CONSUMER } from './listen.ts';
import { passOn } from './pass-on.ts';
import type { Asking } from './place-order.ts';
import { partnerChange, partnerOrder, partnerOrderRow } from './shapes.ts';
import { findCard, freshness, listEvents, listOrders } from './store-orders.ts';

/** One own order with its history, at least as new as `version`: from the read model, else from orders itself. */
export async function orderCard(
  desk: Desk,
  asking: Asking,
  orderId: string,
  version: number,
): Promise<PartnerOrderCard> {
  const card = await findCard(desk.sql, asking.actor.id, orderId);
  return card && card.order.version >= version ? card : cardFromOrders(desk, asking, orderId);
}

async function cardFromOrders(desk: Desk, { token }: Asking, orderId: string): Promise<PartnerOrderCard> {
  const path = `/api/internal/v1/orders/${orderId}`;
  const [view, history] = await Promise.all([
    passOn<OrderView>(desk.rooms.orders, { method: 'GET', path, actorToken: token }),
    passOn<OrderHistory>(desk.rooms.orders, { method: 'GET', path: `${path}/history`, actorToken: token }),
  ]);
  const order: Order = view.body.order;
  const entries = history.body.entries.filter((entry) => entry.version <= order.version);
  return { order: partnerOrder(order), history: entries.map(partnerChange) };
}

/** The client's orders, newest first, by keyset. */
export async function orderPage(
  desk: Desk,
  clientId: string,
  { status, after, limit }: { status: OrderStatus | null; after: string | null; limit: number },
): Promise<PartnerOrderPage> {
  const position = after === null ? null : place(after);
  const { asOf, orders } = await desk.reads.read(async (sql, { behindMs }) => {
    // Freshness first: the rows are then at least as new as it says.
    const complete = await freshness(sql, CONSUMER);
    const rows = await listOrders(sql, clientId, { status, after: position, limit });
    return { asOf: earlier(complete, behindMs), orders: rows };
  });
  const last = orders.length === limit ? orders.at(-1) : undefined;
  return {
    items: orders.map(partnerOrderRow),
    next: last ? encodeCursor([last.placedAt, last.id]) : null,
    asOf,
  };
}

function place(cursor: string): { placedAt: string; id: string } {
  const [placedAt, id] = decodeCursor(cursor);
  if (typeof placedAt !== 'string' || Number.isNaN(Date.parse(placedAt)) || typeof id !== 'string' || !UUID.test(id)) {
    throw new Fault(COMMON_ERRORS['request.invalid'], { detail: 'after in the query is not a cursor of this list' });
  }
  return { placedAt, id };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What happened to the client's orders and quotes, in the client's own order. */
export async function eventsPage(desk: Desk, clientId: string, after: number, limit: number): Promise<PartnerEvents> {
  const items = await desk.reads.read((sql) => listEvents(sql, clientId, after, limit));
  return { items, last: items.at(-1)?.sequence ?? after, more: items.length === limit };
}
