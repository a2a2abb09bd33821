import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type Database, openDatabase, runningPostgres, type Sql } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { readConfig } from '../config.ts';
import { type Servers, servers } from '../servers.ts';
import { readArguments, UsageError } from './slow-queries-arguments.ts';
import { adviseOn } from './slow-queries-index.ts';
import { candidatesOf } from './slow-queries-plan.ts';
import type { Finding } from './slow-queries-table.ts';

const COMMAND = path.resolve(import.meta.dirname, 'slow-queries.ts');
const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });
const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-slow-queries-'));
const inDataDir = `--data-dir=${dataDir}`;
let installation: Servers;
let database: Database;
let sql: Sql;

before(async () => {
  installation = servers(readConfig([inDataDir], {}), log);
  await installation.start?.();
  await installation.prepare(['crm']);
  database = openDatabase({ url: installation.url('crm'), room: 'crm', role: 'test', max: 1 });
  sql = database.sql;
  await sql`create table planted as
    select n as id, 'buyer ' || n % 2000 as buyer, now() - n * interval '1 minute' as at, repeat('x', 100) as rest
    from generate_series(1, 40000) as n`;
  await sql`analyze planted`;
});
after(async () => {
  await database.end();
  await installation.stop?.();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, stdout, stderr };
}

const latest = (buyer: string) => sql`select id, rest from planted where buyer = ${buyer} order by at desc limit 5`;

/** Rows and pages that the latest orders of a buyer take to find. */
async function work(): Promise<{ rows: number; pages: number }> {
  const [row] = await sql<{ 'QUERY PLAN': [{ Plan: Record<string, unknown> }] }[]>`
    explain (analyze, buffers, format json) select id, rest from planted where buyer = 'buyer 7' order by at desc limit 5`;
  const count = (node: Record<string, unknown>): number => {
    const plans = (node['Plans'] ?? []) as Record<string, unknown>[];
    const scanned = Number(node['Actual Rows'] ?? 0) + Number(node['Rows Removed by Filter'] ?? 0);
    return plans.length === 0 ? scanned : plans.reduce((sum, plan) => sum + count(plan), 0);
  };
  const { Plan } = row!['QUERY PLAN'][0];
  return { rows: count(Plan), pages: Number(Plan['Shared Hit Blocks']) + Number(Plan['Shared Read Blocks']) };
}

test('a planted slow query is found, its index is named, and made it spares the work', async () => {
  for (let round = 0; round < 60; round++) await latest(`buyer ${round}`);
  const { code, stdout, stderr } = await run('--json', '--room', 'crm', '--top', '5', inDataDir);
  assert.equal(code, 0, stderr);
  const { statements } = JSON.parse(stdout) as { statements: Finding[] };
  const planted = statements.find(({ query }) => query.includes('from planted where buyer'))!;
  assert.equal(planted.calls, 60);
  assert.ok(planted.meanMs > 0 && planted.share > 0 && planted.share <= 1 && planted.pagesPerCall > 500, stdout);
  const { ddl, gain, table, tableRows } = planted.index!;
  assert.equal(ddl, 'create index concurrently on crm.planted (buyer, at desc)');
  assert.deepEqual([table, tableRows], ['crm.planted', 40_000]);
  assert.ok(gain! > 10, `${gain}`);
  const [indexes] = await sql<{ count: number }[]>`select count(*)::int from pg_indexes where tablename = 'planted'`;
  assert.equal(indexes!.count, 0, 'it was only tried');

  const before = await work();
  await sql.unsafe(ddl).simple();
  const after = await work();
  assert.equal(before.rows, 40_000);
  assert.equal(after.rows, 5);
  assert.ok(before.pages / after.pages > 20, `${before.pages} pages, then ${after.pages}`);

  const advice = await adviseOn(sql, planted.query, { tryAll: false });
  assert.equal(advice.index, null);
  assert.ok(advice.cost! < planted.cost! / 10);
});

test('a person reads the statement, its share and the index', async () => {
  for (let round = 0; round < 20; round++) await sql`select count(*) from planted where id = ${round}`;
  const { stdout } = await run('--room', 'crm', inDataDir);
  assert.match(stdout, /ROOM +SHARE +TOTAL/);
  assert.match(stdout, /select count\(\*\) from planted where id = \$1/);
  assert.match(stdout, /crm\.planted \(40000 rows\): it reads the whole table .* cost falls from .*×\./);
  assert.match(stdout, /create index concurrently on crm\.planted \(id\);/);
});

test('an index on a large table is tried only when asked for; a statement that cannot be planned is said so', async () => {
  const admin = openDatabase({ url: adminUrl(), room: 'test', max: 1 });
  await admin.sql`update pg_class set reltuples = 1000000 where oid = 'crm.planted'::regclass`;
  const query = 'select count(*) from planted where rest = $1';
  const untried = await adviseOn(sql, query, { tryAll: false });
  assert.deepEqual(
    [untried.index?.ddl, untried.index?.gain],
    ['create index concurrently on crm.planted (rest)', null],
  );
  assert.match(untried.note!, /--try does/);
  assert.ok((await adviseOn(sql, query, { tryAll: true })).index!.gain! > 1.5);
  assert.match((await adviseOn(sql, 'select from nowhere', { tryAll: true })).note!, /cannot be planned: .*nowhere/);
  await admin.end();
});

test('a command that makes no sense, and a server that counts nothing: said in words', async () => {
  for (const args of [['--top', '0'], ['--room', 'attic'], ['--tops']]) {
    assert.throws(() => readArguments(args), UsageError);
  }
  const admin = openDatabase({ url: adminUrl(), room: 'test', max: 1 });
  await admin.sql`drop extension pg_stat_statements`;
  await admin.end();
  const uncounted = await run('--room', 'crm', inDataDir);
  assert.equal(uncounted.code, 1);
  assert.match(uncounted.stderr, /shared_preload_libraries = 'pg_stat_statements'/);
});

function adminUrl(): string {
  const running = runningPostgres(path.join(dataDir, 'postgres'));
  assert.ok(typeof running === 'object');
  return running.adminUrl;
}

const scan = (parts: object) => ({
  'Node Type': 'Seq Scan',
  'Total Cost': 1,
  'Plan Rows': 1,
  Schema: 'crm',
  'Relation Name': 'row',
  Alias: 'o',
  ...parts,
});
const columns = (parts: object) => candidatesOf(scan(parts)).map(({ columns: list }) => list.join(', '));

test('conditions become columns: equal ones first, then the range; patterns a trigram index', () => {
  assert.deepEqual(columns({ Filter: "((o.due_at < now()) AND ((o.status)::text = ANY ('{a,b}'::text[])))" }), [
    'status',
    'status, due_at',
    'due_at',
  ]);
  assert.deepEqual(columns({ Filter: '(($1 = o.buyer) AND o.rush AND (NOT o.hold))' }), ['buyer, rush, hold']);
  assert.deepEqual(columns({ Filter: "(o.search ~~ '%x AND y%'::text)" }), ['search platform.gin_trgm_ops']);
  assert.deepEqual(columns({ Filter: '(ROW(o.placed_at, o.id) < ROW($1, $2))' }), ['placed_at, id', 'placed_at']);
  assert.deepEqual(columns({ Filter: '((o.a = $1) OR (o.b = $2))' }), []);
  assert.deepEqual(columns({ Filter: '(o.a = o.b)' }), []);
  assert.deepEqual(columns({ Filter: '(lower(o.a) = $1)' }), []);
});

test('a join on a table that is read whole asks for an index on the joined column', () => {
  const join = { 'Node Type': 'Hash Join', 'Total Cost': 9, 'Plan Rows': 1, 'Hash Cond': '(o.order_id = c.id)' };
  const found = candidatesOf({ ...join, Plans: [scan({})] });
  assert.deepEqual(
    found.map(({ columns: list }) => list),
    [['order_id']],
  );
});
