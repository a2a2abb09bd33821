import type { HistoryEntry, Order, OrderEvent, OrderItem, OrderStatus } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';

/** Orders, events and quotes for this room's tests: whole, valid, small. */

const roubles = (minor: number) => ({ minor, currency: 'RUB' as const });

/** Stands wherever an order holds what a customer must not read. */
export const SECRET = 'not-for-customers';

export const exampleAddress = {
  recipient: 'Анна Петрова',
  line1: 'ул. Ленина, 1',
  line2: '',
  city: 'Кострома',
  postcode: '156000',
  country: 'RU',
};

function exampleItem(): OrderItem {
  return {
    id: newId(),
    line: 1,
    specification: {
      modelId: newId(),
      sha256: 'a'.repeat(64),
      fileName: 'ring.stl',
      unit: 'mm',
      material: 'silver-925',
      process: 'lost-wax-casting',
      finish: 'polished',
      quantity: 3,
      note: '',
    },
    state: 'priced',
    hold: { reason: SECRET, by: SECRET, at: '2026-03-02T09:00:00.000Z' },
    unitPrice: roubles(150_000),
    total: roubles(450_000),
    reviewReason: null,
    made: 1,
    scrapped: 777_777,
    packed: 0,
    shipped: 0,
    productionVersion: 4,
  };
}

let minutes = 0;

/** Each placed a minute after the one before. */
export function exampleOrder(customerId: string, parts: Partial<Order> = {}): Order {
  minutes += 1;
  const placedAt = new Date(Date.UTC(2026, 2, 2) + minutes * 60_000).toISOString();
  return {
    id: newId(),
    number: `FL-${100_000 + minutes}`,
    version: 1,
    status: 'submitted',
    hold: null,
    source: 'shop',
    buyer: { kind: 'customer', id: customerId, name: 'Анна Петрова', email: 'anna@example.com', phone: '' },
    deliveryAddress: exampleAddress,
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    reference: '',
    placedAt,
    confirmedAt: null,
    dueAt: null,
    updatedAt: placedAt,
    quoteId: null,
    quoteExpiresAt: null,
    acceptUpTo: null,
    total: roubles(480_000),
    payment: { state: 'none', reference: SECRET, at: null },
    items: [exampleItem()],
    shipments: [],
    conflicts: [{ id: newId(), itemId: newId(), at: placedAt, fact: SECRET, text: SECRET, resolvedAt: null }],
    linkedTo: null,
    ...parts,
  };
}

export function exampleChange(order: Order, parts: Partial<HistoryEntry> = {}): HistoryEntry {
  const isFirst = order.version === 1;
  return {
    version: order.version,
    at: order.updatedAt,
    name: isFirst ? 'place' : 'approve',
    from: isFirst ? null : ('confirmed' as OrderStatus),
    status: order.status,
    actor: isFirst
      ? { id: order.buyer.id, name: order.buyer.name, role: 'customer' }
      : { id: newId(), name: SECRET, role: 'seller' },
    cause: { kind: 'command', id: newId() },
    reason: '',
    ...parts,
  };
}

export function exampleEvent(order: Order, change: Partial<HistoryEntry> = {}): OrderEvent {
  return { order, change: exampleChange(order, change) };
}

export function exampleQuote(tenant: string, parts: Partial<Quote> = {}): Quote {
  return {
    id: newId(),
    version: 1,
    tenant,
    orderId: null,
    state: 'queued',
    items: [],
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    shipping: null,
    tax: null,
    total: null,
    priceListVersion: 'sample-1',
    kernelVersion: '1',
    createdAt: '2026-03-02T09:00:00.000Z',
    readyAt: null,
    expiresAt: null,
    queue: null,
    ...parts,
  };
}
