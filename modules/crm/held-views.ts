import type { OrderCard, OrdersQuery, ViewQuery } from '#contracts/crm';
import type { View } from '#platform/cache';
import type { Sql } from '#platform/database';
import { askedOf, countMine, countShared, filtersOf, orderPage, pageOf } from './order-page.ts';
import { cardScope, quoteScope, scopesOfList } from './scopes.ts';
import { listed, overdueSince, type StoredRow } from './store-list.ts';
import { findOrder, readComments, readProduction, readQuote, readTimeline } from './store-orders.ts';

/** Counts are the dearest read, and nobody acts on one: they may be this much older than the list beside them. */
const COUNTS_LAG_MS = 1_000;

/** A page of the list, the same for every seller who asks the same. */
export function ordersView(query: OrdersQuery, actorId: string): View {
  const { ids } = query;
  const asked = askedOf(query, actorId);
  const { filters, sort, after, limit } = asked;
  const isTimed = ids === undefined && filters.overdue === true;
  const view = {
    name: 'orders',
    key: JSON.stringify(ids ?? [filters, sort, after, limit]),
    scopes: ids === undefined ? scopesOfList(filters) : [...new Set(ids.split(',').map(cardScope))],
    isTimed,
  };
  if (ids === undefined && filters.search === undefined && !isTimed) {
    return {
      ...view,
      value: (sql) => listed(sql, asked),
      filled: (rows) => ({ members: pageOf(rows as StoredRow[], asked), hidden: undefined }),
    };
  }
  return {
    ...view,
    async read(tx) {
      const [members, time] = await Promise.all([orderPage(tx, query, actorId), isTimed ? overdueTime(tx) : {}]);
      return { members, hidden: undefined, ...time };
    },
  };
}

/** What all sellers share of the counts, and how many are the seller's own. */
export function countsViews(query: ViewQuery, actorId: string): View[] {
  const filters = filtersOf(query, actorId);
  const lag = { mayLagMs: COUNTS_LAG_MS, isTimed: true };
  return [
    {
      name: 'counts',
      key: JSON.stringify(filters),
      scopes: scopesOfList(filters),
      ...lag,
      async read(tx) {
        const [members, time] = await Promise.all([countShared(tx, filters), overdueTime(tx)]);
        return { members, hidden: undefined, ...time };
      },
    },
    {
      name: 'counts_mine',
      key: JSON.stringify([filters, actorId]),
      scopes: scopesOfList({ statuses: [], assignee: actorId }),
      ...lag,
      isTimed: filters.overdue === true,
      async read(tx) {
        const [mine, time] = await Promise.all([
          countMine(tx, filters, actorId),
          filters.overdue ? overdueTime(tx) : {},
        ]);
        return { members: { mine }, hidden: undefined, ...time };
      },
    },
  ];
}

/** An order with everything around it but its quote. Version 0: the read model has no such order. */
export function cardView(orderId: string): View<{ version: number; quoteId: string | null }> {
  return {
    name: 'card',
    key: orderId,
    scopes: [cardScope(orderId)],
    async read(tx) {
      const [stored, timeline, production, comments] = await Promise.all([
        findOrder(tx, orderId),
        readTimeline(tx, orderId),
        readProduction(tx, orderId),
        readComments(tx, orderId),
      ]);
      if (!stored) return { members: {}, hidden: { version: 0, quoteId: null } };
      const members: Omit<OrderCard, 'quote' | 'asOf'> = { ...stored, timeline, production, comments, merged: false };
      return { members, hidden: { version: stored.order.version, quoteId: stored.order.quoteId } };
    },
  };
}

/** The quote of a card: an object with it, or with null. */
export function quoteView(quoteId: string | null): View {
  return {
    name: 'card_quote',
    key: quoteId ?? '',
    scopes: quoteId === null ? [] : [quoteScope(quoteId)],
    async read(tx) {
      return { members: { quote: quoteId === null ? null : await readQuote(tx, quoteId) }, hidden: undefined };
    },
  };
}

/** Orders become overdue without anybody's doing: the answer is right until the next one does. */
async function overdueTime(tx: Sql): Promise<{ rightForMs: number; moment: string }> {
  const { last, nextInMs } = await overdueSince(tx);
  return { rightForMs: nextInMs ?? Number.POSITIVE_INFINITY, moment: last ?? '' };
}
