import type { ProductionEvent } from '#contracts/mes';
import type { Order, OrderItem, Specification } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import type { Moment } from './effects.ts';
import { withItem, withItems } from './items.ts';

/** Whether the quote prices what the order asks for now; a quote of an earlier specification does not. */
export function quoteFits(order: Order, quote: Quote): boolean {
  return (
    quote.currency === order.currency &&
    quote.leadTier === order.leadTier &&
    quote.rush === order.rush &&
    quote.items.length === order.items.length &&
    order.items.every((item, index) => sameWish(item.specification, quote.items[index]!.specification))
  );
}

/** Process and finish may be left to pricing: an empty one in the order fits whatever pricing chose. */
function sameWish(asked: Specification, priced: Specification): boolean {
  return (
    asked.modelId === priced.modelId &&
    asked.unit === priced.unit &&
    asked.material === priced.material &&
    asked.quantity === priced.quantity &&
    (asked.finish === '' || asked.finish === priced.finish)
  );
}

/** The order with the quote's answer in each item; the fold makes it `priced` or `needs_review`. */
export function withQuote(order: Order, quote: Quote): Order {
  const items = order.items.map((item, index): OrderItem => {
    const answer = quote.items[index]!;
    const { process, finish } = answer.specification;
    const specification = { ...item.specification, process, finish };
    if (answer.state === 'ready' && answer.total) {
      const { unitPrice, total } = answer;
      return { ...item, specification, state: 'priced', unitPrice, total, reviewReason: null };
    }
    const reviewReason = answer.problem?.message ?? 'Pricing could not calculate this item safely.';
    return { ...item, specification, state: 'review', unitPrice: null, total: null, reviewReason };
  });
  return withItems({ ...order, quoteId: quote.id, quoteExpiresAt: quote.expiresAt, total: quote.total }, items);
}

/**
 * What a fact from the shop floor makes of the order: the states it passes, in order (two where the first news of an item
 * is that it is done). Empty: the fact is known already. Where its edge is closed the counts are kept and a conflict opens.
 */
export function withProduction(order: Order, fact: ProductionEvent, factName: string, moment: Moment): Order[] {
  const item = order.items.find(({ id }) => id === fact.itemId);
  if (!item || fact.version <= item.productionVersion) return [];
  const counted: OrderItem = {
    ...item,
    made: fact.made,
    scrapped: fact.scrapped,
    productionVersion: fact.version,
  };
  const isDone = fact.done && fact.made >= item.specification.quantity;
  if (!isOpen(order, item)) {
    const recorded = withItem(order, counted);
    const isSettled = isDone && order.status !== 'cancelled' && ['made', 'packed', 'shipped'].includes(item.state);
    return [isSettled ? recorded : withConflict(recorded, item, factName, moment)];
  }
  const started = withItem(order, { ...counted, state: 'making' });
  if (!isDone) return [started];
  const made = withItem(order, { ...counted, state: 'made' });
  return order.status === 'approved' && made.status !== 'in_production' ? [started, made] : [made];
}

function isOpen(order: Order, item: OrderItem): boolean {
  const isMaking = order.status === 'approved' || order.status === 'in_production';
  return isMaking && (item.state === 'queued' || item.state === 'making' || item.state === 'made');
}

/** One open conflict per item and kind of fact: more news of the same kind does not ask the same person again. */
function withConflict(order: Order, item: OrderItem, fact: string, { now, newId }: Moment): Order {
  const isAsked = order.conflicts.some(
    (conflict) => conflict.itemId === item.id && conflict.fact === fact && conflict.resolvedAt === null,
  );
  if (isAsked) return order;
  const text = `Item ${item.line}: the shop floor reports work while the order is ${order.status}.`;
  return {
    ...order,
    conflicts: [...order.conflicts, { id: newId(), itemId: item.id, at: now, fact, text, resolvedAt: null }],
  };
}
