import type { Money } from '#contracts/basics';
import type {
  Order,
  OrderCommandBody,
  OrderCommandName,
  OrderErrorCode,
  OrderItem,
  Specification,
} from '#contracts/orders';
import { dueDate } from './due-date.ts';
import { readyToShip, reworkable, unpriced, withItem, withItems } from './items.ts';
import type { Rules } from './transitions.ts';

/** A decision's surroundings: all that a pure function may not fetch for itself. */
export interface Moment {
  /** UTC, ISO 8601. */
  now: string;
  rules: Rules;
  newId: () => string;
}

export interface Refusal {
  kind: 'refused';
  code: OrderErrorCode;
  detail: string;
}

export function refused(code: OrderErrorCode, detail: string): Refusal {
  return { kind: 'refused', code, detail };
}

type Effect<Name extends OrderCommandName> = (
  order: Order,
  body: OrderCommandBody<Name>,
  moment: Moment & { by: string },
) => Order | Refusal;

/**
 * What each command does to an order whose table row already allows it. Refuses only what the body asks wrongly
 * (an unknown item, more pieces than there are); `by` is the name of who acts.
 */
export const EFFECTS: { readonly [Name in OrderCommandName]: Effect<Name> } = {
  quote_by_hand: (order, body, { now, rules }) => {
    const unknown = unknownItem(order, body.items);
    if (unknown) return unknown;
    const byItem = new Map(body.items.map(({ itemId, total }) => [itemId, total]));
    const items = order.items.map((item) => pricedByHand(item, byItem.get(item.id)));
    const wrong = items.find((item) => item.total?.currency !== order.currency || item.total.minor < 0);
    if (wrong) return refused('order.price_incomplete', `Item ${wrong.line} needs a price in ${order.currency}.`);
    const total: Money = {
      minor: items.reduce((sum, item) => sum + (item.total?.minor ?? 0), 0),
      currency: order.currency,
    };
    if (!Number.isSafeInteger(total.minor))
      return refused('order.price_incomplete', 'The prices are too large to add up.');
    return withItems({ ...order, total, quoteExpiresAt: plusDays(now, rules.handQuoteDays) }, items);
  },

  change_specification: (order, body) => {
    const unknown = unknownItem(order, body.items);
    if (unknown) return unknown;
    const byItem = new Map(body.items.map((change) => [change.itemId, change]));
    return askedAnew(
      order,
      order.items.map((item) => ({ ...item, specification: respecified(item.specification, byItem.get(item.id)) })),
    );
  },

  accept: (order, _body, { now, rules }) => confirmed(order, now, rules),

  record_payment: (order, body, { now }) => ({
    ...order,
    payment: { state: body.state, reference: body.reference, at: now },
  }),

  approve: (order) => {
    const items = order.items.map((item): OrderItem => ({ ...item, state: 'queued' }));
    return { ...order, status: 'approved', items };
  },

  hold: (order, body, { now, by }) => {
    const hold = { reason: body.reason, by, at: now };
    if (body.itemId === undefined) {
      return order.hold ? refused('order.not_possible', 'The order is on hold already.') : { ...order, hold };
    }
    const item = order.items.find(({ id }) => id === body.itemId);
    if (!item) return refused('order.item_unknown', `No item ${body.itemId}.`);
    if (item.hold) return refused('order.not_possible', `Item ${item.line} is on hold already.`);
    return withItem(order, { ...item, hold });
  },

  release: (order, body) => {
    if (body.itemId === undefined) {
      return order.hold ? { ...order, hold: null } : refused('order.not_possible', 'The order itself is not on hold.');
    }
    const item = order.items.find(({ id }) => id === body.itemId);
    if (!item) return refused('order.item_unknown', `No item ${body.itemId}.`);
    if (!item.hold) return refused('order.not_possible', `Item ${item.line} is not on hold.`);
    return withItem(order, { ...item, hold: null });
  },

  rework: (order, body) => {
    const unknown = unknownItem(order, body.items);
    if (unknown) return unknown;
    const byItem = new Map(body.items.map(({ itemId, quantity }) => [itemId, quantity]));
    const tooMany = order.items.find((item) => (byItem.get(item.id) ?? 0) > reworkable(item));
    if (tooMany) return refused('order.quantity_impossible', pieces(tooMany, reworkable(tooMany), 'in the house'));
    return withItems(
      order,
      order.items.map((item) => sentBack(item, byItem.get(item.id))),
    );
  },

  pack: (order) =>
    withItems(
      order,
      order.items.map((item) =>
        item.state === 'shipped' ? item : { ...item, state: 'packed', packed: item.specification.quantity },
      ),
    ),

  ship: (order, body, { now, newId }) => {
    const lines = body.lines ?? everythingPacked(order);
    const unknown = unknownItem(order, lines);
    if (unknown) return unknown;
    const byItem = new Map(lines.map(({ itemId, quantity }) => [itemId, quantity]));
    const held = order.items.find((item) => byItem.has(item.id) && item.hold);
    if (held) return refused('order.not_possible', `Item ${held.line} is on hold.`);
    const tooMany = order.items.find((item) => (byItem.get(item.id) ?? 0) > readyToShip(item));
    if (tooMany) return refused('order.quantity_impossible', pieces(tooMany, readyToShip(tooMany), 'packed'));
    const { carrier, trackingNumber } = body;
    const shipments = [...order.shipments, { id: newId(), carrier, trackingNumber, at: now, lines }];
    return withItems(
      { ...order, shipments },
      order.items.map((item) => sent(item, byItem.get(item.id))),
    );
  },

  close: (order) => ({ ...order, status: 'closed' }),

  cancel: (order) => ({ ...order, status: 'cancelled' }),

  reject: (order) => ({ ...order, status: 'rejected' }),

  resolve_conflict: (order, body, { now }) => {
    const open = order.conflicts.find(({ id, resolvedAt }) => id === body.conflictId && resolvedAt === null);
    if (!open) return refused('order.not_possible', 'This conflict is not open.');
    return {
      ...order,
      conflicts: order.conflicts.map((conflict) => (conflict === open ? { ...conflict, resolvedAt: now } : conflict)),
    };
  },
};

/** The price is taken: the order is promised for a date. */
export function confirmed(order: Order, now: string, rules: Rules): Order {
  return { ...order, status: 'confirmed', confirmedAt: now, dueAt: dueDate(now, order.leadTier, order.rush, rules) };
}

/** Without a price again: pricing is asked by `submitted` with no quote. */
export function askedAnew(order: Order, items: OrderItem[]): Order {
  return withItems({ ...order, quoteId: null, quoteExpiresAt: null, total: null }, items.map(unpriced));
}

/** An item named twice would be counted once: it is refused like an unknown one. */
function unknownItem(order: Order, named: readonly { itemId: string }[]): Refusal | null {
  const seen = new Set<string>();
  for (const { itemId } of named) {
    if (!order.items.some((item) => item.id === itemId)) return refused('order.item_unknown', `No item ${itemId}.`);
    if (seen.has(itemId)) return refused('order.item_unknown', `Item ${itemId} is named twice.`);
    seen.add(itemId);
  }
  return null;
}

function pricedByHand(item: OrderItem, total: Money | undefined): OrderItem {
  if (!total) return { ...item, state: item.total ? 'priced' : item.state };
  return { ...item, state: 'priced', total, unitPrice: null };
}

function sentBack(item: OrderItem, quantity = 0): OrderItem {
  if (quantity === 0) return item;
  return { ...item, state: 'making', made: item.made - quantity, packed: item.shipped };
}

function sent(item: OrderItem, quantity = 0): OrderItem {
  const shipped = item.shipped + quantity;
  return { ...item, shipped, state: shipped === item.specification.quantity ? 'shipped' : item.state };
}

function everythingPacked(order: Order): { itemId: string; quantity: number }[] {
  return order.items
    .map((item) => ({ itemId: item.id, quantity: readyToShip(item) }))
    .filter(({ quantity }) => quantity > 0);
}

function pieces(item: OrderItem, count: number, where: string): string {
  return `Of item ${item.line} ${count} pieces are ${where}.`;
}

function plusDays(at: string, days: number): string {
  return new Date(Date.parse(at) + days * 86_400_000).toISOString();
}

type ChangedItem = OrderCommandBody<'change_specification'>['items'][number];

/** Another material brings its own process, and its own plain finish unless one is asked for: pricing fills them in. */
function respecified(before: Specification, change: ChangedItem | undefined): Specification {
  if (!change) return before;
  const { material = before.material, unit = before.unit, quantity = before.quantity, note = before.note } = change;
  const isOther = material !== before.material;
  const finish = change.finish ?? (isOther ? '' : before.finish);
  return { ...before, material, unit, quantity, note, finish, process: isOther ? '' : before.process };
}
