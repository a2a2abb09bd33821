import { type Actor, tenantOf } from '#contracts/identity';
import { type Model, PRICING_ERRORS, type Quote } from '#contracts/pricing';
import { Fault } from '#platform/http';
import { type Desk, mayRead } from './desk.ts';
import { KERNEL_VERSION } from './geometry/index.ts';
import { queuePlace } from './queue-place.ts';
import { isPending } from './quote.ts';
import { findModelView, findQuote, isQuoted } from './store.ts';
import { progressOf } from './store-queue.ts';

/** @throws Fault `quote.not_found`, also for somebody else's */
export async function quotePage(desk: Desk, actor: Actor, id: string): Promise<Quote> {
  const quote = await findQuote(desk.sql, id);
  if (!quote || !mayRead(actor, quote.tenant)) throw new Fault(PRICING_ERRORS['quote.not_found']);
  return withPlace(desk, quote);
}

/** While it waits: how many are before it, how long it will take, and how far its items are. */
async function withPlace({ sql }: Desk, quote: Quote): Promise<Quote> {
  if (!isPending(quote)) return quote;
  const hashes = quote.items.filter(isPending).map(({ specification }) => specification.sha256);
  const [queue, progress] = await Promise.all([
    queuePlace(sql, quote.tenant, hashes),
    progressOf(sql, quote.tenant, hashes),
  ]);
  const items = quote.items.map((item) => {
    const news = isPending(item) && progress.get(item.specification.sha256);
    return news ? { ...item, progress: news } : item;
  });
  return { ...quote, items, queue };
}

/**
 * A model of the actor's own, or one that is in a quote of theirs: a seller uploads for a customer on the phone.
 * @throws Fault `model.not_found`, also for somebody else's
 */
export async function modelPage(desk: Desk, actor: Actor, id: string): Promise<Model> {
  const found = await findModelView(desk.sql, id, KERNEL_VERSION);
  const isTheirs =
    found && (mayRead(actor, found.tenant) || (await isQuoted(desk.sql, tenantOf(actor), found.model.sha256)));
  if (!isTheirs) throw new Fault(PRICING_ERRORS['model.not_found']);
  return found.model;
}
