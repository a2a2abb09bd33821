import type { Order, OrderCommandName, OrderStatus, Specification } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { readyToShip, reworkable } from './items.ts';
import type { Command, Fact, Placing } from './order.ts';

/** Orders, quotes and bodies for this room's tests and benches: valid, small, varied by `pick`. */

/** product.md's table, written out by hand: what the code must never leave. */
export const LEGAL_EDGES: Record<OrderStatus, readonly OrderStatus[]> = {
  submitted: ['priced', 'needs_review', 'cancelled'],
  needs_review: ['priced', 'submitted', 'cancelled', 'rejected'],
  priced: ['submitted', 'confirmed', 'cancelled', 'rejected'],
  confirmed: ['approved', 'cancelled', 'rejected'],
  approved: ['in_production', 'cancelled'],
  in_production: ['produced', 'cancelled'],
  produced: ['packed', 'in_production', 'cancelled'],
  packed: ['shipped', 'in_production', 'cancelled'],
  shipped: ['closed'],
  closed: [],
  cancelled: [],
  rejected: [],
};

export interface Asked {
  items: number;
  quoted?: boolean;
  accept?: boolean;
  limit?: boolean;
}

export function examplePlacing(buyerId: string, { items, quoted, accept, limit }: Asked): Placing {
  const specifications = Array.from({ length: items }, (_, index) => exampleSpecification(index + 2));
  const placing: Placing = {
    id: newId(),
    number: 'FL-100001',
    commandId: newId(),
    source: 'shop',
    buyer: { kind: 'customer', id: buyerId, name: 'Buyer', email: 'buyer@example.com', phone: '' },
    deliveryAddress: exampleAddress,
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    reference: '',
    acceptUpTo: limit ? { minor: 1_000_000_00, currency: 'RUB' } : null,
    linkedTo: null,
    items: specifications,
    quote: null,
    accept: accept ?? false,
  };
  return quoted
    ? { ...placing, quote: exampleQuote({ ...placing, items: placing.items.map(asItem) }, 'ready') }
    : placing;
}

export const exampleAddress = {
  recipient: 'Anna Ivanova',
  line1: 'Lenina 1',
  line2: '',
  city: 'Kostroma',
  postcode: '156000',
  country: 'RU',
};

export function exampleSpecification(quantity: number): Specification {
  return {
    modelId: newId(),
    sha256: 'a'.repeat(64),
    fileName: 'ring.stl',
    unit: 'mm',
    material: 'silver-925',
    process: 'lost-wax',
    finish: 'polished',
    quantity,
    note: '',
  };
}

function asItem(specification: Specification): { specification: Specification } {
  return { specification };
}

interface Wish {
  items: { specification: Specification }[];
  currency: Order['currency'];
  leadTier: Order['leadTier'];
  rush: boolean;
  buyer: { id: string };
}

/** The answer to what the order asks for; `needs_review` leaves its first item without a price. */
export function exampleQuote(wish: Wish, state: 'ready' | 'needs_review', overrides: Partial<Quote> = {}): Quote {
  const price = { minor: 125_00, currency: wish.currency };
  const items = wish.items.map(({ specification }, index) => {
    const isPriced = state === 'ready' || index > 0;
    return {
      id: newId(),
      specification: { ...specification },
      state: isPriced ? ('ready' as const) : ('needs_review' as const),
      problem: isPriced ? null : { code: 'open_mesh', message: 'The mesh is open.', hint: 'Close it.' },
      report: null,
      unitPrice: isPriced ? price : null,
      total: isPriced ? { ...price, minor: price.minor * specification.quantity } : null,
      breakdown: [],
    };
  });
  const sum = items.reduce((total, item) => total + (item.total?.minor ?? 0), 0);
  return {
    id: newId(),
    version: 2,
    tenant: wish.buyer.id,
    orderId: null,
    state,
    items,
    currency: wish.currency,
    leadTier: wish.leadTier,
    rush: wish.rush,
    shipping: state === 'ready' ? { minor: 300_00, currency: wish.currency } : null,
    tax: state === 'ready' ? { minor: 20_00, currency: wish.currency } : null,
    total: state === 'ready' ? { minor: sum + 320_00, currency: wish.currency } : null,
    priceListVersion: 'sample-1',
    kernelVersion: 'test',
    createdAt: '2026-03-02T09:00:00.000Z',
    readyAt: '2026-03-02T09:00:01.000Z',
    expiresAt: '2026-03-16T09:00:00.000Z',
    queue: null,
    ...overrides,
  };
}

export function exampleFact(
  order: Order,
  itemId: string,
  news: { made: number; scrapped: number; done: boolean; version: number },
): Fact {
  const { made, scrapped, done, version } = news;
  return {
    name: done ? 'production_made' : 'production_started',
    id: newId(),
    production: {
      orderId: order.id,
      itemId,
      version,
      startedAt: '2026-03-03T09:00:00.000Z',
      made,
      scrapped,
      done,
      actor: { id: newId(), name: 'Operator' },
      reason: '',
    },
  };
}

/** A command whose body fits the order as well as any body can. */
export function commandFor(order: Order, name: OrderCommandName, pick: number): Command {
  const head = { commandId: newId(), version: order.version };
  const reason = 'Because';
  const anyItem = order.items[pick % order.items.length]!;
  switch (name) {
    case 'quote_by_hand': {
      const total = { minor: 99_00 + pick, currency: order.currency };
      return { name, body: { ...head, items: order.items.map(({ id }) => ({ itemId: id, total })), reason } };
    }
    case 'change_specification':
      return { name, body: { ...head, items: [{ itemId: anyItem.id, quantity: 1 + (pick % 4) }] } };
    case 'record_payment':
      return { name, body: { ...head, state: 'recorded', reference: 'Invoice 1' } };
    case 'hold': {
      const free = order.items.find((item) => !item.hold);
      const itemId = order.hold || pick % 2 === 0 ? free?.id : undefined;
      return { name, body: { ...head, ...(itemId && { itemId }), reason } };
    }
    case 'release': {
      const itemId = order.hold ? undefined : order.items.find((item) => item.hold)?.id;
      return { name, body: { ...head, ...(itemId && { itemId }) } };
    }
    case 'rework': {
      const item = order.items.find((one) => reworkable(one) > 0) ?? anyItem;
      return { name, body: { ...head, items: [{ itemId: item.id, quantity: 1 }], reason } };
    }
    case 'ship': {
      const item = order.items.find((one) => readyToShip(one) > 0 && !one.hold) ?? anyItem;
      const quantity = pick % 3 === 0 ? 1 : Math.max(1, readyToShip(item));
      return {
        name,
        body: { ...head, carrier: 'Post', trackingNumber: 'RR1', lines: [{ itemId: item.id, quantity }] },
      };
    }
    case 'cancel':
    case 'reject':
      return { name, body: { ...head, reason } };
    case 'resolve_conflict': {
      const open = order.conflicts.find(({ resolvedAt }) => resolvedAt === null);
      return { name, body: { ...head, conflictId: open?.id ?? newId(), reason } };
    }
    case 'accept':
    case 'approve':
    case 'pack':
    case 'close':
      return { name, body: head };
  }
}
