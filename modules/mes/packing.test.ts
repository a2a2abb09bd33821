import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PackAnswer, PackingOrder, PackingPage } from '#contracts/mes';
import { newId } from '#platform/clock';
import type { Problem } from '#platform/http';
import {
  exampleChange,
  exampleOrder,
  readyOperation,
  startFloor,
  type TestFloor,
  until,
  type Worker,
} from './test-floor.ts';

let floor: TestFloor;
let packer: Worker;
before(async () => {
  floor = await startFloor();
  packer = await floor.person('packer', 'Полина');
});
after(() => floor.close());

const shipment = { carrier: 'СДЭК', trackingNumber: 'RR 123 456 789' };

async function produced(): Promise<PackingOrder> {
  const order = exampleOrder();
  await floor.publish(order);
  await floor.publish({ ...order, version: 8, status: 'produced' }, { name: 'made' });
  return until(async () => {
    const { body } = await packer.get<PackingPage>('/packing');
    return body.items.find(({ orderId }) => orderId === order.id);
  });
}

test('an order is found by its number or by a traveller’s code', async () => {
  const order = await produced();
  for (const code of [order.number, ` ${order.number.toLowerCase()} `, `${order.number}/1/2`]) {
    const { body } = await packer.get<PackingOrder>(`/orders/lookup?code=${encodeURIComponent(code)}`);
    assert.equal(body.orderId, order.orderId);
  }
  assert.equal((await packer.get('/orders/lookup?code=FL-1')).status, 404);
});

test('shipping asks the orders room first; a refusal prints nothing, the answer gives the label', async () => {
  const order = await produced();
  const lines = order.items.map(({ itemId, quantity }) => ({ itemId, quantity }));
  const body = { commandId: newId(), version: order.version, ...shipment, lines };
  floor.answerOrders(409, {
    code: 'order.stale_version',
    title: 'Stale',
    hint: 'Look',
    status: 409,
    current: { version: 9 },
  });
  const refused = await packer.post<Problem>(`/orders/${order.orderId}/ship`, body);
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body['current']],
    [409, 'order.stale_version', { version: 9 }],
  );
  floor.answerOrders(503, {});
  assert.equal((await packer.post<Problem>(`/orders/${order.orderId}/ship`, body)).body.code, 'room.unavailable');
  const { body: unshipped } = await packer.get<PackingOrder>(`/orders/${order.orderId}`);
  assert.deepEqual(unshipped.parcels, []);

  const answer = {
    orderId: order.orderId,
    number: order.number,
    version: 10,
    status: 'shipped',
    possible: [],
    repeated: false,
  };
  floor.answerOrders(200, answer);
  const shipped = await packer.post<PackAnswer>(`/orders/${order.orderId}/ship`, body);
  const again = await packer.post<PackAnswer>(`/orders/${order.orderId}/ship`, body);
  assert.equal(shipped.status, 200);
  assert.equal(shipped.body.parcelId, again.body.parcelId);
  assert.deepEqual(floor.ordersAsked.at(-1), { path: `/api/internal/v1/orders/${order.orderId}/ship`, body });

  const label = await packer.file(`/parcels/${shipped.body.parcelId}/label.pdf?language=ru`);
  assert.deepEqual([label.status, label.type], [200, 'application/pdf']);
  assert.equal(label.bytes.subarray(0, 5).toString(), '%PDF-');
  const { body: seen } = await packer.get<PackingOrder>(`/orders/${order.orderId}`);
  assert.deepEqual(
    seen.parcels.map(({ trackingNumber, by }) => [trackingNumber, by]),
    [[shipment.trackingNumber, 'Полина']],
  );
});

test('a parcel holds what orders has shipped, also when its answer was lost and the command is repeated', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const item = { ...order.items[0]!, state: 'packed' as const, packed: 3 };
  await floor.publish({ ...order, version: 8, status: 'packed', items: [item] }, { name: 'pack' });
  const path = `/orders/${order.id}`;
  const heard = (version: number) => until(async () => (await packer.get<PackingOrder>(path)).body.version === version);
  await heard(8);

  const body = { commandId: newId(), version: 8, ...shipment };
  floor.answerOrders(503, {});
  assert.equal((await packer.post<Problem>(`${path}/ship`, body)).status, 503);
  const at = '2026-03-02T09:00:00.000Z';
  const lines = [{ itemId: item.id, quantity: 3 }];
  const shipped = {
    ...order,
    version: 9,
    status: 'shipped' as const,
    items: [{ ...item, state: 'shipped' as const, shipped: 3 }],
    shipments: [{ id: newId(), ...shipment, at, lines }],
  };
  const entry = { ...exampleChange(shipped), name: 'ship', at };
  await floor.publish(shipped, entry);
  await heard(9);
  floor.showInOrders(shipped, [{ ...entry, version: 8, at: '2026-03-01T09:00:00.000Z' }, entry]);
  const { number } = order;
  floor.answerOrders(200, { orderId: order.id, number, version: 9, status: 'shipped', possible: [], repeated: true });
  assert.equal((await packer.post<PackAnswer>(`${path}/ship`, body)).status, 200);
  const { parcels } = (await packer.get<PackingOrder>(path)).body;
  assert.deepEqual(
    parcels.map((parcel) => parcel.lines),
    [lines],
  );
});

test('a traveller goes with the job; who may not pack is refused', async () => {
  const operator = await floor.person('operator');
  const order = exampleOrder({ rush: true });
  await floor.publish(order);
  const operation = await readyOperation(operator, order.id);
  const traveller = await operator.file(`/operations/${operation.id}/traveller.pdf?language=ru`);
  assert.equal(traveller.bytes.subarray(0, 5).toString(), '%PDF-');
  assert.equal((await operator.post(`/orders/${order.id}/pack`, { commandId: newId(), version: 5 })).status, 403);
});
