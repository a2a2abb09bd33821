import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { newId } from '#platform/clock';
import { openDatabase, type Sql } from '#platform/database';
import type { StreamEvent } from '#platform/http';
import { createLog } from '#platform/telemetry';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { decodeChanges, encodeChanges } from './changes-text.ts';
import { type LiveChanges, liveChanges } from './index.ts';

const room = { name: 'crm', hears: [], migrations: new URL('./fixtures/migrations/', import.meta.url) };
const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });

let database: TestDatabase;
let sql: Sql;
let here: LiveChanges;
let there: LiveChanges;
let otherPool: ReturnType<typeof openDatabase>;
let scope: string;

before(async () => {
  // Of its own: it limits a role and ends its connections, which are the whole server’s.
  database = await testDatabase({ rooms: [room], ownServer: true });
  sql = database.sql('crm');
});
after(() => database.close());

beforeEach(async () => {
  scope = `orders:${newId()}`;
  otherPool = openDatabase({ url: database.url('crm'), room: 'crm' });
  here = liveChanges({ sql, room: 'crm', log, checkMs: 50 });
  there = liveChanges({ sql: otherPool.sql, room: 'crm', log, checkMs: 50 });
  await here.start!();
  await there.start!();
});
afterEach(async () => {
  await here.stop!();
  await there.stop!();
  await otherPool.end();
});

/** A reader whose events can be awaited one by one. */
function read(live: LiveChanges, lastId: string | null = null) {
  const unread: StreamEvent[] = [];
  let wake = () => {};
  const leave = live.source(scope).subscribe(lastId, (event) => {
    unread.push(event);
    wake();
  });
  return {
    leave,
    async next(): Promise<StreamEvent> {
      while (unread.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return unread.shift()!;
    },
  };
}

const change = (version = 1) => ({ id: newId(), version });

function told({ id, event, data }: StreamEvent) {
  const { gen, ...rest } = data as { gen: number };
  assert.equal(String(gen), id);
  return { event, ...rest };
}

test('what one process announces, the readers of every process hear once it is committed', async () => {
  const readers = [read(here), read(there)];
  for (const reader of readers) assert.deepEqual(await reader.next(), { id: '0', event: 'ready', data: { gen: 0 } });
  const changes = [change(3), change(1)];
  await sql.begin((tx) => here.announce(tx, scope, changes));
  for (const reader of readers) {
    assert.deepEqual(told(await reader.next()), { event: 'changes', changes });
    reader.leave();
  }
});

test('who comes while the database cannot be asked is told that, and is served once it can', async () => {
  await sql`alter table live_gen rename to live_gen_away`;
  let reader: ReturnType<typeof read>;
  try {
    reader = read(here);
    assert.equal((await reader.next()).event, 'stale');
  } finally {
    await sql`alter table live_gen_away rename to live_gen`;
  }
  let told = await reader.next();
  while (told.event === 'stale') told = await reader.next();
  assert.equal(told.event, 'ready');
  const changes = [change(1)];
  await sql.begin((tx) => there.announce(tx, scope, changes));
  assert.equal((await reader.next()).event, 'changes');
  reader.leave();
});

test('what is rolled back is never heard', async () => {
  const reader = read(there);
  await reader.next();
  await assert.rejects(
    sql.begin(async (tx) => {
      await here.announce(tx, scope, [change(9)]);
      throw new Error('rolled back');
    }),
  );
  const kept = [change(2)];
  await sql.begin((tx) => here.announce(tx, scope, kept));
  assert.deepEqual(told(await reader.next()), { event: 'changes', changes: kept });
});

test('a reader that comes back gets exactly what it missed', async () => {
  const first = read(here);
  await first.next();
  const all = [[change(1)], [change(2)], [change(3)]];
  for (const changes of all) await sql.begin((tx) => here.announce(tx, scope, changes));
  const heard: StreamEvent[] = [];
  for (const changes of all) {
    heard.push(await first.next());
    assert.deepEqual(told(heard.at(-1)!), { event: 'changes', changes });
  }
  first.leave();

  const back = read(here, heard[0]!.id);
  assert.deepEqual(await back.next(), heard[1]);
  assert.deepEqual(await back.next(), heard[2]);
  assert.equal((await back.next()).event, 'ready');
});

test('a reader is told to fetch again where a gap cannot be ruled out', async () => {
  const witness = read(here);
  await witness.next();
  let first = '';
  let last = '';
  for (let count = 0; count < 3; count++) {
    await sql.begin((tx) => here.announce(tx, scope, [change()]));
    // Heard by somebody, it is behind the point from which PostgreSQL lets a new listener hear.
    last = (await witness.next()).id;
    first ||= last;
  }
  witness.leave();
  const stranger = liveChanges({ sql, room: 'crm', log, checkMs: 50 });
  await stranger.start!();
  const late = read(stranger, first);
  assert.deepEqual(await late.next(), { id: last, event: 'reset', data: { gen: Number(last) } });
  const fromTheFuture = read(stranger, String(Number(last) + 99));
  assert.equal((await fromTheFuture.next()).event, 'reset');
  const nonsense = read(stranger, 'x');
  assert.equal((await nonsense.next()).event, 'reset');
  await stranger.stop!();
});

test('more changes than fit a notification are a reset', async () => {
  const reader = read(there);
  await reader.next();
  await sql.begin((tx) =>
    here.announce(
      tx,
      scope,
      Array.from({ length: 250 }, () => change(4)),
    ),
  );
  assert.equal((await reader.next()).event, 'changes');
  await sql.begin((tx) =>
    here.announce(
      tx,
      scope,
      Array.from({ length: 400 }, () => change(4)),
    ),
  );
  assert.equal((await reader.next()).event, 'reset');
});

test('a notification that was lost is noticed', async () => {
  const reader = read(there);
  await reader.next();
  // As a lost notification looks: the generation moved, nothing was said.
  await sql`insert into live_gen (scope, gen) values (${scope}, 1)`;
  assert.deepEqual(await reader.next(), { id: '1', event: 'reset', data: { gen: 1 } });
});

test('a broken connection to the database is told, and its return too', async () => {
  const reader = read(there);
  await reader.next();
  const admin = openDatabase({ url: database.adminUrl, room: 'admin', max: 1 });
  await admin.sql`alter role crm connection limit 0`;
  await admin.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm'`;
  assert.equal((await reader.next()).event, 'stale');
  await admin.sql`alter role crm connection limit -1`;
  await admin.end();
  assert.equal((await reader.next()).event, 'ready');
  const changes = [change(5)];
  await sql.begin((tx) => here.announce(tx, scope, changes));
  // Heard, or made good by a reset when the connection that listens is still on its way back.
  const { event } = await reader.next();
  assert.ok(event === 'reset' || event === 'changes', event);
});

test('concurrent announcements of one scope reach the reader one by one, in order', async () => {
  const reader = read(there);
  await reader.next();
  await Promise.all(Array.from({ length: 20 }, () => sql.begin((tx) => here.announce(tx, scope, [change()]))));
  let before = 0;
  for (let count = 0; count < 20; count++) {
    const { id, event } = await reader.next();
    assert.equal(event, 'changes');
    assert.ok(Number(id) > before);
    before = Number(id);
  }
});

test('changes survive their short form', () => {
  const changes = Array.from({ length: 250 }, (_, index) => change(index * 1000));
  assert.deepEqual(decodeChanges(encodeChanges(changes)!), changes);
  assert.deepEqual(decodeChanges(encodeChanges([])!), []);
  assert.throws(() => encodeChanges([{ id: 'not a uuid', version: 1 }]), TypeError);
});
