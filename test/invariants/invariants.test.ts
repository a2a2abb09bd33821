import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROOMS } from '#app/rooms';
import { openDatabase } from '#platform/database';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { checkInvariants, type INVARIANT_NAMES } from './invariants.ts';
import { emptyLedger, type Witness } from './witness.ts';

let database: TestDatabase;
let admin: ReturnType<typeof openDatabase>;
before(async () => {
  database = await testDatabase({ rooms: Object.values(ROOMS) });
  admin = openDatabase({ url: database.adminUrl, room: 'witness', max: 2 });
});
after(async () => {
  await admin?.end();
  await database?.close();
});

const ORDER = '0196f000-0000-7000-8000-000000000001';
const COMMAND = '0196f000-0000-7000-8000-000000000002';

test('an empty house keeps every invariant', async () => {
  const witness: Witness = { database: () => admin.sql, ledger: emptyLedger(), transport: 'postgres' };
  assert.deepEqual(await checkInvariants(witness, { quiet: true }), []);
});

test('a promise that was not kept is seen, and so is an answer that changed', async () => {
  const ledger = emptyLedger();
  const answer = {
    room: 'orders',
    name: 'place',
    commandId: COMMAND,
    actorId: 'anna',
    subjectId: ORDER,
    sentVersion: null,
    version: 1,
    text: 'submitted',
  } as const;
  ledger.answers.push(answer, { ...answer, text: 'priced' });
  const found = await checkInvariants({ database: () => admin.sql, ledger, transport: 'postgres' }, { quiet: false });
  assert.deepEqual(new Set(found.map(({ invariant }) => invariant)), new Set(['accepted-once']));
  assert.equal(found.length, 3);
});

test('a reader who was shown a state from before their own write is seen', async () => {
  const ledger = emptyLedger();
  ledger.ownWrites.push({ writerId: 'anna', what: 'a view', isShown: true });
  const witness: Witness = { database: () => admin.sql, ledger, transport: 'postgres' };
  assert.deepEqual(await checkInvariants(witness, { quiet: false }), []);
  ledger.ownWrites.push({ writerId: 'anna', what: 'a view', isShown: false });
  const found = await checkInvariants(witness, { quiet: false });
  assert.deepEqual(
    found.map(({ invariant }) => invariant),
    ['own-writes-seen'],
  );
});

test('an order whose row nobody wrote down is seen from every side', async () => {
  await admin.sql`
    insert into orders.orders (id, number, version, status, body)
    values (${ORDER}, 'FL-1', 2, 'submitted', '{"buyer": {"kind": "customer"}, "items": []}')`;
  const witness: Witness = { database: () => admin.sql, ledger: emptyLedger(), transport: 'postgres' };
  const found = await checkInvariants(witness, { quiet: true });
  await admin.sql`delete from orders.orders`;
  assert.deepEqual(
    new Set(found.map(({ invariant }) => invariant)),
    new Set(['history-whole', 'read-models-equal'] satisfies (typeof INVARIANT_NAMES)[number][]),
  );
});
