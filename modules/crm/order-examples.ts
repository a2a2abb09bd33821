import type { Envelope } from '#contracts/events';
import type { HistoryEntry, Order, OrderEvent, OrderItem, OrderStatus } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';

/** Orders and events for this room's tests and benches: whole, valid, small. */

const roubles = (minor: number) => ({ minor, currency: 'RUB' as const });

export function exampleItem(fileName = 'ring.stl', parts: Partial<OrderItem> = {}): OrderItem {
  return {
    id: newId(),
    line: 1,
    specification: {
      modelId: newId(),
      sha256: 'a'.repeat(64),
      fileName,
      unit: 'mm',
      material: 'silver-925',
      process: 'lost-wax-casting',
      finish: 'polished',
      quantity: 3,
      note: '',
    },
    state: 'priced',
    hold: null,
    unitPrice: roubles(150_000),
    total: roubles(450_000),
    reviewReason: null,
    made: 0,
    scrapped: 0,
    packed: 0,
    shipped: 0,
    productionVersion: 0,
    ...parts,
  };
}

let numbers = 100_000;

export function exampleOrder(parts: Partial<Order> = {}): Order {
  numbers += 1;
  return {
    id: newId(),
    number: `FL-${numbers}`,
    version: 1,
    status: 'priced',
    hold: null,
    source: 'shop',
    buyer: {
      kind: 'customer',
      id: newId(),
      name: 'Анна Петрова',
      email: 'anna@example.com',
      phone: '+7 900 000-00-00',
    },
    deliveryAddress: {
      recipient: 'Анна Петрова',
      line1: 'ул. Ленина, 1',
      line2: '',
      city: 'Кострома',
      postcode: '156000',
      country: 'RU',
    },
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    reference: '',
    placedAt: '2026-03-02T09:00:00.000Z',
    confirmedAt: null,
    dueAt: null,
    updatedAt: '2026-03-02T09:00:00.000Z',
    quoteId: null,
    quoteExpiresAt: null,
    acceptUpTo: null,
    total: roubles(480_000),
    payment: { state: 'none', reference: '', at: null },
    items: [exampleItem()],
    shipments: [],
    conflicts: [],
    linkedTo: null,
    ...parts,
  };
}

/** The event that `orders` would tell of this version. */
export function exampleEvent(order: Order, from: OrderStatus | null = null): OrderEvent {
  const change: HistoryEntry = {
    version: order.version,
    at: order.updatedAt,
    name: order.version === 1 ? 'place' : 'accept',
    from,
    status: order.status,
    actor: { id: order.buyer.id, name: order.buyer.name, role: 'customer' },
    cause: { kind: 'command', id: newId() },
    reason: '',
  };
  return { order, change };
}

export function exampleEnvelope(order: Order, from: OrderStatus | null = null): Envelope<OrderEvent> {
  return {
    id: newId(),
    type: `order.${order.status}`,
    key: order.id,
    occurredAt: order.updatedAt,
    traceparent: null,
    data: exampleEvent(order, from),
  };
}

/** The quote behind `exampleOrder`'s prices. */
export function exampleQuote(order: Order, parts: Partial<Quote> = {}): Quote {
  return {
    id: newId(),
    version: 1,
    tenant: order.buyer.id,
    orderId: order.id,
    state: 'ready',
    items: order.items.map(({ id, specification, unitPrice, total }) => ({
      id,
      specification,
      state: 'ready',
      problem: null,
      report: null,
      unitPrice,
      total,
      breakdown: [{ code: 'material', text: 'Material', amount: total!, detail: '3 × 12.5 g' }],
    })),
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    shipping: roubles(20_000),
    tax: roubles(10_000),
    total: roubles(480_000),
    priceListVersion: 'sample-1',
    kernelVersion: '1',
    createdAt: '2026-03-02T09:00:00.000Z',
    readyAt: '2026-03-02T09:00:01.000Z',
    expiresAt: '2026-03-16T09:00:00.000Z',
    queue: null,
    ...parts,
  };
}
