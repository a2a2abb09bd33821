import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { embeddedPostgres, openDatabase } from './index.ts';
import { findLauncher, type Launcher, ROOT_LAUNCHERS } from './launcher.ts';
import { isAlive, readPostmaster, until } from './postmaster.ts';

const parent = mkdtempSync(join(tmpdir(), 'forgeline-embedded-'));
after(() => rmSync(parent, { recursive: true, force: true }));

const SETTINGS = { fsync: 'off', shared_buffers: '16MB' };
const launcher = findLauncher();
const withoutDeathSignal: Launcher = {
  ...launcher,
  prefix: launcher.prefix.filter((word) => word !== '--pdeathsig' && word !== 'SIGINT'),
};

/** Runs the server in a Node process of its own, which can then be killed. */
async function runInChild(dataDir: string, how = launcher): Promise<{ child: ChildProcess; adminUrl: string }> {
  const fixture = new URL('./fixtures/run-postgres.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [fixture, dataDir, JSON.stringify(how)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return { child, adminUrl: JSON.parse(line).adminUrl };
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const { sql, end } = openDatabase({ url, room: 'test', max: 1 });
  try {
    return await sql.unsafe(text);
  } finally {
    await end();
  }
}

function recordingLog() {
  const lines: string[] = [];
  const write = (_fields: object, text: string) => void lines.push(text);
  return { lines, info: write, warn: write, error: write };
}

test('what was committed is there after kill -9 of the process and of PostgreSQL, also in another place', async () => {
  const dataDir = join(parent, 'killed');
  const { child, adminUrl } = await runInChild(dataDir);
  await query(adminUrl, 'create table kept as select 42 as answer');
  const postmaster = readPostmaster(join(dataDir, 'cluster'))!;
  child.kill('SIGKILL');
  process.kill(postmaster.pid, 'SIGKILL');
  await once(child, 'exit');

  const moved = join(parent, 'moved');
  renameSync(dataDir, moved);
  const postgres = embeddedPostgres({ dataDir: moved, settings: SETTINGS });
  await postgres.start();
  assert.deepEqual([...(await query(postgres.adminUrl, 'select answer from kept'))], [{ answer: 42 }]);
  assert.equal(new URL(postgres.adminUrl).port, new URL(adminUrl).port, 'the port is remembered');
  assert.equal(statSync(join(moved, 'admin.password')).mode & 0o777, 0o600);
  await postgres.stop();
});

test('a second start on the same folder is refused and names the first process', async () => {
  const dataDir = join(parent, 'shared');
  const first = embeddedPostgres({ dataDir, settings: SETTINGS });
  await first.start();
  await assert.rejects(embeddedPostgres({ dataDir }).start(), new RegExp(`in use by process ${process.pid}`));
  const { child } = await runInChild(dataDir);
  await once(child, 'exit');
  assert.equal((await query(first.adminUrl, 'select 1')).length, 1, 'the first one was not disturbed');
  await first.stop();
});

test('the PostgreSQL that a killed process left behind is stopped, and started anew as our own', async () => {
  const dataDir = join(parent, 'orphan');
  const { child, adminUrl } = await runInChild(dataDir, withoutDeathSignal);
  await query(adminUrl, 'create table kept as select 42 as answer');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const orphan = readPostmaster(join(dataDir, 'cluster'))!;
  assert.ok(isAlive(orphan.pid), 'the fault struck: PostgreSQL outlived its parent');

  const log = recordingLog();
  const postgres = embeddedPostgres({ dataDir, settings: SETTINGS, log });
  await postgres.start();
  assert.equal(isAlive(orphan.pid), false);
  assert.match(log.lines.join('\n'), /left behind/);
  assert.equal((await query(postgres.adminUrl, 'select from kept')).length, 1);
  await postgres.stop();
});

test('PostgreSQL ends with the process that was killed', { skip: process.platform !== 'linux' }, async () => {
  const dataDir = join(parent, 'pdeathsig');
  const { child } = await runInChild(dataDir);
  const { pid } = readPostmaster(join(dataDir, 'cluster'))!;
  child.kill('SIGKILL');
  assert.ok(await until(() => !isAlive(pid), 10_000));
});

test('a crash of PostgreSQL is logged and healed on the same port; the pool finds it again', async () => {
  const dataDir = join(parent, 'crash');
  const log = recordingLog();
  const postgres = embeddedPostgres({ dataDir, settings: SETTINGS, log });
  await postgres.start();
  const { sql, end } = openDatabase({ url: postgres.adminUrl, room: 'test' });
  await sql`create table kept as select 42 as answer`;
  process.kill(readPostmaster(join(dataDir, 'cluster'))!.pid, 'SIGKILL');
  assert.ok(await until(() => log.lines.includes('PostgreSQL runs again'), 20_000), log.lines.join('\n'));
  assert.equal((await sql`select answer from kept`)[0]?.['answer'], 42);
  assert.match(log.lines.join('\n'), /ended by itself/);
  await end();
  await postgres.stop();
});

test('every way of starting it as root works on the same folder, one after the other', async () => {
  const dataDir = join(parent, 'launchers');
  for (const how of process.getuid?.() === 0 ? [...ROOT_LAUNCHERS, launcher] : [launcher]) {
    const postgres = embeddedPostgres({ dataDir, settings: SETTINGS, launcher: how });
    await postgres.start();
    assert.equal((await query(postgres.adminUrl, 'select 1')).length, 1);
    await postgres.stop();
  }
});

test('a taken port, data of another version and a lost password are refused in words', async () => {
  const dataDir = join(parent, 'refused');
  const postgres = embeddedPostgres({ dataDir, settings: SETTINGS });
  await postgres.start();
  const port = Number(new URL(postgres.adminUrl).port);
  await assert.rejects(embeddedPostgres({ dataDir: join(parent, 'other'), port }).start(), /Port \d+ is taken/);
  await postgres.stop();

  rmSync(join(dataDir, 'admin.password'));
  await assert.rejects(postgres.start(), /admin.password is missing/);
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  await assert.rejects(embeddedPostgres({ dataDir }).start(), /written by PostgreSQL 17, this is 18/);
});
