import type { Address, CommandAnswer, PlaceOrder } from '#contracts/orders';
import { type Cart, type OrderCart, SHOP_ERRORS } from '#contracts/shop';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { askToPlace } from './ask-orders.ts';
import { readCart } from './carts.ts';
import type { Desk } from './desk.ts';
import { findAddress } from './store-addresses.ts';
import { markOrdered } from './store-carts.ts';

const COME_BACK_SECONDS = 300;

/**
 * Turns a draft into an order. The draft's id is the command's id, so that a repeat, a second window and an answer that got
 * lost all lead to the same one order; which order that is, the read model also hears from the order's own event.
 */
export async function orderCart(
  { sql, orders, flags }: Desk,
  { ownerId, token }: { ownerId: string; token: string },
  request: OrderCart,
): Promise<CommandAnswer> {
  if (!(await flags.enabled('shop.accept_orders', { targetingKey: ownerId }))) {
    throw new Fault(SHOP_ERRORS['shop.closed'], { retryAfterSeconds: COME_BACK_SECONDS });
  }
  const cart = await readCart(sql, ownerId, request.cartId);
  const deliveryAddress = await addressOf(sql, ownerId, request.delivery);
  try {
    const answer = await askToPlace(orders, placing(cart, request, deliveryAddress), token);
    await markOrdered(sql, ownerId, cart.id, answer.orderId);
    return answer;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'order.command_id_reused') throw error;
    const current = await readCart(sql, ownerId, cart.id);
    throw new Fault(SHOP_ERRORS['shop.cart_ordered'], { members: { current }, cause: error });
  }
}

/** What is asked of `orders`. Throws where the draft has nothing to order, or no price to accept. */
export function placing(cart: Cart, request: OrderCart, deliveryAddress: Address): PlaceOrder {
  const { id, items, quoteId, currency, leadTier, rush } = cart;
  const { accept, acceptUpTo, reference, contact } = request;
  if (items.length === 0) throw new Fault(SHOP_ERRORS['shop.cart_empty']);
  if (accept && !quoteId) throw new Fault(SHOP_ERRORS['shop.cart_unquoted']);
  return {
    commandId: id,
    ...(quoteId ? { quoteId } : { items: items.map(({ fileName: _, ...item }) => item) }),
    ...(accept === undefined ? {} : { accept }),
    ...(acceptUpTo === undefined ? {} : { acceptUpTo }),
    ...(reference === undefined ? {} : { reference }),
    currency,
    leadTier,
    rush,
    deliveryAddress,
    contact,
  };
}

async function addressOf(sql: Sql, ownerId: string, delivery: OrderCart['delivery']): Promise<Address> {
  if ('address' in delivery) return delivery.address;
  const saved = await findAddress(sql, ownerId, delivery.addressId);
  if (!saved) throw new Fault(SHOP_ERRORS['shop.address_not_found']);
  return saved.address;
}
