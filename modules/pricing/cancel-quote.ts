import type { Actor } from '#contracts/identity';
import { PRICING_ERRORS, type Quote } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { announceQuotes, type Desk, mayRead, stopJobs } from './desk.ts';
import { isPending } from './quote.ts';
import { findQuote, lockQuote, updateQuote } from './store.ts';
import { cancelUnwanted, lockShare } from './store-queue.ts';

/**
 * Stops the calculation of a quote; what nobody else waits for leaves the queue, or its worker. Cancelling again is no error.
 * @throws Fault `quote.not_found`, `quote.not_cancellable`
 */
export async function cancelQuote(desk: Desk, actor: Actor, id: string): Promise<Quote> {
  const known = await findQuote(desk.sql, id);
  if (!known || !mayRead(actor, known.tenant)) throw new Fault(PRICING_ERRORS['quote.not_found']);
  // An order waits for it: whoever wants no price cancels the order.
  if (known.orderId) throw new Fault(PRICING_ERRORS['quote.not_cancellable'], { members: { state: known.state } });
  const { quote, stopped } = await desk.sql.begin((tx) => withdraw(tx, known));
  if (quote.state !== 'cancelled') {
    throw new Fault(PRICING_ERRORS['quote.not_cancellable'], { members: { state: quote.state } });
  }
  await announceQuotes(desk.sql, [id]);
  await stopJobs(desk.sql, stopped);
  desk.log.info({ quoteId: id, event: 'quote.cancelled' }, 'Quote cancelled');
  return quote;
}

/**
 * The quote after an attempt to cancel it: a finished one stays what it is. In the caller's transaction; after its commit the
 * jobs that were `stopped` have to be told to their workers (`stopJobs`).
 */
export async function withdraw(tx: Sql, known: Quote): Promise<{ quote: Quote; stopped: string[] }> {
  const hashes = [...new Set(known.items.map(({ specification }) => specification.sha256))].sort();
  await lockShare(tx, known.tenant);
  // Jobs before quotes, as a worker that writes its result does.
  await tx`select from job where tenant = ${known.tenant} and sha256 = any(${hashes}) order by sha256 for update`;
  const quote = (await lockQuote(tx, known.id))!;
  if (!isPending(quote)) return { quote, stopped: [] };
  const cancelled: Quote = {
    ...quote,
    version: quote.version + 1,
    state: 'cancelled',
    items: quote.items.map((item) => (isPending(item) ? { ...item, state: 'cancelled' } : item)),
  };
  await updateQuote(tx, cancelled);
  return { quote: cancelled, stopped: await cancelUnwanted(tx, quote.tenant, hashes) };
}
