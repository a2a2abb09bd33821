import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { PRODUCTION_EVENTS, ProductionEvent } from '#contracts/mes';
import { type HistoryEntry, type Order, OrderEvent } from '#contracts/orders';
import { QuoteEvent } from '#contracts/pricing';
import { type Bus, PoisonEvent } from '#platform/bus';
import type { Sql } from '#platform/database';
import type { LiveChanges } from '#platform/live';
import { projectRow, searchText } from './order-row.ts';
import { newsOfOrders, newsOfQuotes } from './scopes.ts';
import {
  addProductionNotes,
  type ProjectedOrder,
  recordProgress,
  type Told,
  upsertOrders,
  upsertQuotes,
} from './store-orders.ts';

/** Keeps the copy of orders. */
export const CONSUMER = 'crm.orders';
export const HEARD = ['order.*'];

const isOrderEvent = Compile(OrderEvent);
const isQuoteEvent = Compile(QuoteEvent);
const isProductionEvent = Compile(ProductionEvent);

/** Keeps the read model: every event carries the whole of its subject, so repeats and reordering change nothing. */
export function listen({
  bus,
  sql,
  live,
  rebuild,
}: {
  bus: Bus;
  sql: Sql;
  live: LiveChanges;
  rebuild?: (stopping: AbortSignal) => Promise<void>;
}): void {
  bus.subscribe({
    consumer: CONSUMER,
    events: HEARD,
    handle: (batch) => projectOrders(sql, live, batch),
    ...(rebuild && { rebuild }),
  });
  bus.subscribe({
    consumer: 'crm.quotes',
    events: ['quote.ready', 'quote.needs_review'],
    handle: (batch) => projectQuotes(sql, live, batch),
  });
  bus.subscribe({
    consumer: 'crm.production',
    events: PRODUCTION_EVENTS,
    handle: (batch) => projectProduction(sql, live, batch),
  });
}

/** Events as they come; a copy made anew goes through the same `upsertOrders` (read-model.ts). */
export async function projectOrders(sql: Sql, live: LiveChanges, batch: readonly Envelope[]): Promise<void> {
  const events = batch.map((envelope) => parse(isOrderEvent, envelope));
  const entries = events.map(({ order, change }) => ({ order_id: order.id, version: change.version, entry: change }));
  const occurredAt = batch
    .map((envelope) => envelope.occurredAt)
    .toSorted()
    .at(-1)!;
  await sql.begin(async (tx) => {
    const changes = await upsertOrders(tx, newestOfEach(events), entries);
    await recordProgress(tx, CONSUMER, occurredAt);
    // An older event that comes late is news to the card's timeline only.
    await live.announceAll(
      tx,
      newsOfOrders(
        changes,
        events.map(({ order }) => order.id),
      ),
    );
  });
}

async function projectQuotes(sql: Sql, live: LiveChanges, batch: readonly Envelope[]): Promise<void> {
  const newest = new Map<string, QuoteEvent['quote']>();
  for (const { quote } of batch.map((envelope) => parse(isQuoteEvent, envelope))) {
    if (quote.version > (newest.get(quote.id)?.version ?? 0)) newest.set(quote.id, quote);
  }
  await sql.begin(async (tx) => {
    await upsertQuotes(tx, [...newest.values()]);
    await live.announceAll(tx, newsOfQuotes([...newest.keys()]));
  });
}

async function projectProduction(sql: Sql, live: LiveChanges, batch: readonly Envelope[]): Promise<void> {
  const told = batch.map(
    (envelope): Told => ({
      name: envelope.type,
      at: envelope.occurredAt,
      fact: parse(isProductionEvent, envelope),
    }),
  );
  await sql.begin(async (tx) => {
    await addProductionNotes(tx, told);
    await live.announceAll(
      tx,
      newsOfOrders(
        [],
        told.map(({ fact }) => fact.orderId),
      ),
    );
  });
}

function parse<T>(schema: { Check(value: unknown): value is T; Errors(value: unknown): unknown }, event: Envelope): T {
  const { data } = event;
  if (schema.Check(data)) return data;
  const [first] = schema.Errors(data) as { instancePath: string; message: string }[];
  throw new PoisonEvent(`${event.type}: ${first?.instancePath ?? ''} ${first?.message ?? 'is not what was agreed'}`);
}

function newestOfEach(events: readonly OrderEvent[]): ProjectedOrder[] {
  const newest = new Map<string, OrderEvent>();
  for (const event of events) {
    if (event.order.version > (newest.get(event.order.id)?.order.version ?? 0)) newest.set(event.order.id, event);
  }
  const statusSince = lastStatusChanges(events);
  return [...newest.values()]
    .toSorted((a, b) => (a.order.id < b.order.id ? -1 : 1))
    .map(({ order }) => project(order, statusSince.get(order.id) ?? null));
}

/** By order, when its status changed last, as far as these events tell. */
function lastStatusChanges(events: readonly OrderEvent[]): Map<string, string> {
  const last = new Map<string, HistoryEntry>();
  for (const { order, change } of events) {
    const isNewer = change.version > (last.get(order.id)?.version ?? 0);
    if (change.from !== change.status && isNewer) last.set(order.id, change);
  }
  return new Map([...last].map(([id, { at }]) => [id, at]));
}

/** `statusSince` is null where what is at hand does not tell. */
export function project(order: Order, statusSince: string | null): ProjectedOrder {
  const { id, name, email, phone, kind } = order.buyer;
  return {
    row: projectRow(order, statusSince),
    document: order,
    customer:
      kind === 'customer'
        ? { id, name, email, phone, last_order_at: order.placedAt, search: searchText([name, email, phone]) }
        : null,
  };
}
