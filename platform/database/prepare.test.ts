import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from '#platform/testing';
import { databaseUrl, openDatabase, prepareDatabase, type RoomSpec, roomUrl } from './index.ts';

let server: TestServer;
const parent = mkdtempSync(join(tmpdir(), 'forgeline-prepare-'));
before(async () => {
  server = await startTestServer();
});
after(async () => {
  await server.stop();
  rmSync(parent, { recursive: true });
});

/** A new empty database and a room whose migrations can be written. */
async function fixture(name: string) {
  await run(server.url, `create database ${name}`);
  const folder = mkdtempSync(join(parent, 'migrations-'));
  const rooms: RoomSpec[] = [{ name: 'orders', hears: ['quote'], migrations: pathToFileURL(`${folder}/`) }];
  const adminUrl = databaseUrl(server.url, name);
  return {
    adminUrl,
    rooms,
    room: roomUrl(adminUrl, 'orders', 'secret'),
    write: (file: string, text: string) => writeFileSync(join(folder, file), text),
    remove: (file: string) => rmSync(join(folder, file)),
    prepare: (url = adminUrl) => prepareDatabase({ adminUrl: url, rooms, passwords: { orders: 'secret' } }),
  };
}

async function run(url: string, text: string): Promise<Record<string, unknown>[]> {
  const { sql, end } = openDatabase({ url, room: 'test', max: 1 });
  return await sql.unsafe(text).finally(end);
}

test('each migration runs once, in order, as the room; what comes later is added', async () => {
  const { write, prepare, room } = await fixture('grows');
  write('0002-more.sql', 'alter table thing add owner name default current_user; insert into thing (id) values (1);');
  write('0001-thing.sql', 'create table thing (id int);');
  await prepare();
  await prepare();
  write('0003-index.sql', 'create index on thing (id);');
  await prepare();
  assert.deepEqual([...(await run(room, 'select * from thing'))], [{ id: 1, owner: 'orders' }]);
  const names = (await run(room, 'select name from migration order by name')).map(({ name }) => name);
  assert.deepEqual(names, ['0001-thing.sql', '0002-more.sql', '0003-index.sql']);
});

test('an applied migration that was changed or removed is refused; one that a newer release applied is not', async () => {
  const { write, remove, prepare } = await fixture('edited');
  write('0001-thing.sql', 'create table thing (id int);');
  write('0002-more.sql', 'create table more (id int);');
  await prepare();
  write('0001-thing.sql', 'create table thing (id bigint);');
  await assert.rejects(prepare(), /orders\/0001-thing\.sql was applied .* has been changed since/);
  remove('0001-thing.sql');
  await assert.rejects(prepare(), /orders\/0001-thing\.sql was applied .* has been removed since/);
  write('0001-thing.sql', 'create table thing (id int);');
  remove('0002-more.sql');
  await prepare();
});

test('a migration that fails leaves nothing and is named; so is a file with another name', async () => {
  const { write, remove, prepare, room } = await fixture('fails');
  write('0001-broken.sql', 'create table half (id int); select 1 / 0;');
  await assert.rejects(prepare(), /orders\/0001-broken\.sql failed: division by zero/);
  const [row] = await run(room, `select to_regclass('half') as half, (select count(*) from migration) as applied`);
  assert.deepEqual(row, { half: null, applied: 0 });
  remove('0001-broken.sql');
  write('first.sql', '');
  await assert.rejects(prepare(), /first\.sql: a migration is named like/);
});

test('four processes prepare one database and four others of the server at once', async () => {
  const one = await fixture('together');
  one.write('0001-thing.sql', 'create table thing (id int); insert into thing values (1);');
  const others = await Promise.all([1, 2, 3, 4].map((n) => fixture(`apart_${n}`)));
  const script = new URL('./fixtures/prepare.ts', import.meta.url).pathname;
  const rooms = JSON.stringify(one.rooms.map((room) => ({ ...room, name: 'crm', migrations: room.migrations.href })));
  const urls = [...Array(4).fill(one.adminUrl), ...others.map(({ adminUrl }) => adminUrl)];
  await Promise.all(urls.map((url) => promisify(execFile)(process.execPath, [script, url, rooms])));
  for (const url of urls) {
    assert.equal((await run(roomUrl(url, 'crm', 'secret'), 'select * from thing')).length, 1);
  }
});

test('eight callers at the same moment apply each migration once', async () => {
  const { write, prepare, room } = await fixture('rush');
  write('0001-thing.sql', 'create table thing (id int); insert into thing values (1);');
  await Promise.all(Array.from({ length: 8 }, () => prepare()));
  assert.equal((await run(room, 'select * from thing')).length, 1);
});

test('a role that was made with another password gets the new one', async () => {
  const { adminUrl, rooms, room, prepare } = await fixture('passwords');
  await prepare();
  await prepareDatabase({ adminUrl, rooms, passwords: { orders: 'other' } });
  await assert.rejects(run(room, 'select 1'), { code: '28P01' });
  await prepare();
  assert.equal((await run(room, 'select 1')).length, 1);
});

test('an administrator who is no superuser is enough; what one lacks is named', async () => {
  const { adminUrl, rooms } = await fixture('modest');
  await run(server.url, `create role modest login password 'secret'`);
  const modest = roomUrl(adminUrl, 'modest', 'secret');
  const prepare = () => {
    const own = rooms.map((room) => ({ ...room, name: 'modest_orders' }));
    return prepareDatabase({ adminUrl: modest, rooms: own, passwords: { modest_orders: 'secret' } });
  };
  await assert.rejects(prepare(), /missing: the right to create roles .*; ownership of the database/);
  await run(server.url, 'alter role modest createrole; alter database modest owner to modest');
  await run(server.url, 'grant bus_user to modest with admin option');
  await prepare();
  await prepare();
  assert.equal(
    (await run(roomUrl(adminUrl, 'modest_orders', 'secret'), 'select from bus.feed_modest_orders')).length,
    0,
  );
});
