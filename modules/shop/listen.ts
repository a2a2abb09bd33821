import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { type HistoryEntry, type Order, OrderEvent } from '#contracts/orders';
import { QuoteEvent } from '#contracts/pricing';
import { type Bus, PoisonEvent } from '#platform/bus';
import type { Sql } from '#platform/database';
import type { LiveChanges, News } from '#platform/live';
import { rowOf, stepOf, viewOf } from './customer-view.ts';
import { liveScope } from './desk.ts';
import { upsertQuotes } from './store-carts.ts';
import {
  type Placing,
  type ProjectedOrder,
  type ProjectedStep,
  recordProgress,
  type Stored,
  upsertOrders,
} from './store-orders.ts';

/** Keeps the copy of orders. */
export const CONSUMER = 'shop.orders';
export const HEARD = ['order.*'];

const isOrderEvent = Compile(OrderEvent);
const isQuoteEvent = Compile(QuoteEvent);

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
  bus.subscribe({ consumer: 'shop.quotes', events: ['quote.*'], handle: (batch) => projectQuotes(sql, batch) });
}

/** Partners' orders are not the shop's. A copy made anew goes through the same `upsertOrders` (read-model.ts). */
export async function projectOrders(sql: Sql, live: LiveChanges, batch: readonly Envelope[]): Promise<void> {
  const events = batch
    .map((envelope) => parse(isOrderEvent, envelope))
    .filter(({ order }) => order.buyer.kind === 'customer');
  const orders = newestOfEach(events.map(({ order }) => order)).map(project);
  const steps = events.flatMap(({ order, change }) => stepsOf(order.id, [change]));
  const occurredAt = batch
    .map((envelope) => envelope.occurredAt)
    .toSorted()
    .at(-1)!;
  await sql.begin(async (tx) => {
    const stored = await upsertOrders(tx, orders, steps, events.flatMap(placingOf));
    await recordProgress(tx, CONSUMER, occurredAt);
    await live.announceAll(
      tx,
      newsOf(
        orders.map(({ view }) => view.buyer.id),
        stored,
      ),
    );
  });
}

export function project(order: Order): ProjectedOrder {
  const view = viewOf(order);
  return { view, row: rowOf(view) };
}

export function stepsOf(orderId: string, history: readonly HistoryEntry[]): ProjectedStep[] {
  const steps = history.map(stepOf).filter((step) => step !== null);
  return steps.map((step) => ({ orderId, step }));
}

/** The command that placed the order: of an order made from a draft, the draft's id. */
export function placingOf({ order, change }: OrderEvent): Placing[] {
  const isPlacing = change.version === 1 && change.cause.kind === 'command';
  return isPlacing ? [{ orderId: order.id, buyerId: order.buyer.id, commandId: change.cause.id }] : [];
}

/** An older event that comes late changes no order, but maybe the order's way: its buyer's answers do not hold either. */
function newsOf(buyers: readonly string[], stored: readonly Stored[]): News[] {
  const changed = Map.groupBy(stored, ({ buyerId }) => buyerId);
  return [...new Set(buyers)].map((buyerId) => {
    const changes = changed.get(buyerId)?.map(({ id, version }) => ({ id, version }));
    return { scope: liveScope(buyerId), ...(changes ? { changes } : {}) };
  });
}

async function projectQuotes(sql: Sql, batch: readonly Envelope[]): Promise<void> {
  await upsertQuotes(sql, newestOfEach(batch.map((envelope) => parse(isQuoteEvent, envelope).quote)));
}

function parse<T>(schema: { Check(value: unknown): value is T; Errors(value: unknown): unknown }, event: Envelope): T {
  const { data } = event;
  if (schema.Check(data)) return data;
  const [first] = schema.Errors(data) as { instancePath: string; message: string }[];
  throw new PoisonEvent(`${event.type}: ${first?.instancePath ?? ''} ${first?.message ?? 'is not what was agreed'}`);
}

/** In the order of ids, so that two batches never wait for each other's rows. */
function newestOfEach<T extends { id: string; version: number }>(all: readonly T[]): T[] {
  const newest = new Map<string, T>();
  for (const one of all) if (one.version > (newest.get(one.id)?.version ?? 0)) newest.set(one.id, one);
  return [...newest.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
