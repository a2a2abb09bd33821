import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Database,
  embeddedPostgres,
  openDatabase,
  openReads,
  prepareDatabase,
  type ReadSource,
  type Reads,
  type ReplicaWatch,
  type Sql,
  type WalPosition,
  watchReplicas,
} from './index.ts';
import { readPostmaster } from './postmaster.ts';

const parent = mkdtempSync(join(tmpdir(), 'forgeline-replica-'));
const dataDir = join(parent, 'postgres');
const SETTINGS = { fsync: 'off', shared_buffers: '16MB' };
const MOST_LAG_MS = 1_500;
const lines: string[] = [];
const keep = (_fields: object, text: string) => void lines.push(text);
const log = { info: keep, warn: keep, error: keep };
const postgres = embeddedPostgres({ dataDir, settings: SETTINGS, replicas: 2, replicaPatienceMs: 4_000, log });

let primary: Database;
/** The replicas as their administrator, past whatever decides who reads there. */
let replicas: Database[];
let watch: ReplicaWatch;
let reads: Reads;
/** What the caller of the reads has shown. */
let known: WalPosition[] = [];
let written = 0;

before(async () => {
  await postgres.start();
  await prepareDatabase({ adminUrl: postgres.adminUrl, rooms: [], passwords: {} });
  const open = (url: string) => openDatabase({ url, room: 'test', max: 2 });
  primary = open(postgres.adminUrl);
  replicas = postgres.replicaUrls.map(open);
  await primary.sql`create table kept (id int primary key)`;
  const addresses = { primary: postgres.adminUrl, replicas: postgres.replicaUrls };
  watch = watchReplicas({ ...addresses, room: 'test', mostLagMs: MOST_LAG_MS });
  await watch.start?.();
  reads = openReads({ sql: primary.sql, watch, replicas: postgres.replicaUrls, room: 'test', known: () => known });
});

after(async () => {
  await reads.end();
  await watch.stop?.();
  await Promise.all([primary, ...replicas].map((database) => database.end()));
  await postgres.stop();
  rmSync(parent, { recursive: true, force: true });
});

async function bothFollow(): Promise<void> {
  known = [];
  await Promise.all(replicas.map(({ sql }) => sql`select pg_wal_replay_resume()`));
  await eventually('both replicas are current', async () =>
    watch.lags().every(({ lagMs }) => lagMs !== null && lagMs < 600),
  );
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Writes as a caller who then knows of it. */
async function write(): Promise<number> {
  const id = ++written;
  await primary.sql`insert into kept values (${id})`;
  known = [(await reads.position())!];
  return id;
}

/** Which server answered, and whether it had the row. */
function look(id: number): Promise<{ at: number; isReplica: boolean; found: boolean }> {
  return reads.read(async (sql: Sql, { isReplica }: ReadSource) => {
    const rows = await sql<{ port: number }[]>`select inet_server_port() as port from (select) as one
      left join kept on id = ${id} where id is not null`;
    return { at: rows[0]?.port ?? 0, isReplica, found: rows.length > 0 };
  });
}

const pause = (at: number) => replicas[at]!.sql`select pg_wal_replay_pause()`;
const portOf = (at: number) => Number(new URL(postgres.replicaUrls[at]!).port);

test('who has just written finds it, mostly on a replica; the replicas take turns', async () => {
  await bothFollow();
  const answers = [];
  for (let round = 0; round < 50; round++) answers.push(await look(await write()));
  assert.deepEqual(
    answers.filter(({ found }) => !found),
    [],
  );
  const ports = new Set(answers.filter(({ isReplica }) => isReplica).map(({ at }) => at));
  assert.equal(ports.size, 2);
});

test('while the replicas stand still, the primary answers who knows more, and a replica everybody else', async () => {
  await bothFollow();
  await Promise.all([pause(0), pause(1)]);
  const id = await write();
  assert.deepEqual(await look(id), { at: Number(new URL(postgres.adminUrl).port), isReplica: false, found: true });
  known = [];
  assert.deepEqual(await look(id), { at: 0, isReplica: true, found: false }, 'the fault struck: a replica is behind');
});

test('one replica that has caught up answers alone: what the caller knows is not forgotten for the other', async () => {
  await bothFollow();
  await pause(0);
  const id = await write();
  await eventually('the other replica answers', async () => (await look(id)).isReplica);
  for (let round = 0; round < 10; round++) {
    assert.deepEqual(await look(id), { at: portOf(1), isReplica: true, found: true });
  }
});

test('a replica that is too far behind answers nobody, and comes back by itself', async () => {
  await bothFollow();
  await Promise.all([pause(0), pause(1)]);
  const id = await write();
  known = [];
  await eventually('the primary answers', async () => (await look(id)).found);
  assert.equal((await look(id)).isReplica, false);
  assert.deepEqual(
    watch.lags().map(({ lagMs }) => lagMs === null || lagMs > MOST_LAG_MS),
    [true, true],
  );
  await Promise.all(replicas.map(({ sql }) => sql`select pg_wal_replay_resume()`));
  await eventually('a replica answers again', async () => (await look(id)).isReplica);
});

test('a read that its replica breaks off is answered by the primary', async () => {
  await bothFollow();
  const seen: boolean[] = [];
  const answer = await reads.read(async (sql, { isReplica }) => {
    seen.push(isReplica);
    if (isReplica) await sql`select pg_terminate_backend(pg_backend_pid())`;
    return 'answered';
  });
  assert.equal(answer, 'answered');
  assert.deepEqual(seen, [true, false]);
  const refusal = new Error('not found');
  await assert.rejects(
    reads.read(() => Promise.reject(refusal)),
    refusal,
  );
});

/** Sends a signal to the postmaster and everything under it. */
function signalAll(postmaster: number, signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  for (const pid of [postmaster, ...children.map(Number)]) process.kill(pid, signal);
}

test('a read on a replica that freezes is answered by the primary', {
  skip: process.platform !== 'linux',
}, async () => {
  await bothFollow();
  const postmasters = [1, 2].map((number) => readPostmaster(join(dataDir, `replica-${number}`, 'cluster'))!.pid);
  const seen: boolean[] = [];
  try {
    const answer = await reads.read(async (sql, { isReplica }) => {
      seen.push(isReplica);
      if (isReplica) for (const pid of postmasters) signalAll(pid, 'SIGSTOP');
      return (await sql`select 'answered' as it`)[0]!['it'];
    });
    assert.equal(answer, 'answered');
    assert.deepEqual(seen, [true, false]);
    assert.ok((await look(await write())).found);
  } finally {
    for (const pid of postmasters) signalAll(pid, 'SIGCONT');
  }
});

test('with the lag always changing nobody misses what they have written; without a token many do', async () => {
  await bothFollow();
  const turns = [
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 2],
    [1, 2],
    [0, 0],
  ];
  const missed = { with: 0, without: 0 };
  for (const [first, second] of turns) {
    const delays = [first! * 300, second! * 150];
    await Promise.all(
      replicas.map(async ({ sql }, at) => {
        await sql.unsafe(`alter system set recovery_min_apply_delay = ${delays[at]!}`).simple();
        await sql`select pg_reload_conf()`;
      }),
    );
    for (let round = 0; round < 25; round++) {
      const id = await write();
      if (!(await look(id)).found) missed.with++;
      known = [];
      if (!(await look(id)).found) missed.without++;
    }
  }
  await Promise.all(replicas.map(({ sql }) => sql.unsafe('alter system reset recovery_min_apply_delay').simple()));
  assert.equal(missed.with, 0);
  assert.ok(missed.without > 0, 'the fault struck: replicas were behind');
});

test('a replica killed under load costs no answer, and is started again', async () => {
  await bothFollow();
  const cluster = join(dataDir, 'replica-1', 'cluster');
  const before = readPostmaster(cluster)!.pid;
  process.kill(before, 'SIGKILL');
  let answered = 0;
  await eventually('it runs again and answers', async () => {
    assert.ok((await look(await write())).found);
    answered++;
    return readPostmaster(cluster)?.pid !== before && watch.lags()[0]!.lagMs !== null;
  });
  assert.ok(answered > 1);
  await eventually('it reads again', async () => (await look(written)).at === portOf(0));
});

test('a replica that lost what it needs to follow is made anew, and answers again', async () => {
  await bothFollow();
  lines.length = 0;
  await loseSlot('replica_1');
  const id = await write();
  assert.ok((await look(id)).found);
  await eventually('it is made anew', async () => lines.includes('Made a replica of the database'));
  await eventually('it reads again', async () => (await look(id)).at === portOf(0));
});

/** What the primary keeps for a replica is gone, as after a long time away. */
async function loseSlot(name: string): Promise<void> {
  await eventually(`the slot ${name} is gone`, async () => {
    await primary.sql`select pg_terminate_backend(active_pid, 1000) from pg_replication_slots where slot_name = ${name}`;
    await primary.sql`select pg_drop_replication_slot(${name})`;
    return true;
  });
}

test('of another timeline, server or time to come: the primary answers, or the token says nothing', async () => {
  await bothFollow();
  const id = await write();
  const place = known[0]!;
  known = [{ ...place, timeline: place.timeline + 1 }];
  assert.equal((await look(id)).isReplica, false);
  known = [{ ...place, lsn: place.lsn + 1_000_000_000n }];
  assert.equal((await look(id)).isReplica, false);
  known = [{ ...place, server: '1', lsn: place.lsn + 1_000_000_000n }];
  assert.equal((await look(id)).isReplica, true);
});

// From here on the second replica is none any more.
test('a replica that was promoted is none', async () => {
  await replicas[1]!.sql`select pg_promote()`;
  await eventually('only the other one is left', async () => watch.lags()[1]!.lagMs === null);
  const id = await write();
  for (let round = 0; round < 6; round++) {
    const { at, found } = await look(id);
    assert.ok(found && at !== portOf(1));
  }
});

test('at the next start a replica goes on, one that cannot is made anew, and one that nobody wants is gone', async () => {
  await postgres.stop();
  lines.length = 0;
  const again = embeddedPostgres({ dataDir, settings: SETTINGS, replicas: 2, log });
  await again.start();
  assert.deepEqual(
    lines.filter((line) => line.startsWith('Made')),
    ['Made a replica of the database'],
  );
  for (const url of again.replicaUrls) {
    const { sql, end } = openDatabase({ url, room: 'test', max: 1 });
    await eventually('it follows', async () => (await sql`select from kept where id = ${written}`).length === 1);
    await end();
  }
  await again.stop();

  const alone = embeddedPostgres({ dataDir, settings: SETTINGS });
  await alone.start();
  const { sql, end } = openDatabase({ url: alone.adminUrl, room: 'test', max: 1 });
  assert.equal((await sql`select from pg_replication_slots`).length, 0);
  assert.deepEqual(
    [1, 2].map((number) => existsSync(join(dataDir, `replica-${number}`))),
    [false, false],
  );
  await end();
  await alone.stop();
});
