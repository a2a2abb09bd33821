import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cart, ShopOrderPage, ShopOrderRow, ShopOrdersPage } from '#contracts/shop';
import { newId } from '#platform/clock';
import { exampleOrder, SECRET } from './order-examples.ts';
import { type Customer, type ShopUnderTest, shopUnderTest } from './shop-under-test.ts';

let shop: ShopUnderTest;
before(async () => {
  shop = await shopUnderTest();
});
after(() => shop.close());

async function everyPage(customer: Customer, query: string): Promise<ShopOrderRow[]> {
  const items: ShopOrderRow[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await customer.get<ShopOrdersPage>(`/orders?${query}${cursor}`);
    items.push(...body.items);
    if (body.next === null) return items;
    cursor = `&cursor=${body.next}`;
  }
}

test('my orders come newest first, page by page, by status, and are mine only', async () => {
  const me = await shop.customer();
  const other = await shop.customer();
  const statuses = ['submitted', 'priced', 'shipped', 'priced', 'closed', 'shipped', 'submitted'] as const;
  const mine = statuses.map((status) => exampleOrder(me.id, { status }));
  for (const order of mine) await shop.say(order);
  await shop.tell(exampleOrder(other.id));

  const newestFirst = mine.map(({ id }) => id).reverse();
  assert.deepEqual(
    (await everyPage(me, 'limit=3')).map(({ id }) => id),
    newestFirst,
  );
  const some = await everyPage(me, 'limit=1&status=priced,closed');
  assert.deepEqual(
    some.map(({ status }) => status),
    ['closed', 'priced', 'priced'],
  );
  assert.equal((await everyPage(other, '')).length, 1);
  assert.deepEqual((await other.get<ShopOrdersPage>(`/orders?ids=${newestFirst.join(',')}`)).body.items, []);

  const { body } = await me.get<ShopOrdersPage>('/orders');
  assert.ok(Math.abs(Date.now() - Date.parse(body.asOf!)) < 60_000);
  assert.equal((await me.get('/orders?cursor=nonsense')).status, 400);
  assert.equal((await me.get('/orders?limit=51')).status, 400);
});

test('repeats and reordering change nothing; a partner’s orders are not here', async () => {
  const me = await shop.customer();
  const other = await shop.customer();
  const first = exampleOrder(me.id);
  const third = { ...first, version: 3, status: 'approved' as const };
  await shop.tell(third);
  await shop.say(third);
  await shop.say({ ...first, version: 2, status: 'confirmed' }, { name: 'accept', from: 'priced' });
  // Each in a batch of its own: within one the newest wins anyway.
  await shop.tell(exampleOrder(other.id));
  await shop.say(first);
  await shop.tell(exampleOrder(other.id));
  await shop.tell(exampleOrder(me.id));
  await shop.say(exampleOrder(me.id, { buyer: { ...first.buyer, kind: 'partner' } }));
  await shop.tell(exampleOrder(other.id));

  const page = await me.get<ShopOrderPage>(`/orders/${first.id}`);
  assert.equal(page.body.order.version, 3);
  assert.deepEqual(
    page.body.timeline.map(({ name }) => name),
    ['place', 'accept', 'approve'],
  );
  assert.equal((await everyPage(me, '')).length, 2);
});

test('the page shows the buyer what concerns them, and nobody else anything', async () => {
  const me = await shop.customer();
  const order = exampleOrder(me.id, { version: 2, status: 'cancelled' });
  await shop.tell(order, { name: 'cancel', from: 'priced', reason: 'No silver left' });
  const page = await me.get<ShopOrderPage>(`/orders/${order.id}`);
  assert.equal(page.status, 200);
  assert.equal(JSON.stringify(page.body).includes(SECRET), false);
  assert.deepEqual(
    page.body.timeline.map(({ by, reason }) => [by, reason]),
    [['seller', 'No silver left']],
  );

  shop.orders.truth.set(order.id, order);
  const stranger = await shop.customer();
  for (const [method, path, body] of [
    ['GET', `/orders/${order.id}`],
    ['GET', `/orders/${order.id}?version=2`],
    ['POST', `/orders/${order.id}/reorder`, { cartId: newId() }],
  ] as const) {
    const answer = await shop.ask<{ code: string }>(stranger.token, path, method, body);
    assert.deepEqual([answer.status, answer.body.code], [404, 'shop.order_not_found'], path);
  }
  const seller = await shop.actors.token('seller', me.id);
  assert.equal((await shop.ask(seller, `/orders/${order.id}`)).status, 403);
});

test('a known version is waited for, and asked of orders when it does not come', async () => {
  const me = await shop.customer();
  const order = exampleOrder(me.id);
  await shop.tell(order);
  shop.orders.asked = 0;
  const waiting = me.get<ShopOrderPage>(`/orders/${order.id}?version=2`);
  await shop.say({ ...order, version: 2, status: 'priced' });
  assert.equal((await waiting).body.order.version, 2);
  assert.equal(shop.orders.asked, 0, 'the read model was in time');

  shop.orders.truth.set(order.id, { ...order, version: 3, status: 'approved' });
  const merged = await me.get<ShopOrderPage>(`/orders/${order.id}?version=3`);
  assert.deepEqual([merged.body.order.version, merged.body.timeline.at(-1)?.version], [3, 3]);
  assert.equal(JSON.stringify(merged.body).includes(SECRET), false);

  shop.orders.away = true;
  const older = await me.get<ShopOrderPage>(`/orders/${order.id}?version=4`);
  assert.equal(older.body.order.version, 2, 'with orders away the last known is shown, and says which it is');
  const unknown = await me.get(`/orders/${newId()}`);
  assert.equal(unknown.status, 503);
  shop.orders.away = false;
});

test('an order that the read model has not heard of yet is shown from orders', async () => {
  const me = await shop.customer();
  const order = exampleOrder(me.id);
  shop.orders.truth.set(order.id, order);
  assert.equal((await me.get<ShopOrderPage>(`/orders/${order.id}`)).body.order.id, order.id);
});

test('a change of my order reaches my open screen, and no other’s', async () => {
  const me = await shop.customer();
  const order = exampleOrder(me.id);
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${me.token}` };
  const stream = await fetch(shop.url('/orders/live'), { headers, signal: stop.signal });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const hear = async (text: string) => {
    while (!heard.includes(text)) heard += (await reader.read()).value;
  };
  await hear('event: ready');
  await shop.tell(exampleOrder((await shop.customer()).id));
  await shop.tell(order);
  await hear('event: changes');
  assert.match(heard, new RegExp(`"changes":\\[{"id":"${order.id}","version":1}\\]`));
  stop.abort();
});

test('reordering makes a draft of what was ordered, once', async () => {
  const me = await shop.customer();
  const order = exampleOrder(me.id);
  await shop.tell(order);
  const cartId = newId();
  const first = await me.post<Cart>(`/orders/${order.id}/reorder`, { cartId });
  assert.equal(first.status, 200);
  const { modelId, fileName, unit, material, finish, quantity } = order.items[0]!.specification;
  assert.deepEqual(first.body.items, [{ modelId, fileName, unit, material, finish, quantity }]);
  const again = await me.post<Cart>(`/orders/${order.id}/reorder`, { cartId });
  assert.deepEqual(again.body, first.body);
});
