import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { type Order, OrderEvent } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { firstTime, PoisonEvent } from '#platform/bus';
import type { Sql } from '#platform/database';
import { span } from '#platform/telemetry';
import { withdraw } from './cancel-quote.ts';
import { quoteOrder, tell } from './create-quote.ts';
import { announceQuotes, type Desk, stopJobs } from './desk.ts';
import { findQuote, latestQuotedVersion, markOrdered, pendingQuotesOfOrder } from './store.ts';

const CONSUMER = 'pricing.orders';

const orderEvent = Compile(OrderEvent);

/** An order that waits for a price gets a quote; one that ended, or asks for something else, frees its place in the queue. */
export function listenForOrders(desk: Desk): void {
  desk.bus.subscribe({
    consumer: CONSUMER,
    events: ['order.submitted', 'order.cancelled', 'order.rejected'],
    handle: async (batch) => {
      for (const event of batch) await hear(desk, event);
    },
  });
}

async function hear(desk: Desk, event: Envelope): Promise<void> {
  const { data } = event;
  if (!orderEvent.Check(data)) {
    const [first] = orderEvent.Errors(data);
    throw new PoisonEvent(`${event.type} is not what its contract says: ${first?.instancePath} ${first?.message}`);
  }
  const { order } = data;
  const attributes = { 'order.id': order.id };
  await span(`pricing ${event.type}`, { kind: 'consumer', parent: event.traceparent, attributes }, async () => {
    const followed = await desk.sql.begin(async (tx) => {
      const [fresh] = await firstTime(tx, CONSUMER, [event]);
      return fresh ? follow(desk, tx, order) : null;
    });
    if (!followed) return;
    await announceQuotes(desk.sql, followed.withdrawn);
    await stopJobs(desk.sql, followed.stopped);
    if (followed.quote) await tell(desk, followed.quote);
  });
}

interface Followed {
  quote: Quote | null;
  withdrawn: string[];
  stopped: string[];
}

async function follow(desk: Desk, tx: Sql, order: Order): Promise<Followed> {
  const withdrawn = await pendingQuotesOfOrder(tx, order.id, order.version);
  const stopped: string[] = [];
  for (const id of withdrawn) stopped.push(...(await withdraw(tx, (await findQuote(tx, id))!)).stopped);
  const isWaiting = order.status === 'submitted' && order.quoteId === null;
  const isNew = isWaiting && (await latestQuotedVersion(tx, order.id)) < order.version;
  if (order.quoteId) await markOrdered(tx, order.quoteId);
  return { quote: isNew ? await quoteOrder(desk, tx, order) : null, withdrawn, stopped };
}
