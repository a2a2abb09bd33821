import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Order } from '#contracts/orders';
import { rebuildsWanted, wantRebuild } from '#platform/bus';
import {
  check,
  type DriftKind,
  digestsOfIds,
  type ReadModel,
  readBuckets,
  readState,
  rebuild,
} from '#platform/read-model';
import { assignOrder } from '../modules/crm/store-desk.ts';
import { contentOf, type House, openHouse, partnerBuyer } from './read-models/house.ts';

let house: House;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

const round = (model: ReadModel, repairs = true, patienceMs = 5_000) =>
  check({ model, truth: house.truth, repairs, patienceMs, log: house.log });

/** A customer's and a partner's order, both far enough to be on the floor. */
async function twoOrders(): Promise<[Order, Order]> {
  const made: Order[] = [];
  for (const parts of [{}, { buyer: partnerBuyer(), source: 'partner' as const }]) {
    let order = await house.place(parts);
    while (order.status !== 'in_production') order = await house.change(order);
    made.push(order);
  }
  await house.settled();
  return [made[0]!, made[1]!];
}

test('copies that took every event equal the truth, bucket by bucket', async () => {
  await twoOrders();
  for (const model of Object.values(house.models)) {
    const { items } = await house.truth.buckets(model.scope);
    assert.deepEqual(await readBuckets(model.sql, model.table), items);
    assert.ok(items.length > 0);
    const { compared, drift, underWay } = await round(model);
    assert.deepEqual([compared, drift, underWay], [items.reduce((sum, { rows }) => sum + rows, 0), [], 0]);
  }
});

const PLANTED: Record<DriftKind, (model: ReadModel, orderId: string) => Promise<unknown>> = {
  missing: ({ sql, table }, id) => sql`delete from ${sql(table.name)} where ${sql(table.id)} = ${id}`,
  behind: ({ sql, table }, id) =>
    sql`update ${sql(table.name)} set version = 2, status = 'priced' where ${sql(table.id)} = ${id}`,
  wrong: ({ sql, table }, id) => sql`update ${sql(table.name)} set status = 'closed' where ${sql(table.id)} = ${id}`,
  extra: ({ sql, table }, id) =>
    sql`update ${sql(table.name)} set ${sql(table.id)} = uuidv7() where ${sql(table.id)} = ${id}`,
};

for (const [kind, plant] of Object.entries(PLANTED)) {
  for (const name of ['crm', 'shop', 'partners', 'mes'] as const) {
    // The floor's rows carry its own work: they cannot vanish.
    if (name === 'mes' && (kind === 'missing' || kind === 'extra')) continue;
    test(`a row of ${name} that is ${kind} is found and put right`, async () => {
      const model = house.models[name];
      const orders = await twoOrders();
      const victim = name === 'partners' ? orders[1] : orders[0];
      const tables = [model.table.name];
      const sound = await contentOf(model.sql, tables);
      await plant(model, victim.id);
      assert.notDeepEqual(await contentOf(model.sql, tables), sound);

      const found = await round(model, false);
      const kinds = kind === 'extra' ? ['extra', 'missing'] : [kind];
      assert.deepEqual(found.drift.map((one) => one.kind).sort(), kinds);
      assert.deepEqual(found.repaired, []);
      const mended = await round(model);
      assert.equal(mended.repaired.length, kinds.length);
      const healed = await contentOf(model.sql, tables);
      if (name === 'mes') for (const row of [...sound['floor_order']!, ...healed['floor_order']!]) forgetTime(row);
      assert.deepEqual(healed, sound);
      assert.deepEqual((await round(model)).drift, []);
    });
  }
}

function forgetTime(row: unknown): void {
  delete (row as { changed_at?: string }).changed_at;
}

test('an event that was lost is made good; work that follows from it is opened', async () => {
  const { mes } = house.models;
  let order = await house.place();
  while (order.status !== 'confirmed') order = await house.change(order);
  await house.settled();
  // As if the event had become a dead letter: the truth moves, nothing is told.
  await house.truthSql`alter table history disable trigger all`.catch(() => undefined);
  const lost = { ...order, version: order.version + 1, status: 'approved' as const };
  await house.truthSql`update orders set version = ${lost.version}, status = 'approved', body = ${house.truthSql.json(lost as never)} where id = ${order.id}`;
  await house.truthSql`
    insert into history (order_id, version, change, state)
    select order_id, ${lost.version}, change || jsonb_build_object('version', ${lost.version}::int, 'from', 'confirmed', 'status', 'approved'), ${house.truthSql.json(lost as never)}
    from history where order_id = ${order.id} and version = ${order.version}`;
  const { drift, repaired } = await round(mes);
  assert.deepEqual([drift.map(({ kind }) => kind), repaired], [['missing'], [order.id]]);
  const [job] = await mes.sql`select from job join floor_item using (item_id) where order_id = ${order.id}`;
  assert.ok(job, 'the floor must have the work');
  await round(house.models.crm);
  await round(house.models.shop);
});

test('what is merely under way is neither counted nor touched', async () => {
  const { crm } = house.models;
  const order = await house.place();
  await house.settled();
  // Holds the row, so that the projection of the next event waits.
  await crm.sql.begin(async (tx) => {
    const held = await tx`select from order_row where id = ${order.id} for update`;
    assert.equal(held.length, 1);
    await house.change(order);
    const { drift, repaired, underWay } = await round(crm, true, 200);
    assert.deepEqual([drift, repaired, underWay], [[], [], 1]);
  });
  await house.settled();
  const { drift, underWay } = await round(crm);
  assert.deepEqual([drift, underWay], [[], 0]);
});

test('rounds during heavy writing find nothing', async () => {
  let writing = true;
  const writers = Promise.all(Array.from({ length: 4 }, () => writeOrders(20))).finally(() => {
    writing = false;
  });
  for (let rounds = 0; writing || rounds < 3; rounds++) {
    const results = await Promise.all(Object.values(house.models).map((model) => round(model)));
    assert.deepEqual(
      results.map(({ drift }) => drift),
      [[], [], [], []],
    );
  }
  await writers;
});

/** Customers' and partners' orders in turn, each changed a few times. */
async function writeOrders(count: number, onOrder?: (order: Order) => Promise<unknown>): Promise<void> {
  for (let number = 0; number < count; number++) {
    let order = await house.place(number % 2 === 0 ? {} : { buyer: partnerBuyer(), source: 'partner' });
    for (let changes = 0; changes < 4; changes++) {
      order = await house.change(order, changes % 2 === 0 ? order.status : undefined);
    }
    await onOrder?.(order);
  }
}

for (const name of ['crm', 'shop', 'partners'] as const) {
  test(`${name} made anew under writing equals the one kept by events, and serves all the while`, async () => {
    const model = house.models[name];
    const [first] = await twoOrders();
    const isHere = async () => (await digestsOfIds(model.sql, model.table, [first.id])).length === 1;
    const belongs = await isHere();
    let rebuilding = true;
    const writers = Promise.all(
      Array.from({ length: 3 }, () => writeOrders(15, name === 'crm' ? (order) => assign(model, order.id) : undefined)),
    );
    const reader = (async () => {
      for (; rebuilding; await nextTurn()) assert.equal(await isHere(), belongs);
    })();
    const { orders } = await rebuild({ model, truth: house.truth, log: house.log });
    assert.ok(orders > 0);
    rebuilding = false;
    await Promise.all([writers, reader]);
    await house.settled();
    const live = await contentOf(model.sql, model.copies!);
    const indexes = () => model.sql`select indexdef from pg_indexes where schemaname = ${name} order by 1`;
    const before = [...(await indexes())];
    assert.deepEqual((await round(model)).drift, []);

    await rebuild({ model, truth: house.truth, log: house.log });
    assert.deepEqual(await contentOf(model.sql, model.copies!), live);
    assert.deepEqual([...(await indexes())], before);
    const changed = await house.change(first);
    await house.settled();
    if (belongs) assert.equal((await digestsOfIds(model.sql, model.table, [first.id]))[0]?.version, changed.version);
  });
}

/** As a seller does, of an order that has come into the list: the assignment is theirs, the row shows it. */
async function assign({ sql }: ReadModel, orderId: string): Promise<void> {
  const seller = { id: '018f0000-0000-7000-8000-000000000001', name: 'Oleg' };
  await sql.begin((tx) => assignOrder(tx, orderId, { assignee: seller, seen: null, by: seller }));
}

test('a rebuild that fails leaves nothing behind; what a dead one left goes with the next, which the mark brings', async () => {
  const model = house.models.crm;
  await twoOrders();
  const leftovers = () => model.sql`
    select tablename as name from pg_tables where schemaname = 'crm_rebuild'
    union all select tgname from pg_trigger where tgrelid = 'crm.order_row'::regclass and not tgisinternal`;
  const sound = await contentOf(model.sql, model.copies!);
  const failing = { ...house.truth, replay: () => Promise.reject(new Error('orders is away')) };
  await assert.rejects(rebuild({ model, truth: failing, log: house.log }), /orders is away/);
  assert.deepEqual([...(await leftovers())], []);

  // Another token than its own: it can clean up nothing, as after kill -9.
  const dying = {
    ...house.truth,
    async replay(): Promise<never> {
      await model.sql`update read_model set token = uuidv7() where name = ${model.name}`;
      throw new Error('killed');
    },
  };
  await assert.rejects(rebuild({ model, truth: dying, log: house.log }), /killed/);
  assert.ok((await leftovers()).length > model.copies!.length);
  assert.deepEqual(await contentOf(model.sql, model.copies!), sound);

  await wantRebuild(model.sql, { consumer: model.name, reason: 'a test' });
  while ((await rebuildsWanted(model.sql)).length > 0) await pause(20);
  assert.deepEqual([...(await leftovers())], []);
  assert.deepEqual(await contentOf(model.sql, model.copies!), sound);
  const { state, rebuiltAt } = await readState(model.sql, model.name);
  assert.deepEqual([state, rebuiltAt !== null], ['equal', true]);
});

test('of two at once the last to begin goes on, and the copy is whole', async () => {
  const model = house.models.shop;
  await house.settled();
  const sound = await contentOf(model.sql, model.copies!);
  const results = await Promise.allSettled([1, 2].map(() => rebuild({ model, truth: house.truth, log: house.log })));
  const ended = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.deepEqual(
    ended.map(({ reason }) => (reason as Error).name),
    ['RebuildOverrun'],
  );
  assert.deepEqual(await contentOf(model.sql, model.copies!), sound);
});

test('the floor is made anew in place: its own work stays', async () => {
  const model = house.models.mes;
  const [order] = await twoOrders();
  const jobs = () => contentOf(model.sql, ['job', 'operation', 'floor_item']);
  const sound = await jobs();
  await model.sql`update floor_order set version = 1, buyer_name = 'Nobody' where order_id = ${order.id}`;
  await rebuild({ model, truth: house.truth, log: house.log });
  const [row] = await model.sql`select version, buyer_name from floor_order where order_id = ${order.id}`;
  assert.deepEqual({ ...row }, { version: order.version, buyer_name: order.buyer.name });
  assert.deepEqual(await jobs(), sound);
});
