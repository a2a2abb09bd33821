import { type Cart, type SaveCart, SHOP_ERRORS } from '#contracts/shop';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { deleteCart, findCart, insertCart, updateCart } from './store-carts.ts';

/** The draft; 404 for one that is not this person's. */
export async function readCart(sql: Sql, ownerId: string, cartId: string): Promise<Cart> {
  const cart = await findCart(sql, ownerId, cartId);
  if (!cart) throw new Fault(SHOP_ERRORS['shop.cart_not_found']);
  return cart;
}

/** Keeps the draft. One that was changed elsewhere since, or was ordered, is refused with its current state. */
export async function saveCart(sql: Sql, ownerId: string, cartId: string, wanted: SaveCart): Promise<Cart> {
  const saved =
    wanted.version === 0
      ? await insertCart(sql, ownerId, cartId, wanted)
      : await updateCart(sql, ownerId, cartId, wanted);
  const current = await readCart(sql, ownerId, cartId);
  if (saved) return current;
  throw new Fault(SHOP_ERRORS[current.orderId ? 'shop.cart_ordered' : 'shop.cart_changed'], { members: { current } });
}

export async function removeCart(sql: Sql, ownerId: string, cartId: string): Promise<void> {
  if (!(await deleteCart(sql, ownerId, cartId))) throw new Fault(SHOP_ERRORS['shop.cart_not_found']);
}
