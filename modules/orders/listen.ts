import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { ProductionEvent } from '#contracts/mes';
import { QuoteEvent } from '#contracts/pricing';
import { firstTime, PoisonEvent } from '#platform/bus';
import { span } from '#platform/telemetry';
import { announce, type Desk, momentOf } from './desk.ts';
import { type Fact, record, type Step } from './order.ts';
import { lockOrder, updateOrder } from './store.ts';

const CONSUMER = 'orders.facts';

const quoteEvent = Compile(QuoteEvent);
const productionEvent = Compile(ProductionEvent);

/** Machines' facts: prices from pricing, production from mes. Each is recorded once, in a transaction of its own. */
export function listenForFacts(desk: Desk): void {
  desk.bus.subscribe({
    consumer: CONSUMER,
    events: ['quote.ready', 'quote.needs_review', 'quote.failed', 'production.*'],
    handle: async (batch) => {
      for (const event of batch) await hear(desk, event);
    },
  });
}

async function hear(desk: Desk, event: Envelope): Promise<void> {
  const heard = factOf(event);
  if (!heard) return;
  const { orderId, fact } = heard;
  const attributes = { 'order.id': orderId, 'order.fact': fact.name };
  await span(`order ${fact.name}`, { kind: 'consumer', parent: event.traceparent, attributes }, async () => {
    const steps = await desk.sql.begin(async (tx): Promise<readonly Step[]> => {
      const [fresh] = await firstTime(tx, CONSUMER, [event]);
      if (!fresh) return [];
      const order = await lockOrder(tx, orderId);
      if (!order) throw new PoisonEvent(`${event.type} names order ${orderId}, which does not exist`);
      if ('production' in fact && order.items.every(({ id }) => id !== fact.production.itemId)) {
        throw new PoisonEvent(`${event.type} names item ${fact.production.itemId}, which order ${orderId} has not`);
      }
      const decision = record(order, fact, momentOf(desk));
      if (decision.kind === 'ignored') {
        desk.metrics.ignoredFacts.inc({ name: fact.name });
        desk.log.info({ orderId, event: event.type, why: decision.why }, `Fact ${fact.name} changes nothing`);
        return [];
      }
      if (!(await updateOrder(tx, decision.steps, desk.rules, null))) {
        throw new Error(`Order ${orderId} changed although it was locked`);
      }
      return decision.steps;
    });
    if (steps.length > 0) announce(desk, steps);
  });
}

/** What an event means to an order; null when it is about none. */
function factOf({ id, type, data }: Envelope): { orderId: string; fact: Fact } | null {
  if (type.startsWith('quote.')) {
    if (!quoteEvent.Check(data)) throw new PoisonEvent(reason(type, quoteEvent.Errors(data)));
    const { quote } = data;
    const name = type === 'quote.ready' ? 'all_priced' : 'review_needed';
    return quote.orderId ? { orderId: quote.orderId, fact: { name, id, quote } } : null;
  }
  if (!productionEvent.Check(data)) throw new PoisonEvent(reason(type, productionEvent.Errors(data)));
  const name = productionFact(type);
  return name ? { orderId: data.orderId, fact: { name, id, production: data } } : null;
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
