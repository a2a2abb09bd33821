import type { Order, OrderItem, OrderStatus } from '#contracts/orders';

/** Nothing changes an order in these any more. */
export const TERMINAL: ReadonlySet<OrderStatus> = new Set(['closed', 'cancelled', 'rejected']);

const ASKING: ReadonlySet<OrderStatus> = new Set(['submitted', 'needs_review', 'priced']);
const MAKING: ReadonlySet<OrderStatus> = new Set(['approved', 'in_production', 'produced', 'packed', 'shipped']);

/** The status that the items add up to. Where people alone decide (confirmed, closed, cancelled …) it stays as it is. */
export function foldStatus(status: OrderStatus, items: readonly OrderItem[]): OrderStatus {
  if (ASKING.has(status)) return foldPricing(items);
  if (MAKING.has(status)) return foldMaking(items);
  return status;
}

function foldPricing(items: readonly OrderItem[]): OrderStatus {
  if (items.some((item) => item.state === 'pricing')) return 'submitted';
  if (items.some((item) => item.state === 'review')) return 'needs_review';
  return 'priced';
}

function foldMaking(items: readonly OrderItem[]): OrderStatus {
  const every = (...states: OrderItem['state'][]) => items.every((item) => states.includes(item.state));
  if (every('shipped')) return 'shipped';
  if (every('packed', 'shipped')) return 'packed';
  if (every('made', 'packed', 'shipped')) return 'produced';
  if (every('queued')) return 'approved';
  return 'in_production';
}

/** The order with its status folded anew from `items`. */
export function withItems(order: Order, items: OrderItem[]): Order {
  return { ...order, items, status: foldStatus(order.status, items) };
}

/** The order with one item replaced, its status folded anew. */
export function withItem(order: Order, changed: OrderItem): Order {
  return withItems(
    order,
    order.items.map((item) => (item.id === changed.id ? changed : item)),
  );
}

/** The item back at the start: no price, no reason for review. */
export function unpriced(item: OrderItem): OrderItem {
  return { ...item, state: 'pricing', unitPrice: null, total: null, reviewReason: null };
}

/** Pieces that are packed and still in the house. */
export function readyToShip(item: OrderItem): number {
  return item.state === 'packed' ? item.packed - item.shipped : 0;
}

/** Pieces that can go back to production: made, not shipped. */
export function reworkable(item: OrderItem): number {
  const atHand = Math.min(item.made, item.specification.quantity) - item.shipped;
  return item.state === 'made' || item.state === 'packed' ? Math.max(0, atHand) : 0;
}
