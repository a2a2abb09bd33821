import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cart, MOST_ADDRESSES, MOST_CARTS, type SavedAddress } from '#contracts/shop';
import { appendEvents } from '#platform/bus';
import { newId } from '#platform/clock';
import { exampleAddress, exampleOrder, exampleQuote } from './order-examples.ts';
import { type ShopUnderTest, shopUnderTest } from './shop-under-test.ts';

let shop: ShopUnderTest;
before(async () => {
  shop = await shopUnderTest();
});
after(() => shop.close());

interface Problem {
  code: string;
  current?: Cart;
}

const item = () => ({
  modelId: newId(),
  fileName: 'ring.stl',
  unit: 'mm',
  material: 'silver-925',
  finish: 'polished',
  quantity: 2,
  note: 'Size 17',
});

function draft(parts: object = {}) {
  return { version: 0, items: [item()], currency: 'RUB', leadTier: 'standard', rush: false, quoteId: null, ...parts };
}

const contact = { name: 'Анна', email: 'anna@example.com' };
const ordering = (cartId: string, parts: object = {}) => ({
  cartId,
  delivery: { address: exampleAddress },
  contact,
  ...parts,
});

test('a draft is kept and found again by its link', async () => {
  const me = await shop.customer();
  const path = `/carts/${newId()}`;
  const wanted = draft();
  const saved = await me.put<Cart>(path, wanted);
  assert.deepEqual([saved.status, saved.body.version, saved.body.items], [200, 1, wanted.items]);
  assert.deepEqual((await me.get<Cart>(path)).body, saved.body);

  const changed = await me.put<Cart>(path, draft({ version: 1, leadTier: 'express' }));
  assert.deepEqual([changed.body.version, changed.body.leadTier], [2, 'express']);
  const { body } = await me.get<{ items: Cart[] }>('/carts');
  assert.deepEqual(body.items, [changed.body]);
  assert.equal((await me.remove(path)).status, 204);
  assert.equal((await me.get(path)).status, 404);
});

test('a visitor drafts too; a draft is its owner’s alone', async () => {
  const guest = await shop.actors.token([], newId());
  const cartId = newId();
  assert.equal((await shop.ask(guest, `/carts/${cartId}`, 'PUT', draft())).status, 200);
  const stranger = await shop.customer();
  for (const [method, body] of [['GET'], ['PUT', draft()], ['PUT', draft({ version: 1 })], ['DELETE']] as const) {
    const answer = await shop.ask<Problem>(stranger.token, `/carts/${cartId}`, method, body);
    assert.deepEqual([answer.status, answer.body.code], [404, 'shop.cart_not_found'], method);
  }
  const ordered = await stranger.post<Problem>('/orders', ordering(cartId));
  assert.deepEqual([ordered.status, ordered.body.code], [404, 'shop.cart_not_found']);
  assert.equal((await shop.ask(guest, '/orders', 'POST', ordering(cartId))).status, 403);
});

test('a draft that was changed in another window is not overwritten', async () => {
  const me = await shop.customer();
  const path = `/carts/${newId()}`;
  await me.put(path, draft());
  const writers = [1, 2, 3, 4].map((quantity) => draft({ version: 1, items: [{ ...item(), quantity }] }));
  const answers = await Promise.all(writers.map((body) => me.put<Cart & Problem>(path, body)));
  const [won, ...more] = answers.filter(({ status }) => status === 200);
  assert.equal(more.length, 0);
  const [lost] = answers.filter(({ status }) => status === 409);
  assert.equal(lost!.body.code, 'shop.cart_changed');
  assert.deepEqual(lost!.body.current, won!.body);
});

test('the oldest drafts make room for new ones', async () => {
  const me = await shop.customer();
  const first = newId();
  await me.put(`/carts/${first}`, draft());
  for (let n = 0; n < MOST_CARTS; n++) await me.put(`/carts/${newId()}`, draft());
  assert.equal((await me.get<{ items: Cart[] }>('/carts')).body.items.length, MOST_CARTS);
  assert.equal((await me.get(`/carts/${first}`)).status, 404);
});

test('a draft shows how its quote stands', async () => {
  const me = await shop.customer();
  const quote = exampleQuote(me.id);
  const path = `/carts/${newId()}`;
  await me.put(path, draft({ quoteId: quote.id }));
  const total = { minor: 100, currency: 'RUB' as const };
  const ready = { ...quote, version: 2, state: 'ready' as const, total, expiresAt: '2026-04-01T00:00:00.000Z' };
  const stranger = exampleQuote(newId());
  await appendEvents(
    shop.database.sql('pricing'),
    [ready, quote, stranger].map((one) => ({ type: `quote.${one.state}`, key: one.id, data: { quote: one } })),
  );
  shop.bus.hint();
  let cart: Cart;
  do cart = (await me.get<Cart>(path)).body;
  while (!cart.quote);
  assert.deepEqual(cart.quote, { state: 'ready', total, expiresAt: ready.expiresAt });
  const foreign = await me.put<Cart>(`/carts/${newId()}`, draft({ quoteId: stranger.id }));
  assert.equal(foreign.body.quote, null, 'somebody else’s quote says nothing');
});

test('one draft becomes one order, however often it is sent, with the customer’s own token', async () => {
  const me = await shop.customer();
  const cartId = newId();
  const wanted = draft();
  await me.put(`/carts/${cartId}`, wanted);
  const addressId = newId();
  await me.put(`/addresses/${addressId}`, { address: exampleAddress });
  const body = ordering(cartId, { delivery: { addressId }, reference: 'PO 1' });
  const first = await me.post<{ orderId: string }>('/orders', body);
  assert.equal(first.status, 201);
  const again = await me.post<{ orderId: string }>('/orders', body);
  assert.deepEqual([again.status, again.body.orderId], [200, first.body.orderId]);

  const { fileName: _, ...sent } = wanted.items[0]!;
  const { body: asked, token } = shop.orders.placed.get(cartId)!;
  assert.equal(token, me.token);
  assert.deepEqual(asked.items, [sent]);
  assert.deepEqual([asked.deliveryAddress, asked.reference, asked.contact], [exampleAddress, 'PO 1', contact]);

  const other = await me.post<Problem>('/orders', ordering(cartId, { reference: 'PO 2' }));
  assert.deepEqual([other.status, other.body.code], [409, 'shop.cart_ordered']);
  assert.equal(other.body.current?.orderId, first.body.orderId);
  const changed = await me.put<Problem>(`/carts/${cartId}`, draft({ version: 1 }));
  assert.deepEqual([changed.status, changed.body.code], [409, 'shop.cart_ordered']);
  assert.deepEqual((await me.get<{ items: Cart[] }>('/carts')).body.items, []);
});

test('a draft whose answer got lost is known as ordered from the order’s own event', async () => {
  const me = await shop.customer();
  const cartId = newId();
  await me.put(`/carts/${cartId}`, draft());
  const order = exampleOrder(me.id);
  await shop.tell(order, { cause: { kind: 'command', id: cartId } });
  assert.equal((await me.get<Cart>(`/carts/${cartId}`)).body.orderId, order.id);
});

test('a quoted draft is ordered by its quote; what cannot be ordered is refused before and by orders', async () => {
  const me = await shop.customer();
  const refused = async (parts: object, request: object = {}) => {
    const cartId = newId();
    await me.put(`/carts/${cartId}`, draft(parts));
    const { status, body } = await me.post<Problem & { detail?: string }>('/orders', ordering(cartId, request));
    return { status, code: body.code, detail: body.detail, asked: shop.orders.placed.get(cartId)?.body };
  };
  const quoteId = newId();
  const quoted = await refused({ quoteId }, { accept: true });
  assert.deepEqual([quoted.status, quoted.asked?.quoteId, quoted.asked?.accept], [201, quoteId, true]);
  assert.equal(quoted.asked?.items, undefined);
  assert.equal((await refused({ items: [] })).code, 'shop.cart_empty');
  assert.equal((await refused({}, { accept: true })).code, 'shop.cart_unquoted');
  assert.equal((await refused({}, { delivery: { addressId: newId() } })).code, 'shop.address_not_found');
  const byOrders = await refused({}, { reference: 'refuse' });
  assert.deepEqual([byOrders.status, byOrders.code, byOrders.detail], [409, 'order.quote_expired', 'Since noon']);
});

test('addresses are kept, corrected and removed by their owner alone, as many as there may be', async () => {
  const me = await shop.customer();
  const ids = Array.from({ length: MOST_ADDRESSES }, () => newId());
  for (const id of ids) await me.put(`/addresses/${id}`, { address: exampleAddress });
  const more = await me.put<Problem>(`/addresses/${newId()}`, { address: exampleAddress });
  assert.deepEqual([more.status, more.body.code], [409, 'shop.too_many_addresses']);

  const moved = { ...exampleAddress, city: 'Москва' };
  assert.equal((await me.put<SavedAddress>(`/addresses/${ids[0]}`, { address: moved })).body.address.city, 'Москва');
  const listed = await me.get<{ items: SavedAddress[] }>('/addresses');
  assert.deepEqual([listed.body.items.length, listed.body.items[0]?.id], [MOST_ADDRESSES, ids[0]]);

  const stranger = await shop.customer();
  const stolen = await stranger.put<Problem>(`/addresses/${ids[0]}`, { address: exampleAddress });
  assert.deepEqual([stolen.status, stolen.body.code], [404, 'shop.address_not_found']);
  assert.equal((await stranger.remove(`/addresses/${ids[0]}`)).status, 404);
  assert.equal((await me.remove(`/addresses/${ids[0]}`)).status, 204);
});

test('a closed shop takes no orders and says when to come back', async () => {
  const closed = await shopUnderTest({ switches: { 'shop.accept_orders': false } });
  const me = await closed.customer();
  const cartId = newId();
  await me.put(`/carts/${cartId}`, draft());
  const { status, body, headers } = await me.post<Problem>('/orders', ordering(cartId));
  assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'shop.closed', '300']);
  await closed.close();
});
