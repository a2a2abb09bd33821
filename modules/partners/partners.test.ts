import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type {
  Client,
  PartnerEvents,
  PartnerModel,
  PartnerOrderAnswer,
  PartnerOrderCard,
  PartnerOrderPage,
  PartnerQuote,
  Usage,
} from '#contracts/partners';
import { newId } from '#platform/clock';
import { exampleChange, exampleOrder, exampleQuote } from './other-rooms.ts';
import { type PartnersUnderTest, partnersUnderTest, until } from './partners-under-test.ts';

interface Refused {
  code: string;
  needs?: string;
  current?: { version: number };
}

let room: PartnersUnderTest;
before(async () => {
  room = await partnersUnderTest({ instances: 2 });
});
after(() => room.close());

function newClient(parts: { scopes?: string[] } = {}) {
  const actor = { ...room.actor('partner'), ...parts };
  return { id: actor.id, actor, key: room.others.addKey(actor) };
}

const admin = () => room.actor('admin');
const orderBody = (parts: object = {}) => ({
  items: [{ modelId: newId(), unit: 'mm', material: 'brass', quantity: 1 }],
  currency: 'EUR',
  leadTier: 'standard',
  deliveryAddress: { recipient: 'Anna', line1: 'Street 1', line2: '', city: 'Berlin', postcode: '1', country: 'DE' },
  contact: { name: 'Anna', email: 'anna@example.com' },
  ...parts,
});

describe('keys', () => {
  test('no key, a wrong key and a key without the scope are refused, each with its code', async () => {
    const none = await fetch(`${room.origin()}/api/external/v1/usage`);
    assert.deepEqual([none.status, ((await none.json()) as Refused).code], [401, 'partner.key_required']);
    for (const key of ['nonsense', `fk_${'x'.repeat(40)}`]) {
      const wrong = await room.external<Refused>(key, 'GET', '/usage');
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'partner.key_invalid']);
    }
    const { key } = newClient({ scopes: ['read'] });
    assert.equal((await room.external(key, 'GET', '/usage')).status, 200);
    const narrow = await room.external<Refused>(key, 'POST', '/orders', { body: orderBody() });
    assert.deepEqual(
      [narrow.status, narrow.body.code, narrow.body.needs],
      [403, 'partner.scope_missing', 'orders:write'],
    );
  });

  test('a token is asked for once, also by many requests at once', async () => {
    const { key } = newClient();
    const asked = room.others.state.keyQuestions;
    await Promise.all(Array.from({ length: 20 }, () => room.external(key, 'GET', '/usage')));
    assert.equal(room.others.state.keyQuestions, asked + 1);
  });

  test('an address that guesses keys is refused before identity is asked, and a known key still works', async () => {
    const { key } = newClient();
    assert.equal((await room.external(key, 'GET', '/usage')).status, 200);
    const guess = (n: number) => room.external(`fk_${String(n).padStart(8, '0')}_${'x'.repeat(43)}`, 'GET', '/usage');
    const asked = room.others.state.keyQuestions;
    const answers = await Promise.all(Array.from({ length: 400 }, (_, n) => guess(n)));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0, 'a flood is not answered to its end');
    assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1));
    assert.equal(room.others.state.keyQuestions - asked, answers.length - refused.length);
    assert.equal((await room.external(key, 'GET', '/usage')).status, 200);
    await until(
      () => room.external(newClient().key, 'GET', '/usage'),
      ({ status }) => status === 200,
      'a new key from the same address let in soon after',
    );
  });

  test('a revoked key stops working at once', async () => {
    const { key, id, actor } = newClient();
    assert.equal((await room.external(key, 'GET', '/usage')).status, 200);
    room.others.removeKey(key);
    const before = new Date().toISOString();
    await room.publish('identity', 'person.revoked', id, { personId: id, credentials: [actor.credential], before });
    await until(
      () => room.external(key, 'GET', '/usage'),
      ({ status }) => status === 401,
      'the key refused',
    );
  });
});

describe('limits', () => {
  test('hold for one key across instances, and tell when to come back', async () => {
    const { key, id } = newClient();
    const limits = { requestsPerMinute: 60, burst: 10 };
    await room.internal(admin(), 'POST', '/clients', { id, name: 'Narrow', limits });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, instance) => room.external<Refused>(key, 'GET', '/usage', { instance })),
    );
    const taken = answers.filter(({ status }) => status === 200).length;
    assert.ok(taken >= 10 && taken <= 12, `${taken} were let through`);
    const refused = answers.find(({ status }) => status === 429)!;
    assert.equal(refused.body.code, 'rate.limited');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    const told = answers.find(({ headers }) => headers.has('ratelimit-limit'))!.headers;
    assert.equal(told.get('ratelimit-limit'), '10');
    const other = newClient();
    assert.equal((await room.external(other.key, 'GET', '/usage')).status, 200);
  });

  test('a quota of the day ends in 429 with the time of the next', async () => {
    const { key, id } = newClient();
    await room.internal(admin(), 'POST', '/clients', { id, name: 'Small', limits: { quotesPerDay: 2 } });
    const ask = () => room.external<Refused>(key, 'POST', '/quotes', { body: quoteBody() });
    assert.deepEqual([(await ask()).status, (await ask()).status], [202, 202]);
    const over = await ask();
    assert.deepEqual([over.status, over.body.code], [429, 'quota.exceeded']);
    assert.ok(Number(over.headers.get('retry-after')) > 0);
    const usage = (await room.external<Usage>(key, 'GET', '/usage')).body;
    assert.deepEqual([usage.quotes, usage.orders, usage.limits.quotesPerDay], [2, 0, 2]);
  });

  test('a suspended client is refused', async () => {
    const { key, id } = newClient();
    await room.internal(admin(), 'POST', '/clients', { id, name: 'Late payer' });
    await room.internal(admin(), 'PATCH', `/clients/${id}`, { state: 'suspended' });
    const { status, body } = await room.external<Refused>(key, 'GET', '/usage');
    assert.deepEqual([status, body.code], [403, 'partner.suspended']);
  });
});

const quoteBody = () => ({
  items: [{ modelId: newId(), unit: 'mm', material: 'brass', quantity: 1 }],
  currency: 'EUR',
  leadTier: 'standard',
});

describe('models and quotes', () => {
  test('a file goes through to pricing as it is, in the partner’s name', async () => {
    const { key } = newClient();
    const file = randomBytes(3 * 1024 * 1024);
    const sent = await room.external<PartnerModel>(key, 'POST', '/models?fileName=big%20ring.stl', { file });
    assert.equal(sent.status, 201, JSON.stringify(sent.body));
    assert.equal(sent.body.sha256, createHash('sha256').update(file).digest('hex'));
    assert.equal(sent.body.fileName, 'big ring.stl');
    assert.equal((await room.external<PartnerModel>(key, 'GET', `/models/${sent.body.id}`)).body.bytes, file.length);
    const stranger = newClient();
    assert.equal((await room.external(stranger.key, 'GET', `/models/${sent.body.id}`)).status, 404);
  });

  test('a quote shows nothing of the house’s inside', async () => {
    const { key } = newClient();
    const asked = await room.external<PartnerQuote>(key, 'POST', '/quotes', { body: quoteBody() });
    assert.equal(asked.status, 202);
    assert.equal(asked.body.queue!.position, 3);
    assert.ok(!('tenant' in asked.body) && !('kernelVersion' in asked.body) && !('breakdown' in asked.body.items[0]!));
    const again = await room.external<PartnerQuote>(key, 'GET', `/quotes/${asked.body.id}`);
    assert.equal(again.body.id, asked.body.id);
  });
});

test('pricing’s own Retry-After reaches the partner', async () => {
  const { key } = newClient();
  room.others.state.pricingIsFullFor = 37;
  const body = { items: orderBody().items, currency: 'EUR', leadTier: 'standard' };
  const refused = await room.external<Refused>(key, 'POST', '/quotes', { body });
  room.others.state.pricingIsFullFor = 0;
  assert.deepEqual([refused.status, refused.body.code], [429, 'pricing.backlog_full']);
  assert.equal(refused.headers.get('retry-after'), '37');
});

test('a place in the feed that no number names is refused', async () => {
  const { key } = newClient();
  assert.equal((await room.external(key, 'GET', '/events?after=1e300')).status, 400);
});

test('the catalogue comes in the currency asked for', async () => {
  const { key } = newClient();
  const { status, body } = await room.external<{ currency: string }>(key, 'GET', '/catalogue?currency=EUR');
  assert.deepEqual([status, body.currency], [200, 'EUR']);
  assert.equal((await room.external(key, 'GET', '/catalogue')).status, 400);
});

describe('placing with an Idempotency-Key', () => {
  const place = (key: string, name: string | null, body: object, instance = 0) =>
    room.external<PartnerOrderAnswer & Refused>(key, 'POST', '/orders', {
      body,
      instance,
      headers: name === null ? {} : { 'idempotency-key': name },
    });

  test('50 times at once on two instances: one order, one answer', async () => {
    const { key } = newClient();
    const placings = room.others.state.placings;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, instance) => place(key, 'order-1', sameBody, instance)),
    );
    assert.deepEqual(
      new Set(answers.map(({ status }) => (status === 200 || status === 201 ? 'fine' : status))),
      new Set(['fine']),
    );
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.equal(room.others.state.placings, placings + 1);
    assert.equal((await room.external<Usage>(key, 'GET', '/usage')).body.orders, 1);
    const later = await place(key, 'order-1', sameBody);
    assert.equal(later.headers.get('idempotency-replayed'), 'true');
  });
  const sameBody = orderBody();

  test('another body under the same key is refused, another client’s key is another key', async () => {
    const { key } = newClient();
    await place(key, 'order-1', sameBody);
    const other = await place(key, 'order-1', orderBody({ reference: 'changed' }));
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency.key_reused']);
    const stranger = newClient();
    assert.equal((await place(stranger.key, 'order-1', orderBody())).status, 201);
  });

  test('is required', async () => {
    const { key } = newClient();
    const { status, body } = await place(key, null, orderBody());
    assert.deepEqual([status, body.code], [400, 'idempotency.key_required']);
  });

  test('a refusal of orders comes through whole, and frees the key', async () => {
    const { key } = newClient();
    const refused = await place(key, 'order-2', orderBody({ reference: 'refuse me' }));
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.current!.version],
      [409, 'order.quote_expired', 7],
    );
    assert.equal((await place(key, 'order-2', orderBody({ reference: 'better' }))).status, 201);
  });

  test('orders away: 503 with Retry-After, and the retry makes the order', async () => {
    const { key } = newClient();
    room.others.state.ordersAway = true;
    const away = await place(key, 'order-3', sameBody).finally(() => {
      room.others.state.ordersAway = false;
    });
    assert.equal(away.status, 503);
    assert.ok(Number(away.headers.get('retry-after')) >= 1);
    assert.equal((await place(key, 'order-3', sameBody)).status, 201);
  });
});

describe('following orders', () => {
  test('an order just placed is there at once, before its event has arrived', async () => {
    const { key } = newClient();
    const placed = await room.external<PartnerOrderAnswer>(key, 'POST', '/orders', {
      body: orderBody(),
      headers: { 'idempotency-key': 'fresh' },
    });
    const card = await room.external<PartnerOrderCard>(key, 'GET', `/orders/${placed.body.id}`);
    assert.equal(card.status, 200);
    assert.equal(card.body.history[0]!.byYou, true);
    const stranger = newClient();
    assert.equal((await room.external(stranger.key, 'GET', `/orders/${placed.body.id}`)).status, 404);
  });

  test('the read model keeps the highest version, the events come once and in order', async () => {
    const { key, id } = newClient();
    const order = exampleOrder(id, 'PO 7');
    const first = { order, change: exampleChange(order) };
    const priced = { ...order, version: 2, status: 'priced' as const };
    const actor = { id: 'pricing', name: 'pricing', role: 'system' as const };
    const second = {
      order: priced,
      change: exampleChange(priced, { name: 'all_priced', from: 'submitted', actor, reason: 'inner' }),
    };
    await room.publish('orders', 'order.submitted', order.id, first);
    await room.publish('orders', 'order.priced', order.id, second);
    const theirs = exampleOrder(newId());
    await room.publish('orders', 'order.submitted', theirs.id, { order: theirs, change: exampleChange(theirs) });
    const quote = exampleQuote(id, { currency: 'EUR', leadTier: 'standard' });
    await room.publish('pricing', 'quote.ready', quote.id, { quote });
    const customers = exampleQuote(newId(), { currency: 'EUR', leadTier: 'standard' });
    await room.publish('pricing', 'quote.ready', customers.id, { quote: customers });

    const events = await until(
      () => room.external<PartnerEvents>(key, 'GET', '/events'),
      ({ body }) => body.items.length === 3,
      'three events',
    );
    assert.deepEqual(
      events.body.items.map(({ sequence, type }) => [sequence, type]),
      [
        [1, 'order.submitted'],
        [2, 'order.priced'],
        [3, 'quote.ready'],
      ],
    );
    const rest = await room.external<PartnerEvents>(key, 'GET', '/events?after=1&limit=1');
    assert.deepEqual([rest.body.items[0]!.sequence, rest.body.last, rest.body.more], [2, 2, true]);

    const card = (await room.external<PartnerOrderCard>(key, 'GET', `/orders/${order.id}?version=2`)).body;
    assert.equal(card.order.status, 'priced');
    assert.deepEqual(
      card.history.map(({ version, name, byYou, reason }) => [version, name, byYou, reason]),
      [
        [1, 'place', true, ''],
        [2, 'all_priced', false, ''],
      ],
    );
    assert.ok(!JSON.stringify(card).includes('buyer@example.com'));
  });

  test('the list is newest first, page by page, by status, and only one’s own', async () => {
    const { key, id } = newClient();
    await room.external(key, 'GET', '/usage');
    const orders = Array.from({ length: 7 }, (_, index) => ({
      ...exampleOrder(id, `PO ${index}`),
      placedAt: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
    }));
    for (const order of orders) {
      await room.publish('orders', 'order.submitted', order.id, { order, change: exampleChange(order) });
    }
    await until(
      () => room.external<PartnerOrderPage>(key, 'GET', '/orders'),
      ({ body }) => body.items.length === 7,
      'seven orders',
    );
    const { asOf } = (await room.external<PartnerOrderPage>(key, 'GET', '/orders')).body;
    assert.ok(asOf && Date.parse(asOf) > Date.now() - 60_000);
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const url: string = `/orders?status=submitted&limit=3${after ? `&after=${after}` : ''}`;
      const { body }: { body: PartnerOrderPage } = await room.external<PartnerOrderPage>(key, 'GET', url);
      seen.push(...body.items.map(({ reference }) => reference));
      after = body.next;
    }
    assert.deepEqual(seen, ['PO 6', 'PO 5', 'PO 4', 'PO 3', 'PO 2', 'PO 1', 'PO 0']);
    assert.equal((await room.external<PartnerOrderPage>(key, 'GET', '/orders?status=priced')).body.items.length, 0);
    const odd = await room.external<Refused>(
      key,
      'GET',
      `/orders?after=${Buffer.from('["x",1]').toString('base64url')}`,
    );
    assert.equal(odd.status, 400);
  });
});

describe('people', () => {
  test('a partner’s person with a second role still sees the own client only', async () => {
    const [own, foreign] = [newId(), newId()];
    for (const id of [own, foreign]) await room.internal(admin(), 'POST', '/clients', { id, name: 'Client' });
    for (const role of ['customer', 'operator', 'seller'] as const) {
      const person = { ...room.actor('partner'), roles: ['partner' as const, role], clientId: own };
      assert.equal((await room.internal(person, 'GET', `/clients/${own}/endpoints`)).status, 200, role);
      assert.equal((await room.internal(person, 'GET', `/clients/${foreign}/endpoints`)).status, 404, role);
      const deliveries = await room.internal(person, 'GET', `/clients/${foreign}/deliveries`);
      assert.equal(deliveries.status, role === 'seller' ? 200 : 404, role);
    }
  });

  test('an admin makes and changes clients; a partner sees the own one only', async () => {
    const made = await room.internal<Client>(admin(), 'POST', '/clients', { name: 'New client' });
    assert.equal(made.status, 201);
    const own = room.actor('partner', made.body.id);
    assert.equal((await room.internal<Client>(own, 'GET', `/clients/${made.body.id}`)).body.name, 'New client');
    const person = { ...room.actor('partner'), clientId: made.body.id };
    assert.equal((await room.internal(person, 'GET', `/clients/${made.body.id}/usage`)).status, 200);
    assert.equal((await room.internal(room.actor('partner'), 'GET', `/clients/${made.body.id}`)).status, 404);
    assert.equal((await room.internal(own, 'PATCH', `/clients/${made.body.id}`, { name: 'x' })).status, 403);
    assert.equal((await room.internal(room.actor('customer'), 'GET', `/clients/${made.body.id}`)).status, 403);
  });
});
