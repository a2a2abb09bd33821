import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { ProductionEvent } from '#contracts/mes';
import type { Order } from '#contracts/orders';
import { QuoteEvent } from '#contracts/pricing';
import { firstTime, PoisonEvent } from '#platform/bus';
import type { Sql } from '#platform/database';
import { span } from '#platform/telemetry';
import { announce, type Desk, momentOf } from './desk.ts';
import { type Fact, record, type Step } from './order.ts';
import { lockOrders, updateOrder } from './store.ts';

const CONSUMER = 'orders.facts';

const quoteEvent = Compile(QuoteEvent);
const productionEvent = Compile(ProductionEvent);

/** Machines' facts: prices from pricing, production from mes. Each is recorded once, a few that come together in one transaction. */
export function listenForFacts(desk: Desk): void {
  desk.bus.subscribe({
    consumer: CONSUMER,
    events: ['quote.ready', 'quote.needs_review', 'quote.failed', 'production.*'],
    // People's commands to the same orders wait until the batch is recorded.
    batchSize: 20,
    handle: (batch) =>
      hear(
        desk,
        batch.map(factOf).filter((one) => one !== null),
      ),
  });
}

interface Heard {
  event: Envelope;
  orderId: string;
  fact: Fact;
}

async function hear(desk: Desk, heard: readonly Heard[]): Promise<void> {
  if (heard.length === 0) return;
  const steps = await desk.sql.begin(async (tx) => {
    const fresh = new Set(
      await firstTime(
        tx,
        CONSUMER,
        heard.map(({ event }) => event),
      ),
    );
    const news = Map.groupBy(
      heard.filter(({ event }) => fresh.has(event)),
      ({ orderId }) => orderId,
    );
    const orders = await lockOrders(tx, [...news.keys()]);
    const made: Step[] = [];
    for (const [orderId, facts] of news) made.push(...(await recordAll(desk, tx, orders.get(orderId), facts)));
    return made;
  });
  if (steps.length > 0) announce(desk, steps);
}

/** What the facts of one order make of it, in the order in which they came. */
function recordAll(desk: Desk, tx: Sql, order: Order | undefined, facts: readonly Heard[]): Promise<Step[]> {
  const traces = facts.map(({ event }) => event.traceparent);
  const attributes = { 'order.id': facts[0]!.orderId, 'order.facts': facts.map(({ fact }) => fact.name) };
  const options = { kind: 'consumer', parent: traces.at(-1)!, links: traces.slice(0, -1), attributes } as const;
  return span('order facts', options, async () => {
    const steps: Step[] = [];
    for (const heard of facts) steps.push(...stepsOf(desk, steps.at(-1)?.order ?? order, heard));
    if (steps.length > 0 && !(await updateOrder(tx, steps, desk.rules, null))) {
      throw new Error(`Order ${order!.id} changed although it was locked`);
    }
    return steps;
  });
}

function stepsOf(desk: Desk, order: Order | undefined, { event: { type }, orderId, fact }: Heard): readonly Step[] {
  if (!order) throw new PoisonEvent(`${type} names order ${orderId}, which does not exist`);
  if ('production' in fact && order.items.every(({ id }) => id !== fact.production.itemId)) {
    throw new PoisonEvent(`${type} names item ${fact.production.itemId}, which order ${orderId} has not`);
  }
  const decision = record(order, fact, momentOf(desk));
  if (decision.kind === 'changed') return decision.steps;
  desk.metrics.ignoredFacts.inc({ name: fact.name });
  desk.log.info({ orderId, event: type, why: decision.why }, `Fact ${fact.name} changes nothing`);
  return [];
}

/** What an event means to an order; null when it is about none. */
function factOf(event: Envelope): Heard | null {
  const { id, type, data } = event;
  if (type.startsWith('quote.')) {
    if (!quoteEvent.Check(data)) throw new PoisonEvent(reason(type, quoteEvent.Errors(data)));
    const { quote } = data;
    const name = type === 'quote.ready' ? 'all_priced' : 'review_needed';
    return quote.orderId ? { event, orderId: quote.orderId, fact: { name, id, quote } } : null;
  }
  if (!productionEvent.Check(data)) throw new PoisonEvent(reason(type, productionEvent.Errors(data)));
  const name = productionFact(type);
  return name ? { event, orderId: data.orderId, fact: { name, id, production: data } } : null;
}

function productionFact(type: string): 'production_started' | 'production_made' | 'production_scrapped' | null {
  switch (type) {
    case 'production.started':
      return 'production_started';
    case 'production.made':
      return 'production_made';
    case 'production.scrapped':
      return 'production_scrapped';
    default:
      return null;
  }
}

function reason(type: string, errors: { instancePath: string; message: string }[]): string {
  const [first] = errors;
  return `${type} is not what its contract says: ${first?.instancePath} ${first?.message}`;
}
