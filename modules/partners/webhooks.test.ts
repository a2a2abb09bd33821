import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { Delivery, DeliveryCard, NewEndpoint, PartnerEvent } from '#contracts/partners';
import { newId } from '#platform/clock';
import { nextOf } from './deliver.ts';
import { exampleChange, exampleOrder } from './other-rooms.ts';
import { type PartnersUnderTest, partnersUnderTest, until } from './partners-under-test.ts';
import { endAttempt, insertTestDelivery, type Leased, leaseDeliveries } from './store-webhooks.ts';

interface Deliveries {
  items: Delivery[];
}

let room: PartnersUnderTest;
before(async () => {
  room = await partnersUnderTest({ instances: 2 });
});
after(() => room.close());

/** A client with an endpoint at this path of the test's own server. */
async function clientWithEndpoint(path: string, events = ['order.*']) {
  const admin = room.actor('admin');
  const { body: client } = await room.internal<{ id: string }>(admin, 'POST', '/clients', { name: path });
  const actor = room.actor('partner', client.id);
  const made = await room.internal<NewEndpoint>(actor, 'POST', `/clients/${client.id}/endpoints`, {
    url: room.hooks.url(path),
    events,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const root = `/clients/${client.id}`;
  return {
    id: client.id,
    actor,
    root,
    endpointId: made.body.endpoint.id,
    secret: made.body.secret,
    deliveries: async () => (await room.internal<Deliveries>(actor, 'GET', `${root}/deliveries`)).body.items,
    card: async (id: string) => (await room.internal<DeliveryCard>(actor, 'GET', `${root}/deliveries/${id}`)).body,
  };
}

async function publishOrder(clientId: string): Promise<void> {
  const order = exampleOrder(clientId);
  await room.publish('orders', 'order.submitted', order.id, { order, change: exampleChange(order) });
}

/** Brings the next attempt forward: the test does not wait out the back-off. */
async function dueNow(deliveryId: string): Promise<void> {
  await room.sql`update delivery set due_at = platform.now() where id = ${deliveryId}`;
}

describe('delivering', () => {
  test('every event once, signed, in full, with two processes sending', async () => {
    const client = await clientWithEndpoint('/signed');
    for (let count = 0; count < 30; count += 1) await publishOrder(client.id);
    const received = await until(
      () => room.hooks.at('/signed'),
      ({ length }) => length >= 30,
      'thirty webhooks',
    );
    await until(client.deliveries, (seen) => seen.every(({ state }) => state === 'delivered'), 'all delivered');
    assert.equal(room.hooks.at('/signed').length, 30);
    const sequences = received.map(({ text, headers }) => {
      const event = new Webhook(client.secret).verify(text, headers as Record<string, string>) as PartnerEvent;
      assert.equal(headers['webhook-id'], event.id);
      assert.equal(event.order!.status, 'submitted');
      return event.sequence;
    });
    assert.deepEqual(
      sequences.sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    assert.throws(() =>
      new Webhook(client.secret).verify(`${received[0]!.text} `, received[0]!.headers as Record<string, string>),
    );
  });

  test('only what the endpoint asked for', async () => {
    const client = await clientWithEndpoint('/narrow', ['order.shipped']);
    await publishOrder(client.id);
    const order = { ...exampleOrder(client.id), status: 'shipped' as const };
    await room.publish('orders', 'order.shipped', order.id, { order, change: exampleChange(order) });
    await until(
      () => room.hooks.at('/narrow'),
      ({ length }) => length === 1,
      'the shipped order',
    );
    assert.deepEqual(
      (await client.deliveries()).map(({ type }) => type),
      ['order.shipped'],
    );
  });

  test('an endpoint that hangs holds up nobody else', async () => {
    room.hooks.answer('/hangs', () => undefined);
    const stuck = await clientWithEndpoint('/hangs');
    const quick = await clientWithEndpoint('/quick');
    for (let count = 0; count < 80; count += 1) await publishOrder(stuck.id);
    await until(
      () => room.hooks.at('/hangs'),
      ({ length }) => length >= 4,
      'the stuck endpoint full',
    );
    await publishOrder(quick.id);
    await until(
      () => room.hooks.at('/quick'),
      ({ length }) => length === 1,
      'the other endpoint served',
    );
    assert.ok(room.hooks.at('/hangs').length <= 8);
    await room.internal(stuck.actor, 'DELETE', `${stuck.root}/endpoints/${stuck.endpointId}`);
  });
});

describe('failing', () => {
  test('is retried later under the same id, with a log of every attempt', async () => {
    room.hooks.answer('/flaky', (response) => response.writeHead(500).end('down'));
    const client = await clientWithEndpoint('/flaky');
    await publishOrder(client.id);
    const [waiting] = await until(client.deliveries, ([seen]) => seen?.lastStatus === 500, 'the first attempt');
    assert.equal(waiting!.state, 'pending');
    assert.ok(Date.parse(waiting!.dueAt!) > Date.now());
    room.hooks.answer('/flaky', (response) => response.end('up'));
    await dueNow(waiting!.id);
    const [done] = await until(client.deliveries, ([seen]) => seen?.state === 'delivered', 'the second attempt');
    assert.equal(done!.attempts, 2);
    const { log } = await client.card(done!.id);
    assert.deepEqual(
      log.map(({ attempt, status, answer }) => [attempt, status, answer]),
      [
        [1, 500, 'down'],
        [2, 200, 'up'],
      ],
    );
    const [first, second] = room.hooks.at('/flaky');
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    assert.equal(first!.text, second!.text);
  });

  test('for good raises webhook.failed; a person sends it again', async () => {
    room.hooks.answer('/dead', (response) => response.writeHead(503).end());
    const client = await clientWithEndpoint('/dead');
    await publishOrder(client.id);
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const [seen] = await until(
        client.deliveries,
        ([one]) => one?.attempts === attempt && !!one.lastStatus,
        'it tried',
      );
      await until(
        () => client.card(seen!.id),
        ({ log }) => log.length === attempt,
        `attempt ${attempt} in the log`,
      );
      if (attempt < 9) await dueNow(seen!.id);
    }
    const [failed] = await until(client.deliveries, ([seen]) => seen?.state === 'failed', 'it given up');
    const [event] = await room.feedOf('webhook.failed');
    assert.equal(event!['body'].clientId, client.id);
    assert.equal(event!['body'].delivery.id, failed!.id);

    room.hooks.answer('/dead', (response) => response.end());
    const path = `${client.root}/deliveries/${failed!.id}/resend`;
    assert.equal((await room.internal(room.actor('partner'), 'POST', path)).status, 404);
    assert.equal((await room.internal(client.actor, 'POST', path)).status, 202);
    await until(client.deliveries, ([seen]) => seen?.state === 'delivered', 'it delivered');
    assert.equal((await room.feedOf('webhook.resent')).length, 1);
  });

  test('a redirect is not followed', async () => {
    const target = room.hooks.url('/secret');
    room.hooks.answer('/moved', (response) => response.writeHead(302, { location: target }).end());
    const client = await clientWithEndpoint('/moved');
    await publishOrder(client.id);
    await until(client.deliveries, ([seen]) => seen?.lastStatus === 302, 'the redirect in the log');
    assert.equal(room.hooks.at('/secret').length, 0);
  });

  test('backs off, and ends', () => {
    const failed = { error: 'down' };
    assert.deepEqual(nextOf({ error: null }, 1, 0), { state: 'delivered' });
    assert.deepEqual(nextOf(failed, 1, 0), { state: 'pending', inSeconds: 5 });
    assert.deepEqual(nextOf(failed, 1, 1), { state: 'pending', inSeconds: 5.5 });
    assert.deepEqual(nextOf(failed, 8, 0), { state: 'pending', inSeconds: 43_200 });
    assert.deepEqual(nextOf(failed, 9, 0), { state: 'failed' });
  });
});

describe('endpoints', () => {
  test('inner addresses are refused with the reason', async () => {
    const client = await clientWithEndpoint('/guard');
    for (const url of ['https://10.0.0.1/', 'http://example.com/', 'https://169.254.169.254/latest']) {
      const answer = await room.internal<{ code: string; detail: string }>(
        client.actor,
        'POST',
        `${client.root}/endpoints`,
        { url, events: ['order.*'] },
      );
      assert.deepEqual([answer.status, answer.body.code], [422, 'webhook.address_refused'], url);
      assert.ok(answer.body.detail);
    }
  });

  test('a paused one gets nothing, a test goes out, a stranger sees nothing', async () => {
    const client = await clientWithEndpoint('/paused');
    const path = `${client.root}/endpoints/${client.endpointId}`;
    await room.internal(client.actor, 'PATCH', path, { active: false });
    await publishOrder(client.id);
    await until(
      () => room.sql`select 1 from client_event where client_id = ${client.id}`,
      ({ length }) => length === 1,
      'the event in the feed',
    );
    await room.internal(client.actor, 'PATCH', path, { active: true });
    assert.equal((await room.internal(client.actor, 'POST', `${path}/test`)).status, 202);
    await until(
      () => room.hooks.at('/paused'),
      (seen) => seen.some(({ text }) => text.includes('webhook.test')),
      'a test',
    );
    assert.deepEqual(
      (await client.deliveries()).map(({ type }) => type),
      ['webhook.test'],
    );
    assert.equal((await room.internal(room.actor('partner'), 'GET', `${client.root}/deliveries`)).status, 404);
  });
});

test('an attempt that outlived its lease cannot end the delivery', async () => {
  const client = await clientWithEndpoint('/zombie');
  const event = { id: newId(), type: 'webhook.test' };
  const { first, second } = await room.sql.begin(async (tx) => {
    // Uncommitted until both leases are taken, so that the running senders cannot see the delivery.
    await insertTestDelivery(tx, client.id, client.endpointId, event);
    const lease = (leaseSeconds: number) =>
      leaseDeliveries(tx, { limit: 100, perEndpoint: 1, perClient: 1, leaseSeconds });
    const mine = (leased: Leased[]) => leased.find(({ eventId }) => eventId === event.id)!;
    return { first: mine(await lease(0)), second: mine(await lease(60)) };
  });
  const result = { milliseconds: 1, status: 200, error: null, answer: '' };
  assert.equal(await endAttempt(room.sql, first, result, { state: 'delivered' }), false);
  assert.equal(await endAttempt(room.sql, second, result, { state: 'delivered' }), true);
  assert.equal(room.hooks.at('/zombie').length, 0);
});

test('one client with many busy endpoints leaves room for the others', async () => {
  const [loud, quiet] = [await clientWithEndpoint('/loud-0'), await clientWithEndpoint('/quiet')];
  const endpoints = [loud.endpointId];
  for (let number = 1; number < 10; number += 1) {
    const url = room.hooks.url(`/loud-${number}`);
    const made = await room.internal<NewEndpoint>(loud.actor, 'POST', `${loud.root}/endpoints`, {
      url,
      events: ['order.*'],
    });
    endpoints.push(made.body.endpoint.id);
  }
  const rollBack = new Error('the running senders must not see these');
  const leased: Leased[] = [];
  const attempt = room.sql.begin(async (tx) => {
    const add = (clientId: string, endpointId: string) =>
      insertTestDelivery(tx, clientId, endpointId, { id: newId(), type: 'webhook.test' });
    for (const endpointId of endpoints) for (let count = 0; count < 5; count += 1) await add(loud.id, endpointId);
    const mine = (await add(quiet.id, quiet.endpointId))!;
    const take = () => leaseDeliveries(tx, { limit: 9, perEndpoint: 4, perClient: 8, leaseSeconds: 60 });
    leased.push(...(await take()));
    assert.ok(leased.some(({ id }) => id === mine.id));
    assert.equal(leased.length, 9);
    assert.equal((await take()).length, 0, 'those under way count');
    throw rollBack;
  });
  await assert.rejects(attempt, rollBack);
});
