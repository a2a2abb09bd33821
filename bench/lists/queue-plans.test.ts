import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDatabase, type Sql } from '#platform/database';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { listReady, listWaiting, type Urgency } from '../../modules/mes/store-lists.ts';
import { explainAll, workOf } from './plans.ts';
import { CENTRES, seedMes } from './seed-mes.ts';

const room = { name: 'mes', hears: ['order'], migrations: new URL('../../modules/mes/migrations/', import.meta.url) };
const JOBS = 5_000;
const PAGE = 50;
/** An operation is read with its job, item and order, and what it waits for. */
const ROWS_EACH = 5;

let database: TestDatabase;
let pool: ReturnType<typeof openDatabase>;
let sql: Sql;
let notices: string[] = [];

before(async () => {
  database = await testDatabase({ rooms: [room] });
  await seedMes(database.adminUrl, JOBS);
  const log = { debug: (fields: object) => void notices.push((fields as { notice: string }).notice) };
  pool = openDatabase({ url: `${database.adminUrl}?search_path=mes`, room: 'mes', max: 1, log });
  sql = pool.sql;
  await explainAll(sql);
});
after(async () => {
  await pool.end();
  await database.close();
});

const LISTS = { ready: listReady, waiting: listWaiting };
const OPERATORS = [['printing'], ['quality'], ['printing', 'cutting'], [...new Set(CENTRES)]];

/** In the middle of such a list and near its end. */
async function urgencies(state: string, workCentres: string[]): Promise<Urgency[]> {
  const rows = await sql<{ rank: number; due_at: string; placed_at: string; id: string }[]>`
    select rank, due_at, placed_at, id from operation where state = ${state} and work_centre = any (${workCentres})
    order by rank, due_at, placed_at, id`;
  const places = rows.length === 0 ? [] : [rows[Math.floor(rows.length / 2)]!, rows[Math.floor(rows.length * 0.95)]!];
  return places.map((row) => [row.rank, row.due_at, row.placed_at, row.id]);
}

test('a page of a queue reads little more than itself, for any work centres, at any depth', async () => {
  for (const [state, list] of Object.entries(LISTS)) {
    for (const workCentres of OPERATORS) {
      const depths = [null, ...(await urgencies(state, workCentres))];
      for (const cursor of depths) {
        notices = [];
        const page = await list(sql, { workCentres, after: cursor, limit: PAGE });
        const { rows } = workOf(notices, 'operation');
        assert.ok(rows <= 4 * ROWS_EACH * PAGE, `${rows} rows for ${page.length} ${state} at ${workCentres}`);
      }
    }
  }
});
