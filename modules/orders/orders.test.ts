import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type { BucketDigests, OrderDigests, ReplayPage } from '#contracts/order-truth';
import type { OrderDigestPage } from '#contracts/orders';
import { newId } from '#platform/clock';
import { exampleQuote } from './order-examples.ts';
import { type OrdersUnderTest, ordersUnderTest, placingBody, until } from './orders-under-test.ts';

let room: OrdersUnderTest;
before(async () => {
  room = await ordersUnderTest({ instances: 2 });
});
after(() => room.close());

/** A confirmed order of this buyer; its answer. */
async function confirmedOrder(buyer: Actor) {
  const quote = room.pricing.addQuote(buyer.id);
  const { status, body } = await room.place(buyer, placingBody({ quoteId: quote.id, accept: true }));
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

describe('placing', () => {
  test('with an accepted quote: three history rows, three events, one transaction', async () => {
    const buyer = room.actor('customer');
    const { orderId, number, version, status } = await confirmedOrder(buyer);
    assert.equal(status, 'confirmed');
    assert.equal(version, 3);
    assert.match(number, /^FL-1\d{5}$/);
    const entries = await room.history(buyer, orderId);
    assert.deepEqual(
      entries.map((entry) => [entry.version, entry.name, entry.status]),
      [
        [1, 'place', 'submitted'],
        [2, 'all_priced', 'priced'],
        [3, 'accept', 'confirmed'],
      ],
    );
    const events = await room.database.sql('orders')`
      select topic, xid::text as xid, body from bus.feed where key = ${orderId} order by seq`;
    assert.deepEqual(
      events.map(({ topic }) => topic),
      ['order.submitted', 'order.priced', 'order.confirmed'],
    );
    assert.equal(new Set(events.map(({ xid }) => xid)).size, 1);
    assert.equal(events[2]!['body'].order.version, 3);
  });

  test('without a quote waits for pricing, whose answer confirms it within the limit', async () => {
    const buyer = room.actor('partner');
    const model = room.pricing.addModel(buyer.id);
    const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 3 }];
    const placed = await room.place(buyer, placingBody({ items, acceptUpTo: { minor: 10_000_000, currency: 'RUB' } }));
    assert.equal(placed.body.status, 'submitted');
    const { order } = (await room.view(buyer, placed.body.orderId)).body;
    assert.equal(order.items[0]!.specification.sha256, model.sha256);
    assert.equal(order.quoteId, null);

    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const quote = exampleQuote(order, 'ready', { orderId: order.id, expiresAt });
    await room.publish('pricing', 'quote.ready', quote.id, { quote });
    await room.publish('pricing', 'quote.ready', quote.id, { quote });
    const seen = await until(
      () => room.view(buyer, order.id),
      ({ body }) => body.order.status === 'confirmed',
      'the order confirmed',
    );
    assert.equal(seen.body.order.version, 3);
    assert.deepEqual(seen.body.order.total, quote.total);
    const [, priced, accepted] = await room.history(buyer, order.id);
    assert.equal(priced!.cause.kind, 'event');
    assert.deepEqual(accepted!.actor, { id: buyer.id, name: 'Anna Ivanova', role: 'partner' });
  });

  test('a quote of somebody else does not exist', async () => {
    const quote = room.pricing.addQuote(newId());
    const { status, body } = await room.place(room.actor('customer'), placingBody({ quoteId: quote.id }));
    assert.equal(status, 422);
    assert.equal(body.code, 'order.quote_unknown');
  });

  test('a seller orders for a customer on the phone, nobody else does', async () => {
    const seller = room.actor('seller');
    const customer = room.actor('customer');
    const quote = room.pricing.addQuote(seller.id);
    const body = placingBody({ quoteId: quote.id, accept: true, onBehalfOf: { customerId: customer.id } });
    const refused = await room.place(customer, body);
    assert.equal(refused.status, 403);
    const placed = await room.place(seller, body);
    assert.equal(placed.status, 201);
    const { order } = (await room.view(customer, placed.body.orderId)).body;
    assert.equal(order.source, 'crm');
    assert.equal(order.buyer.id, customer.id);
  });

  test('a partner’s person sees what the client’s key ordered', async () => {
    const key = room.actor('partner');
    const quote = room.pricing.addQuote(key.id);
    const placed = await room.place(key, placingBody({ quoteId: quote.id }));
    const person = { ...room.actor('partner'), clientId: key.id };
    assert.equal((await room.view(person, placed.body.orderId)).status, 200);
    assert.equal((await room.view({ ...person, clientId: newId() }, placed.body.orderId)).status, 404);
  });

  test('with pricing away nothing is accepted and nothing is written', async () => {
    const buyer = room.actor('customer');
    const quote = room.pricing.addQuote(buyer.id);
    const body = placingBody({ quoteId: quote.id, accept: true });
    room.pricing.state.isAway = true;
    const away = await room.place(buyer, body).finally(() => {
      room.pricing.state.isAway = false;
    });
    assert.equal(away.status, 503);
    assert.ok(Number(away.headers.get('retry-after')) >= 1);
    const again = await room.place(buyer, body);
    assert.equal(again.status, 201, 'the same command id is free for the next attempt');
  });

  test('refuses expired, foreign-currency and unready quotes with a reason', async () => {
    const buyer = room.actor('customer');
    const codeOf = async (overrides: object, parts: object) => {
      const quote = room.pricing.addQuote(buyer.id, 1, overrides);
      return (await room.place(buyer, placingBody({ quoteId: quote.id, ...parts }))).body.code;
    };
    assert.equal(await codeOf({ expiresAt: '2020-01-01T00:00:00.000Z' }, {}), 'order.quote_expired');
    assert.equal(await codeOf({}, { currency: 'EUR' }), 'order.quote_differs');
    assert.equal(await codeOf({ state: 'calculating' }, { accept: true }), 'order.quote_not_ready');
    assert.equal(await codeOf({ state: 'failed' }, {}), 'order.quote_unusable');
    const both = await room.place(buyer, placingBody({}));
    assert.equal(both.body.code, 'request.invalid');
  });

  test('50 times the same command at once: one order, one answer', async () => {
    const buyer = room.actor('customer');
    const quote = room.pricing.addQuote(buyer.id);
    const body = placingBody({ quoteId: quote.id, accept: true });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => room.place(buyer, body, index)));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.equal(answers.filter(({ status }) => status === 200).length, 49);
    const told = answers.map(({ body: { repeated: _repeated, ...answer } }) => JSON.stringify(answer));
    assert.equal(new Set(told).size, 1);
    const [row] = await room.sql`select count(*) from orders where body #>> '{buyer,id}' = ${buyer.id}`;
    assert.equal(row!['count'], 1);

    const changed = await room.place(buyer, { ...body, reference: 'another' });
    assert.equal(changed.status, 409);
    assert.equal(changed.body.code, 'order.command_id_reused');
  });
});

describe('commands', () => {
  test('two simultaneous approvals: one transition, the other 409', async () => {
    const { orderId, version } = await confirmedOrder(room.actor('customer'));
    const sellers = [room.actor('seller'), room.actor('seller')];
    const paid = { commandId: newId(), version, state: 'on_account', reference: 'Contract 7' };
    assert.equal((await room.command(sellers[0]!, orderId, 'record_payment', paid)).status, 200);
    const answers = await Promise.all(
      sellers.map((seller, index) =>
        room.command(seller, orderId, 'approve', { commandId: newId(), version: version + 1 }, index),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const lost = answers.find(({ status }) => status === 409)!.body;
    assert.equal(lost.code, 'order.stale_version');
    assert.equal(lost.current!.status, 'approved');
    assert.ok(lost.possible!.includes('hold') && !lost.possible!.includes('approve'));
    const names = (await room.history(sellers[0]!, orderId)).map(({ name }) => name);
    assert.deepEqual(names, ['place', 'all_priced', 'accept', 'record_payment', 'approve']);
  });

  test('50 times the same command at once: one version, one answer', async () => {
    const buyer = room.actor('customer');
    const { orderId, version } = await confirmedOrder(buyer);
    const body = { commandId: newId(), version, reason: 'Changed my mind' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => room.command(buyer, orderId, 'cancel', body, index)),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.version, version + 1);
    }
    assert.equal(answers.filter((answer) => !answer.body.repeated).length, 1);
    assert.equal((await room.history(buyer, orderId)).length, version + 1);
    const reused = await room.command(buyer, orderId, 'cancel', { ...body, reason: 'Something else' });
    assert.equal(reused.body.code, 'order.command_id_reused');
  });

  test('a partner’s people order as their client, whatever else they are', async () => {
    const clientId = newId();
    const person = { ...room.actor(['customer', 'partner']), clientId };
    const { orderId } = await confirmedOrder({ ...person, id: clientId });
    const quote = room.pricing.addQuote(clientId);
    const placed = await room.place(person, placingBody({ quoteId: quote.id, accept: true }));
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    const colleague = { ...room.actor('partner'), clientId };
    const { order } = (await room.view(colleague, placed.body.orderId)).body;
    assert.deepEqual([order.buyer.kind, order.buyer.id], ['partner', clientId]);
    assert.equal((await room.view(person, orderId)).status, 200);
    assert.equal((await room.view({ ...room.actor('partner'), clientId: newId() }, orderId)).status, 404);
  });

  test('an operator who also buys here reads no order but the own ones', async () => {
    const { orderId } = await confirmedOrder(room.actor('customer'));
    const operator = room.actor(['operator', 'customer']);
    assert.equal((await room.view(operator, orderId)).status, 404);
    assert.equal((await room.view(operator, (await confirmedOrder(operator)).orderId)).status, 200);
  });

  test('a limit in another currency is refused: it could never be kept', async () => {
    const buyer = room.actor('customer');
    const items = [{ modelId: room.pricing.addModel(buyer.id).id, unit: 'mm', material: 'brass', quantity: 1 }];
    const refused = await room.place(buyer, placingBody({ items, acceptUpTo: { minor: 1, currency: 'EUR' } }));
    assert.deepEqual([refused.status, refused.body.code], [400, 'request.invalid']);
  });

  test('prices by hand that cannot be added up are refused', async () => {
    const buyer = room.actor('customer');
    const placed = await room.place(
      buyer,
      placingBody({ quoteId: room.pricing.addQuote(buyer.id, 2, { state: 'queued' }).id }),
    );
    const { order } = (await room.view(buyer, placed.body.orderId)).body;
    const quote = exampleQuote(order, 'needs_review', { orderId: order.id });
    await room.publish('pricing', 'quote.needs_review', quote.id, { quote });
    const seen = await until(
      () => room.view(buyer, order.id),
      ({ body }) => body.order.status === 'needs_review',
      'review',
    );
    const items = order.items.map(({ id }) => ({
      itemId: id,
      total: { minor: Number.MAX_SAFE_INTEGER, currency: 'RUB' },
    }));
    const body = { commandId: newId(), version: seen.body.order.version, items, reason: 'too much' };
    const refused = await room.command(room.actor('seller'), order.id, 'quote_by_hand', body);
    assert.deepEqual([refused.status, refused.body.code], [422, 'order.price_incomplete']);
  });

  test('403 for one’s own without the right, 404 for somebody else’s, 409 with what is possible', async () => {
    const buyer = room.actor('customer');
    const { orderId, version } = await confirmedOrder(buyer);
    const head = () => ({ commandId: newId(), version });
    assert.equal((await room.command(buyer, orderId, 'approve', head())).status, 403);
    assert.equal((await room.command(room.actor('customer'), orderId, 'approve', head())).status, 404);
    assert.equal((await room.view(room.actor('partner'), orderId)).status, 404);
    assert.equal((await room.view(room.actor('operator'), orderId)).status, 403);
    const early = await room.command(room.actor('packer'), orderId, 'pack', head());
    assert.equal(early.status, 409);
    assert.equal(early.body.code, 'order.not_possible');
    assert.deepEqual(early.body.possible, []);
    const unknown = await room.command(buyer, orderId, 'cancel', { ...head(), reason: 'x', extra: 1 });
    assert.equal(unknown.status, 400);
  });

  test('one order from approval to closed, with facts of production, a hold and part shipments', async () => {
    const seller = room.actor('seller');
    const packer = room.actor('packer');
    const { orderId } = await confirmedOrder(room.actor('customer'));
    const now = async () => (await room.view(seller, orderId)).body.order;
    const head = async () => ({ commandId: newId(), version: (await now()).version });
    const done = async (actor: Actor, ...[name, parts]: [Parameters<OrdersUnderTest['command']>[2], object?]) => {
      const answer = await room.command(actor, orderId, name, { ...(await head()), ...parts });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body;
    };
    await done(seller, 'record_payment', { state: 'recorded', reference: 'Invoice 1' });
    await done(seller, 'approve');
    const { id: itemId, specification } = (await now()).items[0]!;
    const fact = {
      orderId,
      itemId,
      version: 1,
      startedAt: new Date().toISOString(),
      made: 0,
      scrapped: 0,
      done: false,
      actor: { id: newId(), name: 'Olga' },
      reason: '',
    };
    await room.publish('mes', 'production.started', orderId, fact);
    await until(now, ({ status }) => status === 'in_production', 'production');
    await done(seller, 'hold', { reason: 'Customer asks for a pause' });
    const made = { ...fact, version: 2, made: specification.quantity, done: true };
    await room.publish('mes', 'production.made', orderId, made);
    await until(now, ({ status }) => status === 'produced', 'the order produced');
    assert.equal((await room.command(packer, orderId, 'pack', await head())).status, 409);
    await done(seller, 'release');
    await done(packer, 'pack');
    const parcel = { carrier: 'Post', trackingNumber: 'RR1' };
    assert.equal((await done(packer, 'ship', { ...parcel, lines: [{ itemId, quantity: 1 }] })).status, 'packed');
    assert.equal((await done(packer, 'ship', { ...parcel, trackingNumber: 'RR2' })).status, 'shipped');
    assert.equal((await done(seller, 'close')).status, 'closed');
    await room.publish('mes', 'production.scrapped', orderId, { ...made, version: 3, done: false, scrapped: 1 });
    const conflicted = await until(now, ({ conflicts }) => conflicts.length > 0, 'a conflict');
    assert.equal(conflicted.status, 'closed');
  });
});

test('a buyer reads neither the staff’s names nor their notes; the staff reads both', async () => {
  const buyer = room.actor('customer');
  const seller = room.actor('seller');
  const { orderId, version } = await confirmedOrder(buyer);
  const held = await room.command(seller, orderId, 'hold', {
    commandId: newId(),
    version,
    reason: 'the buyer seems odd',
  });
  assert.equal(held.status, 200, JSON.stringify(held.body));
  for (const path of [orderId, `${orderId}/history`]) {
    const shown = JSON.stringify((await room.call(buyer, 'GET', `/${path}`)).body);
    assert.doesNotMatch(shown, new RegExp(`seems odd|${seller.name}|${seller.id}`), path);
    assert.match(JSON.stringify((await room.call(seller, 'GET', `/${path}`)).body), /seems odd/, path);
  }
  assert.match(JSON.stringify((await room.call(buyer, 'GET', `/${orderId}/history`)).body), new RegExp(buyer.id));
});

test('the list for comparison gives every order once, by id', async () => {
  const ops = room.actor('ops');
  const seen: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: OrderDigestPage = (
      await room.call<OrderDigestPage>(ops, 'GET', `?limit=3${after ? `&after=${after}` : ''}`)
    ).body;
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  const rows = await room.sql`select id from orders order by id`;
  assert.deepEqual(
    seen,
    rows.map(({ id }) => id),
  );
  assert.equal((await room.call(room.actor('seller'), 'GET', '')).status, 403);
});

test('machines compare by buckets, by rows and by ids, and get orders with their whole histories', async () => {
  const ops = room.actor('ops');
  const rows = await room.sql<{ id: string; version: number; status: string }[]>`
    select id, version, status from orders order by id`;
  const bucketOf = (id: string) => Number.parseInt(id.slice(-2), 16);
  const { body: buckets } = await room.call<BucketDigests>(ops, 'GET', '/digests/buckets');
  const expected = Object.entries(Object.groupBy(rows, ({ id }) => bucketOf(id))).map(([n, list]) => [
    +n,
    list!.length,
  ]);
  assert.deepEqual(
    buckets.items.map(({ bucket, rows: count }) => [bucket, count]),
    expected,
  );
  const one = rows[0]!;
  const { body: inBucket } = await room.call<OrderDigests>(ops, 'GET', `/digests?buckets=${bucketOf(one.id)}`);
  assert.ok(inBucket.items.some(({ id, version }) => id === one.id && version === one.version));
  const { body: named } = await room.call<OrderDigests>(ops, 'GET', `/digests?ids=${one.id},${newId()}`);
  assert.deepEqual(named.items, [{ ...one }]);
  const { body: none } = await room.call<OrderDigests>(ops, 'GET', `/digests?ids=${one.id}&statuses=nothing`);
  assert.deepEqual(none.items, []);

  const replayed: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: ReplayPage = (
      await room.call<ReplayPage>(ops, 'GET', `/replay?buyer=customer&limit=4${after ? `&after=${after}` : ''}`)
    ).body;
    for (const { order, history } of page.items) {
      assert.deepEqual(
        history.map(({ version }) => version),
        Array.from({ length: order.version }, (_, index) => index + 1),
      );
      replayed.push(order.id);
    }
    after = page.next;
  }
  const customers = await room.sql`select id from orders where body #>> '{buyer,kind}' = 'customer' order by id`;
  assert.deepEqual(
    replayed,
    customers.map(({ id }) => id),
  );
  for (const path of ['/digests/buckets', '/digests', '/replay']) {
    assert.equal((await room.call(room.actor('seller'), 'GET', path)).status, 403);
  }
});

test('the metrics count what was placed and what is active', async () => {
  const text = await room.metricsText();
  assert.match(text, /forgeline_orders_placed_total\{source="shop"\} [1-9]/);
  assert.match(text, /forgeline_orders_active [1-9]/);
});
