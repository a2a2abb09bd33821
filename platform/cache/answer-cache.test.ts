import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import { newId } from '#platform/clock';
import { type TestActors, type TestDatabase, testActors, testDatabase } from '#platform/testing';
import { Bodies } from './bodies.ts';
import { isNamed } from './entity-tag.ts';
import type { Filled, View } from './index.ts';
import { type Instance, ROOM, scopeOf, startInstance, thingsView, write } from './instances-under-test.ts';

let database: TestDatabase;
let actors: TestActors;
let here: Instance;
let owner: string;
let token: string;

before(async () => {
  database = await testDatabase({ rooms: [ROOM] });
  actors = await testActors();
});
after(() => database.close());

const started: Instance[] = [];
async function start(options: Partial<Parameters<typeof startInstance>[0]> = {}): Promise<Instance> {
  // As long as in production: these tests are of what is held, not of when it stops being.
  const instance = await startInstance({ url: database.url('crm'), actors, trustMs: 2_000, ...options });
  started.push(instance);
  return instance;
}
beforeEach(async () => {
  owner = newId();
  token = await actors.token('seller', owner);
  here = await start();
});
afterEach(async () => {
  for (const instance of started.splice(0)) await instance.stop();
});

const change = (value: number, id?: number) => write(database.sql('crm'), here.live, owner, value, id);

/** Until this process has heard of a generation higher than `than`. */
async function heard(instance = here, than = 0): Promise<number> {
  for (;;) {
    const [gen = 0] = instance.live.known([scopeOf(owner)])?.gens ?? [];
    if (gen > than) return gen;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('what has not changed is a 304, or given from memory, without a query', async () => {
  await change(1);
  const first = await here.ask(token);
  assert.deepEqual(first.values, { 1: 1 });
  assert.match(first.tag, /^W\/"[\w.-]+"$/);
  await heard();
  const queries = here.queries();
  assert.deepEqual((await here.ask(token)).values, { 1: 1 });
  const again = await here.ask(token, first.tag);
  assert.deepEqual([again.status, again.tag], [304, first.tag]);
  assert.equal(here.queries(), queries);
  for (const { headers } of [first, again]) {
    assert.equal(headers['cache-control'], 'private, no-cache');
    assert.equal(headers['vary'], 'authorization');
  }

  await change(2);
  assert.deepEqual((await here.ask(token, first.tag)).values, { 1: 2 });
});

test('a tag is good on every instance, also on one that holds nothing', async () => {
  await change(1);
  const { tag } = await here.ask(token);
  const there = await start();
  assert.equal((await there.ask(token, tag)).status, 304);
  assert.equal((await there.ask(token, `"x", ${tag.slice(2)}`)).status, 304);
  assert.equal((await there.ask(token, '"x"')).status, 200);
});

test('nothing of one reaches another, whatever tag they bring', async () => {
  await change(7);
  const mine = await here.ask(token);
  const stranger = newId();
  await write(database.sql('crm'), here.live, stranger, 9);
  const strangerToken = await actors.token('seller', stranger);
  const theirs = await here.ask(strangerToken, mine.tag);
  assert.deepEqual([theirs.status, theirs.values], [200, { 1: 9 }]);
  assert.notEqual(theirs.tag, mine.tag);
  assert.deepEqual((await here.ask(token)).values, { 1: 7 });
  assert.equal((await here.http.inject({ url: '/things', headers: { 'if-none-match': mine.tag } })).statusCode, 401);
});

test('who has just written reads it, though nothing was heard of it yet', async () => {
  await change(1);
  const { tag } = await here.ask(token);
  await heard();
  here.deaf = true;
  await change(2);
  const next = await here.ask(token, tag);
  assert.deepEqual([next.status, next.values], [200, { 1: 2 }]);
});

test('who has just written on another process shows a token, and reads it', async () => {
  await change(1);
  const { tag } = await here.ask(token);
  await heard();
  const there = await start();
  here.deaf = true;
  await write(database.sql('crm'), there.live, owner, 2);
  const headers = { authorization: `Bearer ${token}`, 'if-none-match': tag, [CONSISTENCY_HEADER]: 'v1.anything' };
  const { statusCode, body } = await here.http.inject({ url: '/things', headers });
  assert.deepEqual([statusCode, JSON.parse(body)], [200, { values: { 1: 2 } }]);
});

test('many who ask at once cause one read', async () => {
  await change(1);
  await here.ask(token);
  await heard();
  await change(2);
  await heard();
  const queries = here.queries();
  const all = await Promise.all(Array.from({ length: 40 }, () => here.ask(token)));
  for (const { values } of all) assert.deepEqual(values, { 1: 2 });
  assert.equal(here.queries(), queries + 1);
});

test('what a replica has not got yet is read where it is written', async () => {
  const replica = await testDatabase({ rooms: [ROOM] });
  const behind = await start({ readsUrl: replica.url('crm') });
  try {
    await change(5);
    assert.deepEqual((await behind.ask(token)).values, { 1: 5 });
  } finally {
    await behind.stop();
    started.splice(started.indexOf(behind), 1);
    await replica.close();
  }
});

test('an answer that is not what its route says is neither sent nor held for later', async () => {
  let members: object = { values: { a: 'no number' }, secret: 1 };
  const view: View = { name: 'odd', key: '', scopes: ['odd'], read: async () => ({ members, hidden: undefined }) };
  const odd = await start({ views: { '/odd': view } });
  for (const _ of [1, 2]) assert.equal((await odd.ask(token, undefined, '/odd')).status, 500);
  members = { values: {} };
  await database.sql('crm').begin((tx) => odd.live.announceAll(tx, [{ scope: 'odd' }]));
  assert.equal((await odd.ask(token, undefined, '/odd')).status, 200);
});

test('what fails to be read is not held', async () => {
  let fails = true;
  const view: View = {
    name: 'frail',
    key: '',
    scopes: ['frail'],
    async read() {
      if (fails) throw new Error('not now');
      return { members: { values: {} }, hidden: undefined };
    },
  };
  const frail = await start({ views: { '/frail': view } });
  assert.equal((await frail.ask(token, undefined, '/frail')).status, 500);
  fails = false;
  assert.equal((await frail.ask(token, undefined, '/frail')).status, 200);
});

test('what time changes by itself is right until then, and has another tag afterwards', async () => {
  let filled: Filled = { members: { values: { late: 0 } }, hidden: undefined, rightForMs: 60_000, moment: 'before' };
  const view: View = { name: 'timed', key: '', scopes: ['timed'], isTimed: true, read: async () => filled };
  const timed = await start({ views: { '/timed': view } });
  const there = await start({ views: { '/timed': view } });
  const before = await timed.ask(token, undefined, '/timed');
  assert.equal((await timed.ask(token, before.tag, '/timed')).status, 304);
  assert.equal((await there.ask(token, before.tag, '/timed')).status, 304);
  filled = { members: { values: { late: 1 } }, hidden: undefined, moment: 'after' };
  assert.equal((await timed.ask(token, before.tag, '/timed')).status, 304, 'still right');
  timed.pausedMs += 60_000;
  const later = await timed.ask(token, before.tag, '/timed');
  assert.deepEqual([later.status, later.values], [200, { late: 1 }]);
  assert.equal((await (await start({ views: { '/timed': view } })).ask(token, before.tag, '/timed')).status, 200);
});

test('what may lag lags so long and no longer', async () => {
  const view: View = { ...thingsView(owner), name: 'lagging', mayLagMs: 1_000 };
  const lagging = await start({ views: { '/lagging': view } });
  await change(1);
  const first = await lagging.ask(token, undefined, '/lagging');
  const gen = await heard(lagging);
  await change(2);
  await heard(lagging, gen);
  assert.equal((await lagging.ask(token, first.tag, '/lagging')).status, 304);
  lagging.pausedMs += 1_000;
  const later = await lagging.ask(token, first.tag, '/lagging');
  assert.deepEqual([later.status, later.values], [200, { 1: 2 }]);
});

test('held answers are bounded by their bytes, the least asked for go first', () => {
  const bodies = new Bodies<{ body: Buffer }>(100_000);
  const answer = { body: Buffer.alloc(9_000) };
  for (let key = 0; key < 10; key++) bodies.set(`${key}`, answer);
  assert.ok(bodies.get('0'), 'ten of some 9,600 bytes fit');
  bodies.set('10', answer);
  assert.equal(bodies.get('1'), undefined);
  assert.ok(bodies.get('0') && bodies.get('10'));
  bodies.set('large', { body: Buffer.alloc(20_000) });
  assert.equal(bodies.get('large'), undefined);
  assert.ok(bodies.bytes <= 100_000);
  for (let round = 0; round < 100; round++) bodies.set('10', answer);
  assert.ok(bodies.get('0'), 'the same key again takes no more room');
});

test('a tag is found in a list, weak or strong', () => {
  assert.ok(isNamed('W/"a"', 'W/"a"'));
  assert.ok(isNamed('W/"a"', '"b", "a"'));
  assert.ok(!isNamed('W/"a"', 'W/"ab"'));
  assert.ok(!isNamed('W/"a"', undefined));
});
