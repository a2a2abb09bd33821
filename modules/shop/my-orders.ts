import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { COMMON_ERRORS } from '#contracts/errors';
import type { OrderStatus } from '#contracts/orders';
import type { ShopOrdersPage, ShopOrdersQuery } from '#contracts/shop';
import type { View } from '#platform/cache';
import type { Sql } from '#platform/database';
import { decodeCursor, encodeCursor, Fault } from '#platform/http';
import { liveScope } from './desk.ts';
import { type After, findRows, listOrders } from './store-orders.ts';

const PAGE = 20;

/** A page of this customer's orders, newest first; with `ids` just those, as they are now. */
export function myOrdersView(buyerId: string, query: ShopOrdersQuery): View {
  return {
    name: 'my_orders',
    key: JSON.stringify([buyerId, query.ids, query.status, query.cursor, query.limit]),
    scopes: [liveScope(buyerId)],
    read: async (tx) => ({ members: await myOrders(tx, buyerId, query), hidden: undefined }),
  };
}

async function myOrders(sql: Sql, buyerId: string, query: ShopOrdersQuery): Promise<Omit<ShopOrdersPage, 'asOf'>> {
  if (query.ids) return { items: await findRows(sql, buyerId, query.ids.split(',')), next: null };
  const limit = query.limit ?? PAGE;
  const statuses = query.status ? ([...new Set(query.status.split(','))] as OrderStatus[]) : [];
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const rows = await listOrders(sql, { buyerId, statuses, after, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1)! : null;
  return { items, next: last ? encodeCursor([last.placedAt, last.id]) : null };
}

const isCursor = Compile(Type.Tuple([Type.String({ format: 'date-time' }), Type.String({ format: 'uuid' })]));

function readCursor(text: string): After {
  const values = decodeCursor(text);
  if (isCursor.Check(values)) return { placedAt: values[0], id: values[1] };
  throw new Fault(COMMON_ERRORS['request.invalid'], {
    detail: 'The cursor belongs to another list: start from the first page',
  });
}
