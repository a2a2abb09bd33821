import type { Order, OrderStatus } from '#contracts/orders';

/** One line of the lists, as the projection writes it, and what it is found by. Names are those of the columns. */
export interface ProjectedRow {
  id: string;
  version: number;
  number: string;
  status: OrderStatus;
  /** Null: the last change of status is not at hand; the row's own stands. */
  status_since: string | null;
  source: Order['source'];
  buyer_id: string;
  buyer_name: string;
  rush: boolean;
  on_hold: boolean;
  total_minor: number | null;
  currency: string;
  payment: Order['payment']['state'];
  placed_at: string;
  due_at: string | null;
  items: number;
  pieces: number;
  files: string[];
  open_conflicts: number;
  search: string;
}

const FILES_SHOWN = 3;
const SEARCH_LENGTH = 2000;

/** What lists show of an order. */
export function projectRow(order: Order, statusSince: string | null): ProjectedRow {
  const files = order.items.map((item) => item.specification.fileName);
  return {
    id: order.id,
    version: order.version,
    number: order.number,
    status: order.status,
    status_since: statusSince,
    source: order.source,
    buyer_id: order.buyer.id,
    buyer_name: order.buyer.name,
    rush: order.rush,
    on_hold: order.hold !== null || order.items.some((item) => item.hold !== null),
    total_minor: order.total?.minor ?? null,
    currency: order.currency,
    payment: order.payment.state,
    placed_at: order.placedAt,
    due_at: order.dueAt,
    items: order.items.length,
    pieces: order.items.reduce((sum, item) => sum + item.specification.quantity, 0),
    files: [...new Set(files)].slice(0, FILES_SHOWN),
    open_conflicts: order.conflicts.filter((conflict) => conflict.resolvedAt === null).length,
    search: searchText([order.number, order.buyer.name, order.reference, ...new Set(files)]),
  };
}

/** Lower case and with single spaces, as both the stored text and what is searched for. */
export function searchText(parts: readonly string[]): string {
  return parts.join(' ').toLowerCase().replaceAll(/\s+/g, ' ').trim().slice(0, SEARCH_LENGTH);
}
