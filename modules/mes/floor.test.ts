import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type {
  OperationAnswer,
  OperationCard,
  OperationPage,
  PayPage,
  ProductionEvent,
  WorkCentres,
} from '#contracts/mes';
import { newId } from '#platform/clock';
import type { Problem } from '#platform/http';
import {
  exampleItem,
  exampleOrder,
  makeStep,
  readyOperation,
  startFloor,
  type TestFloor,
  until,
  type Worker,
} from './test-floor.ts';

let floor: TestFloor;
let maker: Worker;
let judge: Worker;
let foreman: Worker;

before(async () => {
  floor = await startFloor();
  maker = await floor.person('operator', 'Пётр');
  judge = await floor.person('quality', 'Вера');
  foreman = await floor.person('foreman', 'Фёдор');
  await foreman.put(`/operators/${maker.id}`, { name: 'Пётр', claimCap: 50, workCentres: null });
});
after(() => floor.close());

const month = () => new Date().toISOString().slice(0, 7);

async function facts(orderId: string): Promise<(ProductionEvent & { type: string })[]> {
  const rows = await floor.sql<{ topic: string; body: ProductionEvent }[]>`
    select topic, body from bus.feed_mes where key = ${orderId} and topic like 'production.%' order by seq`;
  return rows.map(({ topic, body }) => ({ ...body, type: topic }));
}

test('an order is made step by step, paid per good piece, and its facts are told', async () => {
  const order = exampleOrder({ items: [exampleItem({ process: 'lost-wax-casting', quantity: 2 })] });
  await floor.publish(order);
  const first = await readyOperation(maker, order.id);
  assert.deepEqual([first.code, first.step, first.steps, first.quantity], ['print_wax', 1, 7, 2]);
  assert.equal(first.pay.minor, first.rate.minor * 2);

  let operation: { id: string; quantity: number } = first;
  let earned = 0;
  for (let step = 1; step < 7; step += 1) {
    const answer = await makeStep(maker, operation);
    earned += answer.credited!.minor;
    operation = { id: answer.next!.id, quantity: answer.quantity };
  }
  const last = await makeStep(judge, operation);
  assert.equal(last.next, null);

  const told = await facts(order.id);
  assert.deepEqual(
    told.map(({ type, version, made, done }) => [type, version, made, done]),
    [
      ['production.started', 1, 0, false],
      ['production.made', 2, 2, true],
    ],
  );
  const pay = await maker.get<PayPage>(`/pay?period=${month()}`);
  assert.equal(pay.body.total.minor, earned);
  assert.equal(pay.body.items.length, 6);
  assert.ok(pay.body.items.every(({ orderNumber }) => orderNumber === order.number));
});

test('of 50 simultaneous claims one wins and 49 are told who has it', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  const people = await Promise.all(Array.from({ length: 50 }, (_, n) => floor.person('operator', `Operator ${n}`)));
  const answers = await Promise.all(
    people.map((person) => person.act<OperationAnswer & Problem>(operation.id, 'claim')),
  );

  const winners = people.filter((_, n) => answers[n]!.status === 200);
  assert.equal(winners.length, 1);
  const losers = answers.filter(({ status }) => status === 409);
  assert.equal(losers.length, 49);
  for (const { body } of losers) {
    assert.equal(body.code, 'operation.taken');
    assert.equal(body['by'], winners[0]!.name);
    assert.match(String(body['at']), /^\d{4}-.*Z$/);
  }
});

test('a repeated command gets the stored answer; its id for something else is refused', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  const commandId = newId();
  const answers = await Promise.all([1, 2, 3].map(() => maker.act(operation.id, 'claim', { commandId })));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.deepEqual(answers.map(({ body }) => body.repeated).sort(), [false, true, true]);
  const reused = await maker.act<Problem>(operation.id, 'release', { commandId });
  assert.deepEqual([reused.status, reused.body.code], [409, 'command.reused']);
  await maker.act(operation.id, 'release');
});

test('the cap holds against claims made at the same moment', async () => {
  const greedy = await floor.person('operator', 'Greedy');
  const order = exampleOrder({ items: Array.from({ length: 8 }, (_, n) => exampleItem({}, n + 1)) });
  await floor.publish(order);
  await readyOperation(maker, order.id);
  const { body: page } = await maker.get<OperationPage>('/queue?limit=200');
  const mine = page.items.filter(({ orderId }) => orderId === order.id);
  const answers = await Promise.all(mine.map(({ id }) => greedy.act<Problem>(id, 'claim')));
  assert.equal(answers.filter(({ status }) => status === 200).length, 3);
  assert.ok(answers.filter(({ status }) => status !== 200).every(({ body }) => body.code === 'claim.cap_reached'));
});

test('the rate shown is the rate paid: a change refuses the claim, or does not touch it', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  const rate = operation.rate.minor;
  await foreman.put('/rates/print_polymer', { minor: rate + 100 });
  const refused = await maker.act<Problem>(operation.id, 'claim', { rateMinor: rate });
  assert.deepEqual([refused.status, refused.body.code], [409, 'operation.rate_changed']);
  const claimed = await maker.act(operation.id, 'claim', { rateMinor: rate + 100 });
  await foreman.put('/rates/print_polymer', { minor: rate });
  await maker.act(operation.id, 'start');
  const { body } = await maker.act(operation.id, 'finish', { good: 3, scrapped: 0 });
  assert.equal(claimed.body.rate!.minor, rate + 100);
  assert.equal(body.credited!.minor, (rate + 100) * 3);
});

test('scrap opens a remake from the first step and is told; good pieces go on', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  await maker.act(operation.id, 'claim');
  await maker.act(operation.id, 'start');
  const mute = await maker.act<Problem>(operation.id, 'finish', { good: 2, scrapped: 1 });
  assert.equal(mute.body.code, 'operation.reason_required');
  const { body } = await maker.act(operation.id, 'finish', { good: 2, scrapped: 1, reason: 'warped' });
  assert.equal(body.next!.code, 'depowder');
  const { body: page } = await maker.get<OperationPage>('/queue?limit=200');
  const remake = page.items.find(({ jobId }) => jobId === body.openedJobId)!;
  assert.deepEqual([remake.jobKind, remake.quantity, remake.step], ['remake', 1, 1]);
  const scrapped = (await facts(order.id)).at(-1)!;
  assert.deepEqual([scrapped.type, scrapped.scrapped, scrapped.done], ['production.scrapped', 1, false]);
});

test('rework sends pieces back and takes the credit from the step that failed', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  let operation: { id: string; quantity: number } = await readyOperation(maker, order.id);
  const finishers: OperationAnswer[] = [];
  for (let step = 1; step <= 3; step += 1) {
    finishers.push(await makeStep(maker, operation));
    operation = { id: finishers.at(-1)!.next!.id, quantity: 3 };
  }
  await judge.act(operation.id, 'claim');
  await judge.act(operation.id, 'start');
  const { body } = await judge.act(operation.id, 'rework', { quantity: 2, toStep: 3, reason: 'scratches' });
  assert.deepEqual([body.quantity, body.state], [1, 'running']);
  const again = await readyOperation(maker, order.id);
  assert.deepEqual([again.jobKind, again.step, again.quantity], ['rework', 3, 2]);

  const { body: pay } = await maker.get<PayPage>(`/pay?period=${month()}`);
  const reversal = pay.items.find(({ kind }) => kind === 'reversal')!;
  const credit = pay.items.find(({ id }) => id === reversal.reverses)!;
  assert.equal(credit.operationId, finishers[2]!.operationId);
  assert.equal(reversal.amount.minor, -2 * credit.rate.minor);
  const forward = await judge.act<Problem>(operation.id, 'rework', { quantity: 1, toStep: 4, reason: 'no' });
  assert.equal(forward.body.code, 'operation.wrong_step');
});

test('a split leaves part of the pieces to somebody else', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  await maker.act(operation.id, 'claim');
  const { body } = await maker.act(operation.id, 'split', { quantity: 2 });
  assert.equal(body.quantity, 1);
  const rest = await readyOperation(maker, order.id);
  assert.deepEqual([rest.jobId, rest.quantity, rest.jobKind], [body.openedJobId, 2, 'split']);
});

test('a hold stops new claims and says so; a release of it frees them', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  const hold = { reason: 'address unclear', by: 'Seller', at: order.placedAt };
  await floor.publish({ ...order, version: 6, hold }, { name: 'hold' });
  const waiting = await until(async () => {
    const { body } = await maker.get<OperationPage>('/waiting?limit=200');
    return body.items.find(({ id, waitsFor }) => id === operation.id && waitsFor?.code === 'hold');
  });
  assert.equal(waiting.waitsFor!.text, 'address unclear');
  const refused = await maker.act<Problem>(operation.id, 'claim');
  assert.deepEqual([refused.status, refused.body.code], [409, 'operation.held']);
  await floor.publish({ ...order, version: 7, hold: null }, { name: 'release' });
  await readyOperation(maker, order.id);
});

test('older and repeated versions of an order change nothing', async () => {
  const order = exampleOrder({ version: 9 });
  await floor.publish(order);
  await readyOperation(maker, order.id);
  const hold = { reason: 'old news', by: 'Seller', at: order.placedAt };
  await floor.publish({ ...order, version: 8, hold });
  await floor.publish(order);
  const marker = exampleOrder();
  await floor.publish(marker);
  await readyOperation(maker, marker.id);
  const [counted] = await floor.sql<{ jobs: number; held: number }[]>`
    select count(distinct job_id)::int as jobs, count(*) filter (where held)::int as held
    from operation where order_id = ${order.id}`;
  assert.deepEqual(counted, { jobs: 1, held: 0 });
});

test('a cancelled order stops its work, which is paid by worked time', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  await maker.act(operation.id, 'claim');
  await maker.act(operation.id, 'start');
  await floor.sql`update work_interval set started_at = started_at - interval '450 seconds' where operation_id = ${operation.id}`;
  await floor.publish({ ...order, version: 6, status: 'cancelled' }, { name: 'cancel', reason: 'customer left' });
  const card = await until(async () => {
    const { body } = await maker.get<OperationCard>(`/operations/${operation.id}`);
    return body.operation.state === 'stopped' && body;
  });
  assert.ok(card.route.every(({ state }) => state === 'stopped'));
  const { body: pay } = await maker.get<PayPage>(`/pay?period=${month()}`);
  const entry = pay.items.find(({ operationId }) => operationId === operation.id)!;
  // Half of the 900 s norm of one piece, at least; a second or so may have passed besides.
  assert.equal(entry.kind, 'cancelled');
  assert.ok(entry.amount.minor >= operation.rate.minor / 2 && entry.amount.minor < operation.rate.minor);
  const finish = await maker.act<Problem>(operation.id, 'finish', { good: 3, scrapped: 0 });
  assert.deepEqual([finish.status, finish.body.code], [409, 'operation.stopped']);
});

test('pieces that the order sends back get a job from the rework step', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  let operation: { id: string; quantity: number } = await readyOperation(maker, order.id);
  for (let step = 1; step <= 3; step += 1) {
    operation = { id: (await makeStep(maker, operation)).next!.id, quantity: 3 };
  }
  await makeStep(judge, operation);
  const { version } = (await facts(order.id)).at(-1)!;
  const [item] = order.items;
  const reworked = { ...item!, made: 2, productionVersion: version };
  await floor.publish(
    { ...order, version: 9, status: 'in_production', items: [reworked] },
    { name: 'rework', reason: 'dents' },
  );
  const again = await readyOperation(maker, order.id);
  assert.deepEqual([again.jobKind, again.code, again.quantity], ['rework', 'finish', 1]);
  const done = await makeStep(maker, again);
  await makeStep(judge, { id: done.next!.id, quantity: 1 });
  const last = (await facts(order.id)).at(-1)!;
  assert.deepEqual([last.made, last.done, last.version], [3, true, version + 1]);
});

test('the foreman reassigns with a reason; the first person no longer has it', async () => {
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(maker, order.id);
  await maker.act(operation.id, 'claim');
  await maker.act(operation.id, 'start');
  const other = await floor.person('operator', 'Other');
  const body = { personId: other.id, reason: 'shift ends' };
  assert.equal((await foreman.act<Problem>(operation.id, 'reassign', body)).body.code, 'operator.unknown');
  await foreman.put(`/operators/${other.id}`, { name: 'Other', claimCap: 3, workCentres: ['bench'] });
  assert.equal((await foreman.act(operation.id, 'reassign', body)).status, 200);
  assert.equal((await maker.act<Problem>(operation.id, 'pause')).body.code, 'operation.not_yours');
  assert.equal((await maker.act<Problem>(operation.id, 'reassign', body)).status, 403);
  await other.act(operation.id, 'start');
  const { body: done } = await other.act(operation.id, 'finish', { good: 3, scrapped: 0 });
  assert.equal(done.credited!.minor, operation.rate.minor * 3);
  const { body: card } = await foreman.get<OperationCard>(`/operations/${operation.id}`);
  assert.deepEqual(
    card.history.map(({ version }) => version),
    card.history.map((_, index) => index + 1),
  );
  const unfit = await other.act<Problem>((await readyOperation(maker, await another())).id, 'claim');
  assert.deepEqual([unfit.status, unfit.body.code], [403, 'work_centre.not_qualified']);
});

async function another(): Promise<string> {
  const order = exampleOrder();
  await floor.publish(order);
  return order.id;
}

test('the queue is urgent first on every page, and counts by work centre', async () => {
  const rush = exampleOrder({ rush: true, dueAt: null });
  const soon = exampleOrder({ dueAt: new Date(Date.now() + 3_600_000).toISOString() });
  await floor.publish(soon);
  await floor.publish(rush);
  await readyOperation(maker, rush.id);
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await maker.get<OperationPage>(`/queue?workCentre=polymer-printing&limit=2${cursor}`);
    seen.push(...body.items.map(({ orderId }) => orderId));
    cursor = body.next ? `&cursor=${encodeURIComponent(body.next)}` : '';
  } while (cursor);
  assert.equal(seen[0], rush.id);
  assert.equal(seen[1], soon.id);
  // Counts may be a second old.
  await until(async () => {
    const { body } = await maker.get<WorkCentres>('/work-centres');
    return body.items.find(({ id }) => id === 'polymer-printing')!.ready === seen.length;
  });
  const garbage = await maker.get<Problem>('/queue?cursor=W10');
  assert.deepEqual([garbage.status, garbage.body.code], [400, 'request.invalid']);
});

test('the ledger takes no change; reversals are linked and never exceed their credit', async () => {
  await assert.rejects(floor.sql`update pay_entry set amount_minor = 0`, /append-only/);
  await assert.rejects(floor.sql`delete from pay_entry`, /append-only/);
  const { body: pay } = await maker.get<PayPage>(`/pay?period=${month()}`);
  const credit = pay.items.find(
    ({ kind, id, quantity }) =>
      kind === 'credit' && quantity === 3 && !pay.items.some(({ reverses }) => reverses === id),
  )!;
  const body = { quantity: 2, reason: 'counted twice' };
  const commandId = newId();
  const first = await foreman.post<{ id: string }>(`/pay/${credit.id}/reverse`, { ...body, commandId });
  const same = await foreman.post<{ id: string }>(`/pay/${credit.id}/reverse`, { ...body, commandId });
  assert.equal(first.body.id, same.body.id);
  const more = await foreman.post<Problem>(`/pay/${credit.id}/reverse`, { ...body, commandId: newId() });
  assert.deepEqual([more.status, more.body.code, more.body['left']], [409, 'pay.reversed', 1]);
  const foreign = await judge.get<Problem>(`/pay?period=${month()}&personId=${maker.id}`);
  assert.equal(foreign.status, 403);
  const csv = await foreman.file(`/pay/export.csv?period=${month()}`);
  assert.match(csv.type, /^text\/csv/);
  const [rows] = await floor.sql<{ count: number }[]>`select count(*)::int as count from pay_entry`;
  assert.equal(csv.bytes.toString().trim().split('\r\n').length, rows!.count + 1);
});

test('every rate of the routes is known', async () => {
  const { body } = await foreman.get<{ items: { operation: string }[] }>('/rates');
  const { body: centres } = await foreman.get<WorkCentres>('/work-centres');
  assert.deepEqual(
    body.items.map(({ operation }) => operation).sort(),
    centres.operations.map(({ code }) => code).sort(),
  );
});
