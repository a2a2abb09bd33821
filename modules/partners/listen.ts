import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { type HistoryEntry, type Order, OrderEvent } from '#contracts/orders';
import { QuoteEvent } from '#contracts/pricing';
import { firstTime, PoisonEvent } from '#platform/bus';
import type { Sql } from '#platform/database';
import type { Desk } from './desk.ts';
import { partnerChange, partnerOrder, partnerQuote } from './shapes.ts';
import {
  appendClientEvents,
  knownClients,
  type NewClientEvent,
  type ProjectedOrder,
  projectOrders,
  recordProgress,
} from './store-orders.ts';

export const CONSUMER = 'partners.orders';
export const HEARD = ['order.*', 'quote.queued', 'quote.ready', 'quote.needs_review', 'quote.failed'];

const orderEvent = Compile(OrderEvent);
const quoteEvent = Compile(QuoteEvent);

/** One event as it concerns a client: what the read model keeps of it, and what the client is told. */
interface Heard {
  source: Envelope;
  clientId: string;
  order: ProjectedOrder | null;
  told: NewClientEvent['event'];
}

/** Partners' orders and quotes: the read model, the feed of events, and the webhooks that follow from them. */
export function listenForPartners(desk: Desk): void {
  desk.bus.subscribe({
    consumer: CONSUMER,
    events: HEARD,
    handle: (batch) => project(desk, batch),
  });
}

async function project(desk: Desk, batch: readonly Envelope[]): Promise<void> {
  const heard = batch.map(hear).filter((one) => one !== null);
  const deliveries = await desk.sql.begin(async (tx) => {
    const made = await projectNews(tx, await newsOf(tx, heard));
    await recordProgress(tx, CONSUMER, batch.at(-1)!.occurredAt);
    return made;
  });
  if (deliveries > 0) desk.wakeSender();
}

/** What concerns a client and was not heard before. */
async function newsOf(tx: Sql, heard: readonly Heard[]): Promise<Heard[]> {
  const tenants = heard.filter(({ order }) => !order).map(({ clientId }) => clientId);
  const clients = await knownClients(tx, tenants);
  const ours = heard.filter(({ order, clientId }) => order || clients.has(clientId));
  const sources = ours.map(({ source }) => source);
  const fresh = new Set(await firstTime(tx, CONSUMER, sources));
  return ours.filter(({ source }) => fresh.has(source));
}

async function projectNews(tx: Sql, news: readonly Heard[]): Promise<number> {
  if (news.length === 0) return 0;
  const orders = news.map(({ order }) => order).filter((order) => order !== null);
  await projectOrders(tx, orders);
  return appendClientEvents(
    tx,
    news.map(({ clientId, told, source }) => ({ clientId, event: told, traceparent: source.traceparent })),
  );
}

/** Null: it concerns no partner. A quote's tenant may still be a customer: the client table tells. */
function hear(source: Envelope): Heard | null {
  const { id, type, occurredAt: at, data } = source;
  if (type.startsWith('order.')) {
    if (!orderEvent.Check(data)) throw poison(type, orderEvent.Errors(data));
    const { buyer } = data.order;
    if (buyer.kind !== 'partner') return null;
    const projected = projectedOrder(data.order, data.change);
    const { order, change } = projected;
    return { source, clientId: buyer.id, order: projected, told: { id, type, at, order, change, quote: null } };
  }
  if (!quoteEvent.Check(data)) throw poison(type, quoteEvent.Errors(data));
  const quote = partnerQuote(data.quote);
  return {
    source,
    clientId: data.quote.tenant,
    order: null,
    told: { id, type, at, order: null, change: null, quote },
  };
}

export function projectedOrder(order: Order, change: HistoryEntry): ProjectedOrder {
  const { id: clientId, name: clientName } = order.buyer;
  return { clientId, clientName, order: partnerOrder(order), change: partnerChange(change) };
}

function poison(type: string, errors: { instancePath: string; message: string }[]): PoisonEvent {
  const [first] = errors;
  return new PoisonEvent(`${type} is not what its contract says: ${first?.instancePath} ${first?.message}`);
}
