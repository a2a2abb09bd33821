import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '#platform/database';
import { eventually, openWorld } from './conformance/world.ts';
import { appendEvents, listDeadLetters, postgresTransport } from './index.ts';
import { MOST_ATTEMPTS } from './ladder.ts';
import { trim } from './postgres-transport.ts';

const setting = { name: 'postgres', transport: () => postgresTransport(), child: {} };

test('the feed is trimmed up to the slowest subscriber, and not before its time', async (t) => {
  const world = await openWorld(setting);
  t.after(() => world.close());
  const orders = world.database.sql('orders');
  const rows = async () => (await orders`select from bus.feed`).length;
  let got = 0;
  await world.consumer({
    handle: async (batch) => {
      got += batch.length;
    },
  });
  await world.publish('a', [1, 2, 3]);
  await eventually('three events', () => got === 3);

  const crm = world.database.sql('crm');
  await crm`insert into bus.cursor (consumer) values ('crm.slow')`;
  assert.equal(await trim(orders, 0), 0);
  await crm`delete from bus.cursor where consumer = 'crm.slow'`;
  assert.equal(await trim(orders, 600), 0);
  assert.equal(await rows(), 3);
  assert.equal(await eventually('a written position', () => trim(orders, 0)), 3);
  assert.equal(await rows(), 0);
});

test('after a restore into another cluster the feed is read from its beginning', async (t) => {
  const world = await openWorld(setting);
  t.after(() => world.close());
  const admin = openDatabase({ url: world.database.adminUrl, room: 'testing', max: 1 });
  t.after(() => admin.end());
  // As a dump brings it: another cluster's identifier, and transaction ids far above this one's.
  await admin.sql`update bus.epoch set system_identifier = 1`;
  await world.publish('a', [1, 2]);
  await admin.sql`update bus.feed set xid = (seq + 1000000)::text::xid8`;
  await admin.sql`insert into bus.cursor (owner, consumer, epoch, xid) values ('crm', 'crm.orders', 1, '1000005')`;
  const got: string[] = [];
  await world.consumer({ handle: async (batch) => void got.push(...batch.map(({ key }) => key)) });
  await eventually('both events', () => got.length === 2);
  await world.publish('b', [1]);
  await eventually('the next one', () => got.at(-1) === 'b');
});

test(`an event that fails ${MOST_ATTEMPTS} times becomes a dead letter`, async (t) => {
  const world = await openWorld(setting);
  t.after(() => world.close());
  const crm = world.database.sql('crm');
  let attempts = 0;
  await world.consumer({
    handle: async () => {
      attempts++;
      throw new Error('never');
    },
  });
  await world.publish('a', [1]);
  const [letter] = await eventually('the dead letter', async () => {
    // The clock's part: nobody waits ten minutes here.
    await crm`update bus.retry set due_at = platform.now() where due_at > platform.now()`;
    const letters = await listDeadLetters(crm);
    return letters.length > 0 && letters;
  });
  assert.equal(attempts, MOST_ATTEMPTS);
  assert.equal(letter!.attempts, MOST_ATTEMPTS);
  assert.equal(letter!.reason, 'Error: never');
  assert.equal((await crm`select from bus.retry`).length, 0);
});

test('a room neither reads nor forges what is not its own', async (t) => {
  const world = await openWorld(setting);
  t.after(() => world.close());
  const [orders, crm] = [world.database.sql('orders'), world.database.sql('crm')];
  await world.publish('a', [1]);
  assert.equal((await crm`select from bus.feed`).length, 0);
  assert.equal((await crm`delete from bus.feed returning 1`).length, 0);
  assert.equal((await crm`select from bus.feed_crm`).length, 1);
  await assert.rejects(() => crm`select from bus.feed_orders`, /permission denied/);
  await assert.rejects(
    () => crm`insert into bus.feed (topic, key, body, owner) values ('order-note.added', 'a', '{}', 'orders')`,
  );
  await assert.rejects(
    () => crm`insert into bus.feed (topic, key, body, xid) values ('order-note.added', 'a', '{}', '3')`,
  );
  await assert.rejects(appendEvents(crm, [{ type: 'order.changed', key: 'a', data: {} }]), /row-level security/);
  await crm`insert into bus.cursor (consumer) values ('crm.own')`;
  assert.equal((await orders`select from bus.cursor`).length, 0);
});
