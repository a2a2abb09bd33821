import { type TSchema, Type } from 'typebox';
import { Id, type Role } from '#contracts/basics';
import { CommandAnswer } from '#contracts/orders';
import {
  Cart,
  Carts,
  OrderCart,
  Reorder,
  SaveAddress,
  SaveCart,
  SavedAddress,
  SavedAddresses,
  SHOP_ERRORS,
  ShopOrderPage,
  ShopOrdersPage,
  ShopOrdersQuery,
} from '#contracts/shop';
import { Fault, type Http, sse } from '#platform/http';
import { readCart, removeCart, saveCart } from './carts.ts';
import { type Desk, liveScope } from './desk.ts';
import { myOrdersView } from './my-orders.ts';
import { orderCart } from './order-cart.ts';
import { orderPage, orderView } from './order-page.ts';
import { reorder } from './reorder.ts';
import { deleteAddress, listAddresses, saveAddress } from './store-addresses.ts';
import { listCarts } from './store-carts.ts';

const ROOT = '/api/internal/v1/shop';
const closed = { additionalProperties: false } as const;
const tags = ['shop'];
/** Who buys in the shop; partners have a room of their own. */
const BUYERS = { access: { roles: ['customer'] as readonly Role[] } };
/** A visitor may draft before signing up: the guest keeps the id. */
const VISITORS = { access: 'signed_in' } as const;

const path = <Name extends string>(name: Name) => Type.Object({ [name]: Id } as Record<Name, typeof Id>, closed);
const OrderParams = path('orderId');
const CartParams = path('cartId');
const AddressParams = path('addressId');
const answers = <T extends TSchema>(schema: T) => ({ 200: schema });

export function shopRoutes(http: Http, desk: Desk): void {
  orderRoutes(http, desk);
  cartRoutes(http, desk);
  addressRoutes(http, desk);
}

function orderRoutes(http: Http, desk: Desk): void {
  http.get(
    `${ROOT}/orders`,
    { config: BUYERS, schema: { tags, querystring: ShopOrdersQuery, response: answers(ShopOrdersPage) } },
    (request, reply) => desk.cache.answer(request, reply, [myOrdersView(request.actor.id, request.query)]),
  );
  http.get(`${ROOT}/orders/live`, { config: BUYERS, schema: { tags } }, (request, reply) =>
    sse(request, reply, desk.live.source(liveScope(request.actor.id))),
  );
  http.get(
    `${ROOT}/orders/:orderId`,
    {
      config: BUYERS,
      schema: {
        tags,
        params: OrderParams,
        querystring: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
        response: answers(ShopOrderPage),
      },
    },
    async (request, reply) => {
      const { actor, actorToken: token, params, query } = request;
      const view = orderView(actor.id, params.orderId);
      const { version } = await desk.cache.hidden(view);
      if (version >= (query.version ?? 1)) return desk.cache.answer(request, reply, [view]);
      return orderPage(desk, { buyerId: actor.id, token, orderId: params.orderId, version: query.version ?? null });
    },
  );
  http.post(
    `${ROOT}/orders`,
    { config: BUYERS, schema: { tags, body: OrderCart, response: { 200: CommandAnswer, 201: CommandAnswer } } },
    async ({ actor, actorToken: token, body }, reply) => {
      const answer = await orderCart(desk, { ownerId: actor.id, token }, body);
      return reply.code(answer.repeated ? 200 : 201).send(answer);
    },
  );
  http.post(
    `${ROOT}/orders/:orderId/reorder`,
    { config: BUYERS, schema: { tags, params: OrderParams, body: Reorder, response: answers(Cart) } },
    async ({ actor, actorToken: token, params, body }) =>
      reorder(desk, { buyerId: actor.id, token, orderId: params.orderId, version: null }, body.cartId),
  );
}

function cartRoutes(http: Http, { sql }: Desk): void {
  http.get(`${ROOT}/carts`, { config: VISITORS, schema: { tags, response: answers(Carts) } }, async ({ actor }) => ({
    items: await listCarts(sql, actor.id),
  }));
  http.get(
    `${ROOT}/carts/:cartId`,
    { config: VISITORS, schema: { tags, params: CartParams, response: answers(Cart) } },
    async ({ actor, params }) => readCart(sql, actor.id, params.cartId),
  );
  http.put(
    `${ROOT}/carts/:cartId`,
    { config: VISITORS, schema: { tags, params: CartParams, body: SaveCart, response: answers(Cart) } },
    async ({ actor, params, body }) => saveCart(sql, actor.id, params.cartId, body),
  );
  http.delete(
    `${ROOT}/carts/:cartId`,
    { config: VISITORS, schema: { tags, params: CartParams } },
    async ({ actor, params }, reply) => {
      await removeCart(sql, actor.id, params.cartId);
      return reply.code(204).send();
    },
  );
}

function addressRoutes(http: Http, { sql }: Desk): void {
  http.get(
    `${ROOT}/addresses`,
    { config: BUYERS, schema: { tags, response: answers(SavedAddresses) } },
    async ({ actor }) => ({ items: await listAddresses(sql, actor.id) }),
  );
  http.put(
    `${ROOT}/addresses/:addressId`,
    { config: BUYERS, schema: { tags, params: AddressParams, body: SaveAddress, response: answers(SavedAddress) } },
    async ({ actor, params, body }) => {
      const saved = await saveAddress(sql, actor.id, params.addressId, body.address);
      if (saved === 'foreign') throw new Fault(SHOP_ERRORS['shop.address_not_found']);
      if (saved === 'full') throw new Fault(SHOP_ERRORS['shop.too_many_addresses']);
      return saved;
    },
  );
  http.delete(
    `${ROOT}/addresses/:addressId`,
    { config: BUYERS, schema: { tags, params: AddressParams } },
    async ({ actor, params }, reply) => {
      if (!(await deleteAddress(sql, actor.id, params.addressId))) {
        throw new Fault(SHOP_ERRORS['shop.address_not_found']);
      }
      return reply.code(204).send();
    },
  );
}
