import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#platform/clock';
import { type Database, openDatabase, type Sql } from '#platform/database';
import type { LiveChanges } from '#platform/live';
import { type TestActors, type TestDatabase, testActors, testDatabase } from '#platform/testing';
import { attack } from './attack-under-test.ts';
import {
  type Answer,
  type Instance,
  ROOM,
  scopeOf,
  startInstance,
  TRUST_MS,
  write,
  writer,
} from './instances-under-test.ts';

let database: TestDatabase;
let admin: Database;
let sql: Sql;
let unseen: LiveChanges;
let actors: TestActors;
let instances: [Instance, Instance, Instance];
let owner: string;
let token: string;

before(async () => {
  // Of its own: connections are ended, which are the whole server's.
  database = await testDatabase({ rooms: [ROOM], ownServer: true });
  admin = openDatabase({ url: database.adminUrl, room: 'admin', max: 1 });
  sql = database.sql('crm');
  unseen = writer(sql);
  actors = await testActors();
});
after(async () => {
  await admin.end();
  await database.close();
});
beforeEach(async () => {
  owner = newId();
  token = await actors.token('seller', owner);
  const start = () => startInstance({ url: database.url('crm'), actors });
  instances = [await start(), await start(), await start()];
  await change(1);
});
afterEach(async () => {
  await Promise.all(instances.map(({ stop }) => stop()));
});

const change = (value: number) => write(sql, unseen, owner, value);
const cutListeners = () => admin.sql`
  select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm' and query ilike 'listen%'`;

/** Answers from memory alone would not let the instance's own timers and connections run. */
const breath = () => pause(1);

/** Asks with the tag until the answer is another; it may not be a 304 any more once the change is older than the bound. */
async function untilFresh(instance: Instance, tag: string): Promise<Answer['values']> {
  const changedAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    const answer = await instance.ask(token, tag);
    if (answer.status === 200) return answer.values;
    // Connections that were cut come back by themselves.
    if (answer.status === 503) continue;
    assert.equal(answer.status, 304);
    assert.ok(askedAt - changedAt <= TRUST_MS, `a 304 ${askedAt - changedAt} ms after the change`);
    await breath();
  }
}

/** Until the instance answers by itself again. */
async function trusted(instance: Instance): Promise<void> {
  while (!instance.live.known([])) await pause(1);
}

test('a lost notification is outlived by no 304, heard again or not', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  first.deaf = true;
  await change(2);
  assert.deepEqual(await untilFresh(first, tag), { 1: 2 });
  const next = await first.ask(token);
  await change(3);
  first.deaf = false;
  assert.deepEqual(await untilFresh(first, next.tag), { 1: 3 });
  assert.ok(first.lost > 0);
  await trusted(first);
});

test('one lost among many that are heard is noticed by the next', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  await trusted(first);
  first.deaf = true;
  await change(2);
  while (first.lost === 0) await pause(1);
  first.deaf = false;
  await write(sql, unseen, newId(), 1);
  assert.deepEqual(await untilFresh(first, tag), { 1: 2 });
  await trusted(first);
});

test('a listener that was cut off misses nothing', async () => {
  const before = await Promise.all(instances.map((instance) => instance.ask(token)));
  await cutListeners();
  await change(2);
  for (const [at, instance] of instances.entries()) {
    assert.deepEqual(await untilFresh(instance, before[at]!.tag), { 1: 2 });
  }
});

test('a process that was stopped for a minute asks before it answers', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  first.deaf = true;
  await change(2);
  first.pausedMs += 60_000;
  const answer = await first.ask(token, tag);
  assert.deepEqual([answer.status, answer.values], [200, { 1: 2 }]);
});

test('another table in the place of the old one voids everything that is held', async () => {
  const [first, second] = instances;
  const before = [await first.ask(token), await second.ask(token)];
  await sql.begin(async (tx) => {
    await tx`create table rebuilt (like thing including all)`;
    await tx`insert into rebuilt values (${owner}, 1, 42)`;
    await tx`alter table thing rename to thing_before`;
    await tx`alter table rebuilt rename to thing`;
    await tx`drop table thing_before`;
    await unseen.announceEverything(tx);
  });
  assert.deepEqual(await untilFresh(first, before[0]!.tag), { 1: 42 });
  assert.deepEqual(await untilFresh(second, before[1]!.tag), { 1: 42 });
});

test('a writer that does not number what it announces voids everything that is held', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  // As the release before this mechanism does: it knows one scope, and not those that name what is held.
  await sql.begin(async (tx) => {
    await tx`update thing set value = 3 where owner = ${owner}`;
    await tx`
      insert into live_gen (scope, gen) values ('orders', 1)
      on conflict (scope) do update set gen = live_gen.gen + 1`;
    await tx`select pg_notify('live_crm', '{"scope":"orders","gen":1,"changes":null}')`;
  });
  assert.deepEqual(await untilFresh(first, tag), { 1: 3 });
});

test('a database restored from a backup confirms nothing of the time that it has lost', async () => {
  const [first] = instances;
  const backup = await Promise.all([
    sql`select scope, gen, raised_by::text from live_gen`,
    sql`select number, epoch from live_state`,
    sql`select * from thing`,
  ]);
  await change(2);
  await change(3);
  const lost = await first.ask(token);
  assert.deepEqual(lost.values, { 1: 3 });
  // A restore takes longer than it takes to hear.
  const { gens: latest } = await unseen.lookUp([scopeOf(owner)]);
  while (first.live.known([scopeOf(owner)])?.gens[0] !== latest[0]) await pause(1);

  const [gens, [state], things] = backup;
  await sql.begin(async (tx) => {
    await tx`alter table live_gen disable trigger unnumbered`;
    await tx`truncate live_gen, live_state, thing`;
    await tx`insert into live_gen select * from jsonb_populate_recordset(null::live_gen, ${tx.json([...gens] as never)})`;
    await tx`insert into live_state (number, epoch) values (${state!['number']}, ${state!['epoch']})`;
    await tx`insert into thing select * from jsonb_populate_recordset(null::thing, ${tx.json([...things] as never)})`;
    await tx`alter table live_gen enable trigger unnumbered`;
  });
  // No connection outlives a restore, least of all one that still has something to tell of before.
  await cutListeners();
  assert.deepEqual(await untilFresh(first, lost.tag), { 1: 1 });
  const restored = await first.ask(token);
  // As many changes as were lost: a count of changes would come to the same generation.
  await change(7);
  await change(8);
  assert.deepEqual(await untilFresh(first, restored.tag), { 1: 8 });
  for (const instance of instances) assert.deepEqual(await untilFresh(instance, lost.tag), { 1: 8 });
});

test('a generation never falls behind, though the clock of the database does', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  const generation = async () => (await first.live.lookUp([scopeOf(owner)])).gens[0]!;
  const before = await generation();
  await sql.begin(async (tx) => {
    await tx`select set_config('platform.now', (clock_timestamp() - interval '10 minutes')::text, true)`;
    await write(tx, unseen, owner, 2);
  });
  assert.deepEqual(await untilFresh(first, tag), { 1: 2 });
  assert.equal(await generation(), before + 1);
});

test('with the database away nothing is confirmed for longer than the bound', async () => {
  const [first] = instances;
  const { tag } = await first.ask(token);
  await admin.sql`alter role crm connection limit 0`;
  try {
    await admin.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm'`;
    const awaySince = performance.now();
    for (;;) {
      const askedAt = performance.now();
      const { status } = await first.ask(token, tag);
      await breath();
      if (status === 503) break;
      assert.equal(status, 304);
      assert.ok(askedAt - awaySince <= TRUST_MS);
    }
  } finally {
    await admin.sql`alter role crm connection limit -1`;
  }
  for (const instance of instances) assert.deepEqual(await untilFresh(instance, ''), { 1: 1 });
});

test('whatever is lost, cut, paused or swapped, under changes and many readers, not one 304 is stale', async (t) => {
  const attacked = await attack({ sql, admin: admin.sql, actors, instances, boundMs: TRUST_MS, requests: 3_000 });
  t.diagnostic(JSON.stringify(attacked));
  assert.equal(attacked.stale, 0);
  const { unchanged, lost, cut, paused, swapped } = attacked;
  assert.ok(unchanged > 100 && lost > 10 && cut > 0 && paused > 0 && swapped > 0, 'every disturbance has struck');
});
