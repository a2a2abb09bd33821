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
import {
  findQuote,
  latestQuotedVersion,
  markOrdered,
  type OrderPlace,
  ordersToFollow,
  pendingQuotesOfOrder,
} from './store.ts';

const CONSUMER = 'pricing.orders';

const orderEvent = Compile(OrderEvent);

/** An order that waits for a price gets a quote; one that ended, or asks for something else, frees its place in the queue. */
export function listenForOrders(desk: Desk): void {
  desk.bus.subscribe({
    consumer: CONSUMER,
    events: ['order.submitted', 'order.cancelled', 'order.rejected'],
    handle: (batch) => hearAll(desk, batch.map(parse)),
  });
}

interface Heard {
  event: Envelope;
  order: Order;
}

/**
 * Most orders come with their price: that they are known is one statement for all of them. The others follow one by one, each
 * in a transaction of its own, for their locks stand in no order that holds across tenants.
 */
async function hearAll(desk: Desk, heard: readonly Heard[]): Promise<void> {
  const orders = heard.map(({ order }) => order);
  const open = await ordersToFollow(desk.sql, orders.map(placeOf));
  await markOrdered(desk.sql, [...new Set(orders.map(({ quoteId }) => quoteId).filter((id) => id !== null))]);
  // All events of such an order: what one of them asks for another one may call off.
  for (const one of heard) if (open.has(one.order.id)) await hear(desk, one);
}

function parse(event: Envelope): Heard {
  const { data } = event;
  if (orderEvent.Check(data)) return { event, order: data.order };
  const [first] = orderEvent.Errors(data);
  throw new PoisonEvent(`${event.type} is not what its contract says: ${first?.instancePath} ${first?.message}`);
}

function placeOf({ id, version, status, quoteId }: Order): OrderPlace {
  return { id, version, waits: status === 'submitted' && quoteId === null };
}

async function hear(desk: Desk, { event, order }: Heard): Promise<void> {
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
  const isNew = placeOf(order).waits && (await latestQuotedVersion(tx, order.id)) < order.version;
  return { quote: isNew ? await quoteOrder(desk, tx, order) : null, withdrawn, stopped };
}
