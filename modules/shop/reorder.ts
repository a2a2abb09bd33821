import type { Cart, CartItem, ShopOrder } from '#contracts/shop';
import { readCart } from './carts.ts';
import type { Desk } from './desk.ts';
import { type Asked, orderPage } from './order-page.ts';
import { insertCart } from './store-carts.ts';

/** A new draft of what was ordered then. The same draft id again gets the same draft. */
export async function reorder(desk: Desk, asked: Asked, cartId: string): Promise<Cart> {
  const { order } = await orderPage(desk, asked);
  const { currency, leadTier, rush } = order;
  const items = order.items.map(({ specification }) => draftOf(specification));
  await insertCart(desk.sql, asked.buyerId, cartId, { items, currency, leadTier, rush, quoteId: null });
  return readCart(desk.sql, asked.buyerId, cartId);
}

/** An order's note and finish may be empty; a draft leaves them out. */
function draftOf(specification: ShopOrder['items'][number]['specification']): CartItem {
  const { modelId, fileName, unit, material, finish, quantity, note } = specification;
  return { modelId, fileName, unit, material, quantity, ...(finish && { finish }), ...(note && { note }) };
}
