import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { OrderRow, OrdersQuery } from '#contracts/crm';
import { ORDER_STATUSES } from '#contracts/orders';
import { newId } from '#platform/clock';
import { primaryReads, type Sql } from '#platform/database';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { countMine, countShared, everyOrder, filtersOf, orderPage } from './order-page.ts';
import { problems } from './problems.ts';
import { PROMISED } from './stages.ts';

const room = { name: 'crm', hears: ['order'], migrations: new URL('./migrations/', import.meta.url) };
const ROWS = 20_000;
const seller = newId();

let database: TestDatabase;
let sql: Sql;
let all: OrderRow[];

before(async () => {
  database = await testDatabase({ rooms: [room] });
  sql = database.sql('crm');
  await sql`
    insert into order_row (id, version, number, status, status_since, source, buyer_id, buyer_name, rush, on_hold,
      total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts, assignee_id,
      assignee_name)
    select gen_random_uuid(), 1, 'FL-' || n, (${ORDER_STATUSES as unknown as string[]}::text[])[1 + n * 7 % 12],
      platform.now() - (n % 97) * interval '1 hour', (array['shop', 'crm', 'partner'])[1 + n % 3],
      md5((n % 500)::text)::uuid, 'Buyer ' || n % 500, n % 11 = 0, n % 53 = 0,
      n * 100, 'RUB', 'none', platform.now() - (n % 3000) * interval '1 minute',
      case when n % 4 > 0 then platform.now() + (n % 200 - 100) * interval '1 hour' end,
      1, n, array['part ' || n || '.stl'], case when n % 401 = 0 then 1 else 0 end,
      case when n % 5 = 0 then ${seller}::uuid end, case when n % 5 = 0 then 'Olga' end
    from generate_series(1, ${ROWS}) n`;
  await sql`
    insert into order_search (order_id, placed_at, text)
    select id, placed_at, lower(number || ' ' || buyer_name || ' ' || files[1]) from order_row`;
  await sql`analyze order_row, order_search`;
  all = [];
  for await (const rows of everyOrder(primaryReads(sql), {}, seller)) all.push(...rows);
});
after(() => database.close());

const DONE = ['shipped', 'closed', 'cancelled', 'rejected'];
const rank = (row: OrderRow) => (DONE.includes(row.status) ? '2' : row.rush ? '0' : '1');

/** What the list should hold, worked out without SQL. */
function expected(query: OrdersQuery): string[] {
  const statuses = query.status?.split(',') ?? [];
  const now = new Date().toISOString();
  const matching = all.filter(
    (row) =>
      (statuses.length === 0 || statuses.includes(row.status)) &&
      (query.assignee === undefined || row.assignee?.id === (query.assignee === 'me' ? seller : undefined)) &&
      (query.source === undefined || row.source === query.source) &&
      (query.rush === undefined || row.rush === query.rush) &&
      (query.hold === undefined || row.onHold === query.hold) &&
      (!query.overdue || (row.dueAt !== null && row.dueAt < now && PROMISED.includes(row.status))) &&
      (!query.conflict || row.openConflicts > 0) &&
      (query.q === undefined || `${row.number} ${row.buyer.name} ${row.files}`.toLowerCase().includes(query.q)),
  );
  const key = (row: OrderRow) =>
    query.sort === 'urgent' ? [rank(row), row.dueAt ?? 'z', row.placedAt, row.id] : [row.placedAt, row.id];
  const sign = query.sort === 'urgent' ? 1 : -1;
  return matching
    .map((row) => ({ id: row.id, key: key(row).join(' ') }))
    .sort((a, b) => (a.key < b.key ? -sign : sign))
    .map(({ id }) => id);
}

const anyQuery = fc.record(
  {
    sort: fc.constantFrom('newest' as const, 'urgent' as const),
    status: fc.uniqueArray(fc.constantFrom(...ORDER_STATUSES), { minLength: 1, maxLength: 4 }).map(String),
    assignee: fc.constantFrom('me', 'none'),
    source: fc.constantFrom('shop' as const, 'partner' as const),
    rush: fc.boolean(),
    hold: fc.constant(true),
    overdue: fc.constant(true),
    conflict: fc.constant(true),
    q: fc.constantFrom('fl-77', 'buyer 49', 'part 1', '100%'),
  },
  { requiredKeys: ['sort'] },
);

test('every page of every filter and sort is there once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuery, fc.integer({ min: 7, max: 100 }), async (query, limit) => {
      const wanted = expected(query);
      const got: string[] = [];
      let cursor: string | null | undefined;
      for (let page = 0; page < 4 && cursor !== null; page++) {
        const answer = await orderPage(sql, { ...query, limit, ...(cursor ? { cursor } : {}) }, seller);
        got.push(...answer.items.map((row) => row.id));
        cursor = answer.next;
      }
      assert.deepEqual(got, wanted.slice(0, limit * 4));
      assert.equal(cursor === null, wanted.length <= got.length);
    }),
    { numRuns: 60 },
  );
});

/** How many rows of the table the server touched to give this page. */
async function rowsRead(query: OrdersQuery): Promise<number> {
  return sql.begin(async (tx) => {
    // The view counts on from earlier transactions that the server has not reported yet.
    const before = await readSoFar(tx);
    await orderPage(tx, query, seller);
    return (await readSoFar(tx)) - before;
  });
}

async function readSoFar(tx: Sql): Promise<number> {
  const [row] = await tx<{ read: number }[]>`
    select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int as read
    from pg_stat_xact_user_tables where relname = 'order_row'`;
  return row!.read;
}

const NARROWED: OrdersQuery[] = [
  {},
  { status: 'approved' },
  { status: 'approved,confirmed,priced' },
  { assignee: 'me' },
  { assignee: 'none' },
  { source: 'partner' },
];

for (const narrowed of NARROWED) {
  for (const sort of ['newest', 'urgent'] as const) {
    test(`a page deep down costs what the first one does: ${sort} ${JSON.stringify(narrowed)}`, async () => {
      const query = { ...narrowed, sort, limit: 50 };
      let deep: OrdersQuery = query;
      for (let page = 0; page < 20; page++) deep = { ...query, cursor: (await orderPage(sql, deep, seller)).next! };
      for (const asked of [query, deep]) {
        const read = await rowsRead(asked);
        // The planner may take a wider index and pass over a few rows; without one it would be thousands.
        assert.ok(read <= 500, `${read} rows read for 50`);
      }
    });
  }
}

test('counts are right, and stop at their cap', async () => {
  const filters = filtersOf({ source: 'shop' }, seller);
  const counts = await countShared(sql, filters);
  const shop = all.filter((row) => row.source === 'shop');
  const capped = (rows: OrderRow[]) => Math.min(rows.length, 1000);
  for (const status of ORDER_STATUSES) {
    assert.equal(counts.byStatus[status], capped(shop.filter((row) => row.status === status)), status);
  }
  assert.equal(await countMine(sql, filters, seller), capped(shop.filter((row) => row.assignee?.id === seller)));
  assert.equal(counts.unassigned, 1000);
  assert.equal(counts.onHold, capped(shop.filter((row) => row.onHold)));
});

test('counts of a search are right, however frequent it is', async () => {
  for (const q of ['part', 'part 19', 'buyer 49', 'fl-777', 'nowhere']) {
    for (const query of [
      { q },
      { q, source: 'shop', assignee: 'me' },
      { q, status: 'approved,closed', hold: true },
    ] as const) {
      const filters = filtersOf(query, seller);
      const counts = { ...(await countShared(sql, filters)), mine: await countMine(sql, filters, seller) };
      const count = (more: Partial<OrdersQuery>) => Math.min(expected({ ...query, ...more }).length, counts.cap);
      assert.equal(counts.cap, 100);
      for (const status of ORDER_STATUSES) assert.equal(counts.byStatus[status], count({ status }), `${q} ${status}`);
      assert.deepEqual(
        [counts.overdue, counts.onHold, counts.mine, counts.unassigned],
        [count({ overdue: true }), count({ hold: true }), count({ assignee: 'me' }), count({ assignee: 'none' })],
      );
    }
  }
});

test('a cursor of another list, and one that is made up, are refused', async () => {
  const { next } = await orderPage(sql, { sort: 'newest', limit: 1 }, seller);
  for (const cursor of [next!, 'rubbish', Buffer.from('["urgent",0,"x","y","z"]').toString('base64url')]) {
    await assert.rejects(orderPage(sql, { sort: 'urgent', cursor }, seller), { code: 'request.invalid' });
  }
});

test('just these rows can be asked for', async () => {
  const wanted = all.slice(100, 103).map((row) => row.id);
  const { items } = await orderPage(sql, { ids: wanted.join(',') }, seller);
  assert.deepEqual(items.map((row) => row.id).sort(), wanted.toSorted());
});

test('the inbox holds what waits for a person', async () => {
  const { groups, deadLetters } = await problems(sql);
  const byKind = Object.fromEntries(groups.map((group) => [group.kind, group]));
  assert.equal(deadLetters, 0);
  assert.ok(byKind['needs_review']!.orders.every((row) => row.status === 'needs_review'));
  assert.equal(byKind['conflict']!.count, all.filter((row) => row.openConflicts > 0).length);
  assert.ok(
    byKind['overdue']!.orders.every((row) => PROMISED.includes(row.status) && row.dueAt! < new Date().toISOString()),
  );
  assert.equal(byKind['stuck']!.orders.length, 50);
  assert.ok(byKind['stuck']!.orders.every((row) => row.status !== 'closed' && row.status !== 'in_production'));
});
