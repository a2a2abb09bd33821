import type { OrderStatus } from '#contracts/orders';
import type { News } from '#platform/live';
import type { Filters } from './store-list.ts';

/** The list that every screen of the CRM follows live. */
export const LIVE_SCOPE = 'orders';

/** Any row of the lists. */
const ROWS = 'rows';

/** One scope per customer, order or quote would be a row of `live_gen` each for ever; by the id's random end there are 4,096. */
function bucket(kind: 'buyer' | 'card' | 'quote', id: string): string {
  return `${kind}:${id.slice(-3).toLowerCase()}`;
}

export const cardScope = (orderId: string) => bucket('card', orderId);
export const quoteScope = (quoteId: string) => bucket('quote', quoteId);
const statusScope = (status: string) => `status:${status}`;
const assigneeScope = (personId: string | null) => `assignee:${personId ?? 'none'}`;

/** A row of the lists that has changed: what lists can be narrowed by, as it is and as it was (null: it was not there). */
export interface ChangedRow {
  id: string;
  version: number;
  buyer_id: string;
  status: OrderStatus;
  was_status: OrderStatus | null;
  assignee_id: string | null;
  was_assignee_id: string | null;
  /** Rush, on hold, in conflict: as it is or as it was. */
  rush: boolean;
  hold: boolean;
  conflict: boolean;
}

/** Everything in which these rows are shown, were shown, or would be. `cards`: orders whose card has changed beside them. */
export function newsOfOrders(rows: readonly ChangedRow[], cards: readonly string[] = []): News[] {
  const scopes = new Set([...rows.flatMap(scopesOf), ...cards.map(cardScope)]);
  const news: News[] = [...scopes].map((scope) => ({ scope }));
  if (rows.length > 0) news.push({ scope: LIVE_SCOPE, changes: rows.map(({ id, version }) => ({ id, version })) });
  return news;
}

export function newsOfQuotes(ids: readonly string[]): News[] {
  return [...new Set(ids.map(quoteScope))].map((scope) => ({ scope }));
}

function scopesOf(row: ChangedRow): string[] {
  const { id, buyer_id, status, was_status, assignee_id, was_assignee_id, rush, hold, conflict } = row;
  return [
    ROWS,
    cardScope(id),
    bucket('buyer', buyer_id),
    statusScope(status),
    statusScope(was_status ?? status),
    assigneeScope(assignee_id),
    assigneeScope(was_assignee_id),
    ...(rush ? ['rush'] : []),
    ...(hold ? ['hold'] : []),
    ...(conflict ? ['conflict'] : []),
  ];
}

/** What a list under these filters is made of. Filters narrow each other, so one of them is enough: the narrowest. */
export function scopesOfList({ statuses, assignee, buyer, rush, hold, conflict }: Filters): string[] {
  if (buyer) return [bucket('buyer', buyer)];
  if (conflict) return ['conflict'];
  if (hold) return ['hold'];
  if (assignee) return [assigneeScope(assignee === 'none' ? null : assignee)];
  if (statuses.length > 0) return statuses.map(statusScope);
  return rush ? ['rush'] : [ROWS];
}
