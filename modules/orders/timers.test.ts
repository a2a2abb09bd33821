import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#platform/clock';
import { type OrdersUnderTest, ordersUnderTest, placingBody, until } from './orders-under-test.ts';
import { DEFAULT_RULES } from './transitions.ts';

const INSTANCES = 3;
let room: OrdersUnderTest;
before(async () => {
  room = await ordersUnderTest({ instances: INSTANCES, rules: { ...DEFAULT_RULES, autoCloseDays: 0 } });
});
after(() => room.close());

test('an expired price is asked for anew, once, with several processes looking', async () => {
  const buyer = room.actor('customer');
  const expiresAt = new Date(Date.now() + 1_500).toISOString();
  const placed = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const quote = room.pricing.addQuote(buyer.id, 1, { expiresAt });
      const { status, body } = await room.place(buyer, placingBody({ quoteId: quote.id }), index);
      assert.equal(status, 201, JSON.stringify(body));
      assert.equal(body.status, 'priced');
      return body;
    }),
  );
  for (const { orderId } of placed) {
    const { body } = await until(
      () => room.view(buyer, orderId),
      (seen) => seen.body.order.status === 'submitted',
      'the order submitted again',
    );
    assert.equal(body.order.quoteId, null);
    assert.equal(body.order.total, null);
    assert.equal(body.order.items[0]!.state, 'pricing');
    const entries = await room.history(buyer, orderId);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['place', 'all_priced', 'expire_quote'],
    );
    assert.equal(entries[2]!.cause.kind, 'timer');
  }
});

test('a shipped order closes by itself', async () => {
  const buyer = room.actor('customer');
  const everybody = room.actor(['seller', 'packer']);
  const quote = room.pricing.addQuote(buyer.id);
  const { orderId, version } = (await room.place(buyer, placingBody({ quoteId: quote.id, accept: true }))).body;
  const [item] = (await room.view(buyer, orderId)).body.order.items;
  const command = async (name: Parameters<OrdersUnderTest['command']>[2], parts: object = {}) => {
    const seen = (await room.view(everybody, orderId)).body.order.version;
    const answer = await room.command(everybody, orderId, name, { commandId: newId(), version: seen, ...parts });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  assert.equal(version, 3);
  await command('record_payment', { state: 'recorded', reference: 'Invoice 2' });
  await command('approve');
  await room.publish('mes', 'production.made', orderId, {
    orderId,
    itemId: item!.id,
    version: 1,
    startedAt: new Date().toISOString(),
    made: item!.specification.quantity,
    scrapped: 0,
    done: true,
    actor: { id: newId(), name: 'Olga' },
    reason: '',
  });
  await until(
    () => room.view(buyer, orderId),
    ({ body }) => body.order.status === 'produced',
    'the order produced',
  );
  await command('pack');
  await command('ship', { carrier: 'Post', trackingNumber: 'RR9' });
  await until(
    () => room.view(buyer, orderId),
    ({ body }) => body.order.status === 'closed',
    'the order closed',
  );
  const names = (await room.history(buyer, orderId)).map(({ name }) => name);
  assert.deepEqual(names.slice(-4), ['production_made', 'pack', 'ship', 'auto_close']);
});
