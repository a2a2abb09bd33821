import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVENT_OWNERS } from '#contracts/events';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { databaseUrl, openDatabase, type RoomSpec } from './index.ts';

const HEARS: Record<string, string[]> = {
  orders: ['quote', 'production'],
  pricing: ['order'],
  shop: ['order', 'quote'],
  crm: ['order', 'quote', 'production'],
  mes: ['order'],
  partners: ['order', 'quote'],
  identity: [],
};
const ROOMS = Object.keys(HEARS);
const rooms: RoomSpec[] = ROOMS.map((name) => ({
  name,
  hears: HEARS[name]!,
  migrations: new URL('./fixtures/migrations/one-table/', import.meta.url),
}));

const REFUSED = { code: '42501' };
let db: TestDatabase;

before(async () => {
  db = await testDatabase({ rooms });
});
after(() => db.close());

test('a room works in its own schema without naming it, and is refused every other room’s tables', async () => {
  for (const room of ROOMS) {
    const sql = db.sql(room);
    await sql`insert into thing (id) values (1)`;
    for (const other of ROOMS.filter((name) => name !== room)) {
      await assert.rejects(sql`select from ${sql(other)}.thing`, REFUSED, `${room} reads ${other}`);
      await assert.rejects(sql`insert into ${sql(other)}.thing (id) values (2)`, REFUSED, `${room} writes ${other}`);
      await assert.rejects(sql`create table ${sql(other)}.mine ()`, REFUSED, `${room} creates in ${other}`);
      await assert.rejects(sql`set role ${sql(other)}`, REFUSED, `${room} becomes ${other}`);
      await assert.rejects(sql`select from bus.${sql(`feed_${other}`)}`, REFUSED, `${room} reads the feed of ${other}`);
    }
  }
});

test('a room can enter no other database and make nothing outside its schema', async () => {
  const admin = openDatabase({ url: db.adminUrl, room: 'test', max: 1 });
  const databases = await admin.sql<{ name: string }[]>`
    select datname as name from pg_database where datallowconn and datname <> current_database()
    and datname not like 'test_%' and datname not like 'template_%'`;
  await admin.end();
  assert.ok(databases.length > 1);
  for (const { name } of databases) {
    const { sql, end } = openDatabase({ url: databaseUrl(db.url('crm'), name), room: 'crm', max: 1 });
    await assert.rejects(sql`select 1`.finally(end), REFUSED, name);
  }
  const sql = db.sql('crm');
  for (const statement of [
    'create schema extra',
    'create database extra',
    'create role extra',
    'create table public.extra ()',
    'create table bus.extra ()',
    'create temporary table extra ()',
    'create or replace function platform.now() returns timestamptz language sql as $$ select now() $$',
  ]) {
    await assert.rejects(sql.unsafe(statement), REFUSED, statement);
  }
});

test('a room reads the events it hears, its own and those of persons, and no others', async () => {
  for (const [word, room] of Object.entries(EVENT_OWNERS)) {
    const sql = db.sql(room);
    await sql`insert into bus.feed (topic, key, body) values (${`${word}.happened`}, 'k', '{}')`;
  }
  for (const room of ROOMS) {
    const sql = db.sql(room);
    const rows = await sql<{ word: string }[]>`
      select distinct split_part(topic, '.', 1) as word from ${sql.unsafe(`bus.feed_${room}`)}`;
    const own = Object.entries(EVENT_OWNERS).flatMap(([word, owner]) => (owner === room ? [word] : []));
    const expected = [...new Set([...HEARS[room]!, ...own, 'person'])];
    assert.deepEqual(rows.map(({ word }) => word).sort(), expected.sort(), room);
  }
});

test('a room cannot speak as another, nor forge what orders the feed', async () => {
  const sql = db.sql('crm');
  await assert.rejects(sql`insert into bus.feed (topic, key, body) values ('order.approved', 'k', '{}')`, REFUSED);
  for (const column of ['xid', 'seq', 'owner', 'at', 'id']) {
    const forged = sql.unsafe(
      `insert into bus.feed (topic, key, body, ${column}) values ('order-note.added', 'k', '{}', default)`,
    );
    await assert.rejects(forged, REFUSED, column);
  }
});

test('a function of the reader is not shown the rows that its view of the feed leaves out', async () => {
  await db.sql('mes')`insert into bus.feed (topic, key, body) values ('production.started', 'secret', '{}')`;
  const sql = db.sql('pricing');
  await sql`create table seen (key text)`;
  await sql.unsafe(`create function spy(key text) returns boolean language plpgsql cost 0.0000001 as $$
    begin insert into seen values (key); return true; end $$`);
  await sql`select from bus.feed_pricing where spy(key)`;
  const seen = await sql<{ key: string }[]>`select key from seen`;
  assert.equal(
    seen.some(({ key }) => key === 'secret'),
    false,
  );
});
