import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COUNT_CAP } from '#contracts/crm';
import { openDatabase, type Sql } from '#platform/database';
import { encodeCursor } from '#platform/http';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { countMine, countShared, filtersOf, orderPage } from '../../modules/crm/order-page.ts';
import { combinations, FILTERS } from './filters.ts';
import { explainAll, type Work, workOf } from './plans.ts';
import { SELLERS, seedCrm } from './seed-crm.ts';

const room = { name: 'crm', hears: ['order'], migrations: new URL('../../modules/crm/migrations/', import.meta.url) };
const ORDERS = 50_000;
const PAGE = 50;
const seller = SELLERS[0]!;

let database: TestDatabase;
let pool: ReturnType<typeof openDatabase>;
let sql: Sql;
let notices: string[] = [];

before(async () => {
  database = await testDatabase({ rooms: [room] });
  await seedCrm(database.adminUrl, ORDERS);
  const log = { debug: (fields: object) => void notices.push((fields as { notice: string }).notice) };
  pool = openDatabase({ url: database.adminUrl, room: 'crm', max: 1, log });
  sql = pool.sql;
  await sql`set search_path = crm`;
  await explainAll(sql);
});
after(async () => {
  await pool.end();
  await database.close();
});

async function workFor(act: () => Promise<unknown>): Promise<Work> {
  notices = [];
  await act();
  return workOf(notices, 'order_row');
}

/** Cursors at the beginning, the middle and the end of the whole list. */
async function depths(sort: 'newest' | 'urgent'): Promise<(string | undefined)[]> {
  const at = async (share: number) => {
    const order = sort === 'newest' ? sql`placed_at desc, id desc` : sql`urgency, placed_at, id`;
    const [row] = await sql<{ id: string; placed_at: string; urgency: string }[]>`
      select id, placed_at, urgency from order_row order by ${order} limit 1 offset ${Math.floor(ORDERS * share)}`;
    const { id, placed_at: placedAt, urgency } = row!;
    return encodeCursor(sort === 'newest' ? [sort, placedAt, id] : [sort, urgency, placedAt, id]);
  };
  return [undefined, await at(0.5), await at(0.99)];
}

/**
 * A plan is made once for all values, or for those asked for: the server decides by what it guesses. Knowing that few orders
 * match, it may collect and sort them all; at this size that is still little.
 */
const PLANS = { force_generic_plan: 4 * PAGE, force_custom_plan: 20 * PAGE };
for (const [plans, most] of Object.entries(PLANS)) {
  test(`a page reads little more than itself: every pair of filters, either sort, any depth, ${plans}`, async () => {
    await sql.unsafe(`set plan_cache_mode = ${plans}`);
    for (const sort of ['newest', 'urgent'] as const) {
      for (const [depth, cursor] of (await depths(sort)).entries()) {
        for (const query of combinations()) {
          const asked = { ...query, sort, limit: PAGE, ...(cursor ? { cursor } : {}) };
          const { rows, blocks } = await workFor(() => orderPage(sql, asked, seller));
          const text = `${rows} rows, ${blocks} blocks for ${JSON.stringify({ ...query, sort, depth })}`;
          assert.ok(rows <= most && blocks <= most, text);
        }
      }
    }
  });
}

/** As the room's own connections do. */
test('what many orders contain is found on the way, what few contain by its index', async () => {
  await sql`set plan_cache_mode = force_generic_plan`;
  for (const sort of ['newest', 'urgent'] as const) {
    for (const [q, most] of Object.entries({ stl: 200, ring: 1_000, 'fl-132428': 8_000, nowhere: 8_000 })) {
      const { rows } = await workFor(() => orderPage(sql, { q, sort, limit: PAGE }, seller));
      assert.ok(rows <= most, `${rows} rows for ${q}, ${sort}`);
    }
  }
});

test('counting reads no more than it counts to', async () => {
  await sql`set plan_cache_mode = force_generic_plan`;
  for (const query of [{}, ...FILTERS.flat()]) {
    const filters = filtersOf(query, seller);
    const { rows } = await workFor(() => Promise.all([countShared(sql, filters), countMine(sql, filters, seller)]));
    assert.ok(rows <= 16 * COUNT_CAP, `${rows} rows for ${JSON.stringify(query)}`);
  }
});
