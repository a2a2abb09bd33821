import type { HistoryEntry, Order } from '#contracts/orders';
import type { ShopOrder, ShopOrderRow, ShopStep } from '#contracts/shop';

/** What a buyer may see of an order: no names of the staff, no internal reasons, no scrap, no conflicts. */
export function viewOf(order: Order): ShopOrder {
  const { id, number, version, status, buyer, deliveryAddress, currency, leadTier, rush, reference } = order;
  const { placedAt, confirmedAt, dueAt, updatedAt, quoteId, quoteExpiresAt, acceptUpTo, total } = order;
  return {
    id,
    number,
    version,
    status,
    onHold: order.hold !== null || order.items.some(({ hold }) => hold !== null),
    buyer,
    deliveryAddress,
    currency,
    leadTier,
    rush,
    reference,
    placedAt,
    confirmedAt,
    dueAt,
    updatedAt,
    quoteId,
    quoteExpiresAt,
    acceptUpTo,
    total,
    payment: order.payment.state,
    items: order.items.map(itemOf),
    shipments: order.shipments,
    linkedTo: order.linkedTo,
  };
}

function itemOf(item: Order['items'][number]): ShopOrder['items'][number] {
  const { id, line, specification, state, unitPrice, total, reviewReason, made, packed, shipped } = item;
  const onHold = item.hold !== null;
  return { id, line, specification, state, onHold, unitPrice, total, reviewReason, made, packed, shipped };
}

const FILES_SHOWN = 3;

/** One line of "my orders". */
export function rowOf(view: ShopOrder): ShopOrderRow {
  const { id, number, version, status, onHold, total, placedAt, dueAt, updatedAt } = view;
  const specifications = view.items.map(({ specification }) => specification);
  return {
    id,
    number,
    version,
    status,
    onHold,
    total,
    placedAt,
    dueAt,
    updatedAt,
    items: specifications.length,
    pieces: specifications.reduce((sum, { quantity }) => sum + quantity, 0),
    files: [...new Set(specifications.map(({ fileName }) => fileName))].slice(0, FILES_SHOWN),
  };
}

/** Steps that a buyer waits for although the status may stay. */
const ALWAYS_TOLD = new Set(['place', 'ship', 'record_payment']);
/** Their reason is written for the buyer. */
const EXPLAINED = new Set(['cancel', 'reject']);

/** The history entry as the buyer reads it; null for what is the workshop's own affair. */
export function stepOf({ version, at, name, from, status, actor, reason }: HistoryEntry): ShopStep | null {
  if (from === status && !ALWAYS_TOLD.has(name)) return null;
  const told = actor.role === 'customer' || EXPLAINED.has(name);
  return { version, at, name, status, by: actor.role, reason: told ? reason : '' };
}
