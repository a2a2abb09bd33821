import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDatabase } from '#platform/database';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { openSession, type Session } from './session.ts';

const noTables = new URL('./conformance/orders/', import.meta.url);
let database: TestDatabase;
const open: Session[] = [];
before(async () => {
  database = await testDatabase({ rooms: [{ name: 'orders', hears: [], migrations: noTables }] });
});
after(async () => {
  await Promise.all(open.map((session) => session.end()));
  await database?.close();
});

function session(): Session {
  const made = openSession(database.sql('orders'));
  open.push(made);
  return made;
}

async function holds(one: Session, lock: string): Promise<boolean> {
  const [row] = await one.sql<{ holds: boolean }[]>`select ${one.holds(lock)} as holds`;
  return row!.holds;
}

test('who asked for a lock and did not get it does not hold it', async () => {
  const [first, second] = [session(), session()];
  assert.equal(await holds(first, 'relay'), false);
  assert.equal(await first.tryLock('relay'), true);
  assert.equal(await second.tryLock('relay'), false);
  assert.equal(await holds(first, 'relay'), true);
  assert.equal(await holds(second, 'relay'), false);
  await first.unlock('relay');
  assert.equal(await holds(first, 'relay'), false);
});

test('a lock lost with its connection stays lost when the session is made anew for another one', async () => {
  const one = session();
  await one.tryLock('crm.orders');
  await one.tryLock('crm.quotes');
  const [backend] = await one.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const admin = openDatabase({ url: database.adminUrl, room: 'testing', max: 1 });
  await admin.sql`select pg_terminate_backend(${backend!.pid}, 10000)`;
  await admin.end();
  // The first statement may still be sent on the connection that is gone.
  const locked = await one.tryLock('crm.quotes').catch(() => one.tryLock('crm.quotes'));
  assert.equal(locked, true);
  assert.equal(await holds(one, 'crm.quotes'), true);
  assert.equal(await holds(one, 'crm.orders'), false);
});
