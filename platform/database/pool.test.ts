import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { jsonTime, openDatabase, type Sql } from './index.ts';

let db: TestDatabase;
let sql: Sql;

before(async () => {
  db = await testDatabase({
    rooms: [{ name: 'orders', migrations: new URL('./no-migrations/', import.meta.url), hears: [] }],
  });
  sql = db.sql('orders');
  await sql`create table entry (n int)`;
});
after(() => db.close());

test('times are UTC with microseconds, there and back', async () => {
  const [row] = await sql`select ${'2026-01-31T10:00:00.123456+02:00'}::timestamptz as exact,
    '2026-01-31 08:00:00Z'::timestamptz as whole, '2026-01-31'::date as day, ${new Date(0)}::timestamptz as epoch,
    null::timestamptz as never`;
  assert.deepEqual(row, {
    exact: '2026-01-31T08:00:00.123456Z',
    whole: '2026-01-31T08:00:00.000000Z',
    day: '2026-01-31',
    epoch: '1970-01-01T00:00:00.000000Z',
    never: null,
  });
});

test('a time that comes inside json is written as everywhere else', async () => {
  const longest = 6;
  for (let digits = 0; digits <= longest; digits++) {
    const time = `2026-01-31T08:00:00.${'123456'.slice(0, digits).padEnd(longest, '0')}Z`;
    const [row] = await sql`select to_json(${time}::timestamptz) as inside, ${time}::timestamptz as alone`;
    assert.equal(jsonTime(row!['inside']), row!['alone']);
    assert.equal(row!['alone'], time);
  }
});

test('int8 is a number, and refused where a number would lie; numeric stays text', async () => {
  const [row] = await sql`select 9007199254740991::int8 as most, count(*) as count, 0.10::numeric as exact from entry`;
  assert.deepEqual(row, { most: 9007199254740991, count: 0, exact: '0.10' });
  await assert.rejects(sql`select 9007199254740992::int8 as too_much`, /does not fit/);
  assert.equal((await sql`select 1 as fine`)[0]?.['fine'], 1, 'the connection lives on');
});

test('json is parsed and written as it is', async () => {
  const body = { list: [1, null, 'ё'], nested: { 'a"b': true } };
  const [row] = await sql`select ${sql.json(body)}::jsonb as body`;
  assert.deepEqual(row?.['body'], body);
});

test('arrays go there and back, of every type that the rooms use', async () => {
  const values = {
    text: ['plain', '', 'a "quoted" \\ one', '{brace, comma}', 'NULL', null, 'ё\n'],
    uuid: ['0190a000-0000-7000-8000-000000000000'],
    int4: [1, -2, null],
    int8: [9007199254740991],
    float8: [0.1],
    numeric: ['0.10'],
    timestamptz: ['2026-01-31T08:00:00.120000Z'],
    date: ['2026-01-31'],
    jsonb: [{ a: 'b "c"', d: [1] }, 'text', 1],
    xid8: ['18446744073709551615'],
  };
  for (const [type, value] of Object.entries(values)) {
    const [row] = await sql`select ${value as never}::${sql.unsafe(`${type}[]`)} as back`;
    assert.deepEqual(row?.['back'], value, type);
  }
  const [row] = await sql`select array[[1, 2], [3, 4]] as nested, '{}'::text[] as none`;
  assert.deepEqual(row, {
    nested: [
      [1, 2],
      [3, 4],
    ],
    none: [],
  });
  assert.equal((await sql`select 1 where 'b' = any (${['a', 'b']})`).length, 1);
});

test('any text survives in an array', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')))),
      async (list) => {
        const [row] = await sql`select ${list}::text[] as list`;
        assert.deepEqual(row?.['list'], list);
      },
    ),
    { numRuns: 100 },
  );
});

test('a throw undoes the transaction; in a nested one only what was nested', async () => {
  const entries = async () => (await sql<{ n: number }[]>`select n from entry order by n`).map(({ n }) => n);
  await sql.begin(async (tx) => {
    await tx`insert into entry values (1)`;
    const nested = tx.begin(async (inner) => {
      await inner`insert into entry values (2)`;
      throw new Error('undo the inner one');
    });
    await assert.rejects(nested, /undo/);
  });
  assert.deepEqual(await entries(), [1]);
});

test('a connection that is cut in a transaction fails that transaction, and nothing else', async () => {
  const admin = openDatabase({ url: db.adminUrl, room: 'test' });
  const cut = (pid: number) => admin.sql`select pg_terminate_backend(${pid}, 1000)`;
  const cutWhile = (work: (tx: Sql) => Promise<unknown>) =>
    sql.begin(async (tx) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      const working = work(tx);
      await Promise.allSettled([working, cut(row!.pid)]);
      await tx`select 1`;
    });
  const nestedOnes: Promise<unknown>[] = [];
  for (let round = 0; round < 5; round++) {
    await assert.rejects(cutWhile((tx) => tx`select pg_sleep(${10 + round})`));
    await assert.rejects(
      cutWhile((tx) => {
        const inner = tx.begin((nested) => nested`select pg_sleep(10)`);
        nestedOnes.push(inner);
        return inner;
      }),
    );
    await assert.rejects(cutWhile(async () => {}));
  }
  // Who awaits a nested one is told as well, or nothing would be cleaned up.
  const outcomes = await Promise.allSettled(nestedOnes);
  assert.ok(outcomes.length > 0 && outcomes.every(({ status }) => status === 'rejected'));
  assert.equal((await sql`select 1 as fine`)[0]?.['fine'], 1);
  await admin.end();
});

test('who finds every connection in use waits for one, in turn, and not for ever', async () => {
  const small = openDatabase({ url: db.url('orders'), room: 'orders', max: 1, waitMs: 300 });
  const gate = Promise.withResolvers<void>();
  const held = small.sql.begin(async () => gate.promise);
  const refused = await Promise.allSettled([small.sql`select 1`, small.sql.begin((tx) => tx`select 1`)]);
  for (const one of refused) assert.equal(one.status === 'rejected' && one.reason.code, 'POOL_EXHAUSTED');
  const order: number[] = [];
  const waiting = [1, 2, 3, 4].map(async (n) => {
    await small.sql`select ${sql`${n}::int`} as n`;
    order.push(n);
  });
  gate.resolve();
  await Promise.all([held, ...waiting]);
  assert.deepEqual(order, [1, 2, 3, 4]);
  await small.end();
});

test('a quick query does not wait behind a slow one while a connection is free', async () => {
  const small = openDatabase({ url: db.url('orders'), room: 'orders', max: 2 });
  await Promise.all([small.sql`select pg_sleep(0.05)`, small.sql`select pg_sleep(0.05)`]);
  let slowIsDone = false;
  const slow = small.sql`select pg_sleep(1)`.then(() => {
    slowIsDone = true;
  });
  await Promise.all(Array.from({ length: 50 }, () => small.sql`select 1`));
  assert.equal(slowIsDone, false);
  await slow;
  await small.end();
});

test('a query that fails gives its place back', async () => {
  const small = openDatabase({ url: db.url('orders'), room: 'orders', max: 1, waitMs: 300 });
  for (let round = 0; round < 3; round++) {
    await assert.rejects(small.sql`select broken`, /broken/);
    await assert.rejects(small.sql.unsafe('select broken'), /broken/);
    await assert.rejects(
      small.sql.begin(async () => {
        throw new Error('undo');
      }),
      /undo/,
    );
  }
  assert.equal((await small.sql`select 1 as fine`)[0]?.['fine'], 1);
  await small.end();
});

test('a transaction that has ended is of no use', async () => {
  let kept: Sql;
  await sql.begin(async (tx) => {
    kept = tx;
  });
  assert.throws(() => kept`select 1`, /has ended/);
});

test('platform.now() is the clock unless the session sets it', async () => {
  const [real] = await sql<{ now: string; clock: string }[]>`select platform.now() as now, clock_timestamp() as clock`;
  assert.ok(Math.abs(Date.parse(real!.now) - Date.parse(real!.clock)) < 1000);
  await sql.begin(async (tx) => {
    await tx`select set_config('platform.now', '2030-05-06T07:08:09Z', true)`;
    assert.deepEqual([...(await tx`select platform.now() as now`)], [{ now: '2030-05-06T07:08:09.000000Z' }]);
  });
});

test('a connection says who it is and gives up forgotten transactions', async () => {
  const [row] = await sql`select current_setting('application_name') as name, current_setting('TimeZone') as zone,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('transaction_timeout') as longest`;
  assert.deepEqual(row, { name: 'test/orders', zone: 'UTC', idle: '10s', longest: '30s' });
});
