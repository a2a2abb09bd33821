import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DeadLetterAudit, DeadLetterRow, OpenedDeadLetter } from '#contracts/dead-letters';
import { newId } from '#platform/clock';
import { type HttpServer, httpServer } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, type TestDatabase, testActors, testDatabase } from '#platform/testing';
import { deadLetterRoutes } from './index.ts';

const NOBODY = { service: 'test', role: 'test', version: '0' };
const noMigrations = new URL('../testing/no-migrations/', import.meta.url);
const ROOT = '/api/internal/v1/crm/dead-letters';

let database: TestDatabase;
let actors: TestActors;
let server: HttpServer;
before(async () => {
  database = await testDatabase({
    rooms: [
      { name: 'crm', hears: [], migrations: noMigrations },
      { name: 'mes', hears: [], migrations: noMigrations },
    ],
  });
  actors = await testActors();
  server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log: createLog({ ...NOBODY, level: 'silent' }),
    metrics: createMetrics(NOBODY),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  deadLetterRoutes(server.http, { room: 'crm', sql: database.sql('crm') });
  await server.start!();
});
after(async () => {
  await server.stop!();
  await database.close();
});

async function dies(room: 'crm' | 'mes', data: object): Promise<string> {
  const id = newId();
  await database.sql(room)`
    insert into bus.dead_letter (consumer, id, at, topic, key, body, attempts, reason)
    values (${`${room}.orders`}, ${id}, now(), 'order.placed', ${id}, ${database.sql(room).json(data as never)}, 8, 'no')`;
  return id;
}

async function call(method: 'GET' | 'POST', path = '', body?: object, role: 'admin' | 'ops' = 'ops') {
  const response = await fetch(`${server.origin}${ROOT}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await actors.token(role)}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  // biome-ignore lint/suspicious/noExplicitAny: what it is, each test says
  const answer: any = response.status === 204 ? null : await response.json();
  return { status: response.status, body: answer };
}

const listed = async () => (await call('GET')).body as { items: DeadLetterRow[] };
const audit = async () => ((await call('GET', '/audit')).body as DeadLetterAudit).items;
const naming = (eventId: string) => ({ consumer: 'crm.orders', eventId });

test('a room lists its own dead letters without their content; opening one is written down', async () => {
  const mine = await dies('crm', { secret: 'name of a buyer' });
  await dies('mes', {});
  const { items } = await listed();
  assert.deepEqual(
    items.map(({ eventId }) => eventId),
    [mine],
  );
  assert.ok(!JSON.stringify(items).includes('buyer'));
  const opened = (await call('POST', '/open', naming(mine), 'admin')).body as OpenedDeadLetter;
  assert.deepEqual(opened.data, { secret: 'name of a buyer' });
  const [entry] = await audit();
  assert.equal(entry?.act, 'shown');
  assert.match(entry?.actor ?? '', /^Test admin \([0-9a-f-]{36}\)$/);
});

test('what is given again leaves the list for its consumer, what is discarded leaves it for good', async () => {
  const [again, gone] = [await dies('crm', { n: 1 }), await dies('crm', { n: 2 })];
  assert.equal((await call('POST', '/replay', { ...naming(again), note: '' })).status, 204);
  assert.equal((await call('POST', '/discard', { ...naming(gone), note: 'a test order' })).status, 204);
  const left = (await listed()).items.map(({ eventId }) => eventId);
  assert.ok(!left.includes(again) && !left.includes(gone));
  const waiting = await database.sql('crm')`select id from bus.retry where consumer = 'crm.orders'`;
  assert.deepEqual(
    waiting.map(({ id }) => id),
    [again],
  );
  const [discarded, replayed] = await audit();
  assert.deepEqual([replayed?.act, discarded?.act, discarded?.note], ['replayed', 'discarded', 'a test order']);
});

test('pages follow each other without a gap', async () => {
  await Promise.all(Array.from({ length: 3 }, () => dies('crm', {})));
  const { items } = await listed();
  const first = (await call('GET', '?limit=2')).body.items as DeadLetterRow[];
  const { diedAt, eventId } = first[1]!;
  const rest = (await call('GET', `?beforeDiedAt=${encodeURIComponent(diedAt)}&beforeEventId=${eventId}`)).body.items;
  assert.deepEqual([...first, ...rest], items);
});

test('what is not there, or somebody else’s, is 404', async () => {
  const theirs = await dies('mes', {});
  for (const verb of ['/open', '/replay', '/discard']) {
    for (const eventId of [newId(), theirs]) {
      const body = { ...naming(eventId), ...(verb === '/open' ? {} : { note: '' }) };
      const refused = await call('POST', verb, body);
      assert.deepEqual([refused.status, refused.body.code], [404, 'dead_letter.not_found'], verb);
    }
  }
});
