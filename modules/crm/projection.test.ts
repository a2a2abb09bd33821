import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import type { Order } from '#contracts/orders';
import { appendEvents } from '#platform/bus';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { liveChanges } from '#platform/live';
import { createLog } from '#platform/telemetry';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { projectOrders } from './listen.ts';
import { exampleEnvelope, exampleItem, exampleOrder } from './order-examples.ts';
import { findRows } from './store-list.ts';
import { findOrder, freshness, readTimeline } from './store-orders.ts';

const room = { name: 'crm', hears: ['order'], migrations: new URL('./migrations/', import.meta.url) };
const orders = { name: 'orders', hears: [], migrations: new URL('./no-migrations/', import.meta.url) };
const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });

let database: TestDatabase;
let sql: Sql;
let project: (batch: readonly ReturnType<typeof exampleEnvelope>[]) => Promise<void>;

before(async () => {
  database = await testDatabase({ rooms: [orders, room] });
  sql = database.sql('crm');
  const live = liveChanges({ sql, room: 'crm', log });
  project = (batch) => projectOrders(sql, live, batch);
});
after(() => database.close());
beforeEach(() => sql`truncate order_row, order_search, order_document, timeline, customer, assignment, live_gen`);

const ROAD = ['submitted', 'priced', 'confirmed', 'approved', 'in_production', 'produced'] as const;

/** The order's whole life as events, one a day. */
function life(order: Order) {
  return ROAD.map((status, index) =>
    exampleEnvelope(
      { ...order, status, version: index + 1, updatedAt: `2026-03-0${index + 2}T09:00:00.000Z` },
      index === 0 ? null : ROAD[index - 1]!,
    ),
  );
}

async function stateOf(order: Order) {
  const [row] = await findRows(sql, [order.id]);
  const card = await findOrder(sql, order.id);
  const timeline = await readTimeline(sql, order.id);
  return { row, order: card?.order, versions: timeline.map((entry) => entry.version) };
}

test('events in any order, repeated and cut into any batches, end in the same row', async () => {
  const anyDelivery = fc
    .shuffledSubarray([0, 1, 2, 3, 4, 5, 0, 2, 4, 5], { minLength: 10 })
    .chain((order) => fc.tuple(fc.constant(order), fc.integer({ min: 1, max: 10 })));
  await fc.assert(
    fc.asyncProperty(anyDelivery, async ([sequence, batchSize]) => {
      const order = exampleOrder();
      const events = life(order);
      const delivered = sequence.map((index) => events[index]!);
      for (let at = 0; at < delivered.length; at += batchSize) await project(delivered.slice(at, at + batchSize));
      const { row, order: document, versions } = await stateOf(order);
      assert.deepEqual([row?.version, row?.status], [6, 'produced']);
      assert.deepEqual(document, events[5]!.data.order);
      assert.deepEqual(versions, [1, 2, 3, 4, 5, 6]);
    }),
    { numRuns: 40 },
  );
});

test('a row tells what lists need', async () => {
  const held = exampleItem('bracket left.stl', {
    hold: { reason: 'check wall', by: 'Olga', at: '2026-03-02T09:00:00.000Z' },
  });
  const order = exampleOrder({
    rush: true,
    items: [exampleItem('Ring.STL'), held],
    conflicts: [
      {
        id: newId(),
        itemId: held.id,
        at: '2026-03-02T09:00:00.000Z',
        fact: 'production.made',
        text: 'made after cancel',
        resolvedAt: null,
      },
    ],
  });
  await project([exampleEnvelope(order)]);
  const [row] = await findRows(sql, [order.id]);
  assert.deepEqual(row, {
    id: order.id,
    number: order.number,
    version: 1,
    status: 'priced',
    statusSince: '2026-03-02T09:00:00.000000Z',
    source: 'shop',
    buyer: { id: order.buyer.id, name: 'Анна Петрова' },
    rush: true,
    onHold: true,
    total: { minor: 480_000, currency: 'RUB' },
    payment: 'none',
    placedAt: '2026-03-02T09:00:00.000000Z',
    dueAt: null,
    items: 2,
    pieces: 6,
    files: ['Ring.STL', 'bracket left.stl'],
    openConflicts: 1,
    assignee: null,
  });
});

test('the time in a status survives changes that leave it', async () => {
  const order = exampleOrder();
  await project([exampleEnvelope(order)]);
  await project([
    exampleEnvelope({ ...order, version: 2, rush: true, updatedAt: '2026-03-05T09:00:00.000Z' }, 'priced'),
  ]);
  const [row] = await findRows(sql, [order.id]);
  assert.deepEqual([row?.rush, row?.statusSince], [true, '2026-03-02T09:00:00.000000Z']);
});

test('who looks after an order survives later events and a rebuild', async () => {
  const order = exampleOrder();
  const seller = { id: newId(), name: 'Олег' };
  await sql`
    insert into assignment (order_id, assignee_id, assignee_name, by_id, by_name)
    values (${order.id}, ${seller.id}, ${seller.name}, ${seller.id}, ${seller.name})`;
  for (const event of life(order)) await project([event]);
  assert.deepEqual((await stateOf(order)).row?.assignee, seller);
});

test('what is announced is what changed: the lists that show the row or showed it, and its card', async () => {
  const order = exampleOrder();
  const events = life(order);
  const raised = async () => {
    const before = new Map((await sql`select scope, gen from live_gen`).map(({ scope, gen }) => [scope, gen]));
    return async () => {
      const rows = await sql`select scope, gen from live_gen order by scope`;
      return rows.filter(({ scope, gen }) => before.get(scope) !== gen).map(({ scope }) => scope as string);
    };
  };
  const card = `card:${order.id.slice(-3)}`;
  const buyer = `buyer:${order.buyer.id.slice(-3)}`;
  const first = await raised();
  await project(events.slice(0, 3));
  const { status } = events[2]!.data.order as Order;
  assert.deepEqual(await first(), ['assignee:none', buyer, card, 'orders', 'rows', `status:${status}`].sort());

  const repeated = await raised();
  await project(events.slice(0, 2));
  assert.deepEqual(await repeated(), [card], 'an older event that comes late may be news to the timeline');

  const moved = await raised();
  await project(events.slice(3, 4));
  const { status: next } = events[3]!.data.order as Order;
  const statuses = [...new Set([`status:${status}`, `status:${next}`])];
  assert.deepEqual(await moved(), ['assignee:none', buyer, card, 'orders', 'rows', ...statuses].sort());
});

test('an event that is not what was agreed is poison', async () => {
  const event = exampleEnvelope(exampleOrder());
  const broken = { ...event, data: { ...event.data, order: { ...event.data.order, total: 12.5 } } };
  await assert.rejects(project([broken as never]), { name: 'PoisonEvent', message: /total/ });
});

test('a customer keeps the newest name and number', async () => {
  const first = exampleOrder({ placedAt: '2026-01-01T00:00:00.000Z' });
  const second = exampleOrder({ buyer: { ...first.buyer, name: 'Анна Иванова' } });
  await project([exampleEnvelope(second), exampleEnvelope(first)]);
  const rows = await sql`select name, last_order_at from customer`;
  assert.deepEqual([...rows], [{ name: 'Анна Иванова', last_order_at: '2026-03-02T09:00:00.000000Z' }]);
});

test('the list is as old as the oldest event that is still to come in', async () => {
  await sql`insert into bus.cursor (consumer) values ('crm.orders')`;
  const tell = () => {
    const data = exampleEnvelope(exampleOrder()).data;
    return appendEvents(database.sql('orders'), [{ type: 'order.priced', key: data.order.id, data }]);
  };
  await tell();
  await tell();
  const [feed] = await sql<
    { oldest: string; newest: string }[]
  >`select min(at) as oldest, max(at) as newest from bus.feed_crm`;
  assert.equal(await freshness(sql), feed!.oldest);
  await sql`update bus.cursor set (xid, seq) = (select xid, seq from bus.feed_crm order by xid desc, seq desc limit 1)`;
  assert.ok((await freshness(sql)) > feed!.newest);
});
