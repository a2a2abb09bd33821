import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RoomSpec } from '#platform/database';
import { testDatabase } from './index.ts';

const noMigrations = new URL('./no-migrations/', import.meta.url);
const rooms: RoomSpec[] = [
  { name: 'orders', migrations: noMigrations, hears: [] },
  { name: 'crm', migrations: noMigrations, hears: ['order'] },
];

const first = await testDatabase({ rooms });
const second = await testDatabase({ rooms });
after(async () => {
  await first.close();
  await second.close();
});

test('two databases of one template share nothing', async () => {
  await first.sql('orders')`create table thing (id int)`;
  await assert.rejects(second.sql('orders')`select from thing`, /does not exist/);
});

test('a clone lets in its rooms and reads its feed through their views', async () => {
  await second.sql('orders')`insert into bus.feed (topic, key, body) values ('order.placed', 'k', '{}')`;
  assert.equal((await second.sql('crm')`select from bus.feed_crm`).length, 1);
});

test('closing drops the database', async () => {
  const gone = await testDatabase({ rooms });
  await gone.close();
  const [found] = await first.sql(
    'orders',
  )`select from pg_database where datname = ${new URL(gone.adminUrl).pathname.slice(1)}`;
  assert.equal(found, undefined);
});
