import type { HistoryEntry, Order } from '#contracts/orders';

/** What the buyer did, and the ends for which they deserve the reason; other reasons are the house's own notes. */
const TOLD_WHY: ReadonlySet<string> = new Set(['cancel', 'reject']);

/** The order as its buyer may see it: without the staff's names, notes and open questions. */
export function orderForBuyer(order: Order): Order {
  const bare = (hold: Order['hold']): Order['hold'] => hold && { ...hold, by: '', reason: '' };
  return {
    ...order,
    hold: bare(order.hold),
    items: order.items.map((item) => ({ ...item, hold: bare(item.hold) })),
    conflicts: [],
  };
}

/** A line of the history as the buyer may see it: what happened and when, by which role; their own name only. */
export function entryForBuyer(entry: HistoryEntry, buyerId: string): HistoryEntry {
  if (entry.actor.id === buyerId) return entry;
  return {
    ...entry,
    actor: { id: '', name: '', role: entry.actor.role },
    reason: TOLD_WHY.has(entry.name) ? entry.reason : '',
  };
}
