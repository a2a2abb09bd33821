import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MyWork, OperationPage, OperationRow } from '#contracts/mes';
import type { Order } from '#contracts/orders';
import { PLACES } from './routes.ts';
import { listFinishedToday, listHeldBy, listReady, listWaiting } from './store-lists.ts';
import {
  exampleItem,
  exampleOrder,
  readyOperation,
  startFloor,
  type TestFloor,
  until,
  type Worker,
} from './test-floor.ts';

let floor: TestFloor;
let people: Worker[];
let foreman: Worker;
const CENTRES = PLACES.map(({ id }) => id);
const ZONE = 'Europe/Moscow';

before(async () => {
  floor = await startFloor();
  foreman = await floor.person('foreman', 'Foreman');
  people = [
    await floor.person(['operator', 'quality'], 'First'),
    await floor.person(['operator', 'quality'], 'Second'),
    foreman,
  ];
});
after(() => floor.close());

/** Every held list of everybody says what the tables say, at once after the change. */
async function assertLists(what: string): Promise<void> {
  const wish = { workCentres: CENTRES, after: null, limit: 200 };
  const rows = async (read: typeof listReady) => (await read(floor.sql, wish)).map(({ row }) => row);
  const expected = { queue: await rows(listReady), waiting: await rows(listWaiting) };
  for (const person of people) {
    for (const list of ['queue', 'waiting'] as const) {
      const { body } = await person.get<OperationPage>(`/${list}?limit=200`);
      assert.deepEqual(body.items, expected[list], `${list} of ${person.name} after ${what}`);
    }
    const { body } = await person.get<MyWork>('/my-work');
    assert.deepEqual(body.held, await listHeldBy(floor.sql, person.id), `held by ${person.name} after ${what}`);
    assert.deepEqual(
      body.finished,
      [...(await listFinishedToday(floor.sql, person.id, ZONE))],
      `finished after ${what}`,
    );
    assert.equal(body.claims, body.held.length, `claims of ${person.name} after ${what}`);
  }
}

async function take(order: Order): Promise<void> {
  await floor.publish(order);
  await until(async () => {
    const [known] = await floor.sql<{ version: number }[]>`
      select version from floor_order where order_id = ${order.id}`;
    return known?.version === order.version;
  });
}

test('after whatever is done on the floor the held lists are what is written', async () => {
  const [first, second] = people as [Worker, Worker];
  const order = exampleOrder({ items: [exampleItem({ quantity: 4 }), exampleItem({ quantity: 2 }, 2)] });
  await take(order);
  await assertLists('an order came');
  let operation: OperationRow = await readyOperation(first, order.id);
  const act = async (who: Worker, verb: string, body: object = {}, id = operation.id) => {
    const { status, body: answer } = await who.act(id, verb, body);
    assert.equal(status, 200, `${verb}: ${JSON.stringify(answer)}`);
    await assertLists(verb);
  };

  await act(first, 'claim');
  await act(first, 'release');
  await act(second, 'claim');
  await act(foreman, 'reassign', { personId: first.id, reason: 'shift' });
  await act(first, 'start');
  await act(first, 'pause');
  await act(first, 'start');
  await act(first, 'split', { quantity: 1 });
  await act(first, 'scrap', { quantity: 1, reason: 'broken' });
  await act(first, 'finish', { good: 1, scrapped: 1, reason: 'broken' });

  const held = exampleOrder({ ...order, version: 6, hold: { reason: 'wait', by: 'x', at: order.updatedAt } as never });
  await take(held);
  await assertLists('a hold');
  await take({ ...held, version: 7, hold: { reason: 'wait longer', by: 'x', at: order.updatedAt } as never });
  await assertLists('another reason of the hold');
  await take({ ...order, version: 8, rush: true, dueAt: '2027-01-01T10:00:00.000Z' });
  await assertLists('rush');

  operation = await readyOperation(first, order.id);
  await act(first, 'claim');
  await foreman.put(`/operators/${first.id}`, { name: first.name, claimCap: 7, workCentres: CENTRES });
  await assertLists('another cap');
  assert.equal((await first.get<MyWork>('/my-work')).body.cap, 7);
  const { status } = await foreman.put(`/rates/${operation.code}`, { minor: 123 });
  assert.equal(status, 200);
  await assertLists('another rate');
  await act(first, 'start');

  await take({ ...order, version: 9, status: 'cancelled' });
  await assertLists('a cancellation');
});

test('a claim that expires is back in the queue of everybody, and out of its holder’s hands', async () => {
  const [first] = people as [Worker];
  const order = exampleOrder();
  await take(order);
  const operation = await readyOperation(first, order.id);
  await first.act(operation.id, 'claim');
  await assertLists('claim');
  await floor.sql`update operation set claim_expires_at = platform.now() where id = ${operation.id}`;
  await until(async () => (await listHeldBy(floor.sql, first.id)).length === 0);
  await until(async () => {
    const { body } = await first.get<MyWork>('/my-work');
    return body.held.length === 0;
  });
  await assertLists('expiry');
});

test('who is narrowed to other work centres sees other lists at once', async () => {
  const narrowed = await floor.person('operator', 'Narrowed');
  const all = await narrowed.get<OperationPage>('/queue?limit=200');
  assert.ok(all.body.items.length > 0);
  await foreman.put(`/operators/${narrowed.id}`, { name: narrowed.name, claimCap: 3, workCentres: ['polishing'] });
  const { body } = await narrowed.get<OperationPage>('/queue?limit=200');
  assert.ok(body.items.every(({ workCentre }) => workCentre === 'polishing'));
});
