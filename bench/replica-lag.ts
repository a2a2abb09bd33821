import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, openDatabase, runningPostgres } from '#platform/database';

/** How far the replicas are held back, milliseconds: from nothing to far beyond what may be read. */
const DELAYS_MS = [0, 5, 0, 50, 500, 0, 3_000, 0, 8_000, 0, 15_000, 0, 30_000];
const LOOK_EVERY_MS = 100;
const LEAST_HOLD_MS = 3_000;
/** Once it is as late as it was told to be, so long. */
const HOLD_ON_MS = 4_000;
const KILL_EVERY_MS = 45_000;
const FREEZE_EVERY_MS = 70_000;
const FROZEN_MS = 3_000;

/** How often each fault was seen to strike. */
export interface Struck {
  /** Looks at a replica by how late it was: up to 50 ms, 1 s, 10 s, beyond. */
  behind: { little: number; second: number; tenSeconds: number; beyond: number };
  mostBehindMs: number;
  killed: number;
  frozen: number;
}

/** Holds the replicas of an installation back by ever other delays, kills and freezes them, until `stop`. */
export function troubleReplicas(dataDir: string, count: number): { stop(): Promise<Struck> } {
  const struck: Struck = {
    behind: { little: 0, second: 0, tenSeconds: 0, beyond: 0 },
    mostBehindMs: 0,
    killed: 0,
    frozen: 0,
  };
  const stopped = new AbortController();
  const wait = (ms: number) => pause(ms, undefined, { signal: stopped.signal });
  const folder = path.join(dataDir, 'postgres');
  const running = runningPostgres(folder);
  if (typeof running === 'string') throw new Error(`The PostgreSQL in ${folder} is ${running}`);

  const trouble = Array.from({ length: count }, (_, at) => {
    const replica = replicaOf(folder, running.adminUrl, at + 1);
    const loops = [
      delay(replica, struck, at, wait),
      watch(replica, struck, wait),
      strike(replica, struck, at, wait),
    ].map((loop) => loop.catch((error: unknown) => stopped.signal.aborted || Promise.reject(error)));
    return Promise.all(loops).finally(() => replica.database.end());
  });
  const done = Promise.all(trouble);
  // Awaited by `stop`; until then a failure must not end the process unnamed.
  done.catch(() => {});
  return {
    async stop() {
      stopped.abort();
      await done;
      return struck;
    },
  };
}

interface Replica {
  cluster: string;
  database: Database;
}

type Wait = (ms: number) => Promise<void>;

function replicaOf(folder: string, adminUrl: string, number: number): Replica {
  const own = path.join(folder, `replica-${number}`);
  const url = new URL(adminUrl);
  url.port = readFileSync(path.join(own, 'port'), 'utf8').trim();
  return {
    cluster: path.join(own, 'cluster'),
    database: openDatabase({ url: url.href, room: 'trouble', max: 2 }),
  };
}

async function delay({ database: { sql } }: Replica, _struck: Struck, at: number, wait: Wait): Promise<void> {
  // The replicas begin at different places, so that often one of them can answer.
  for (let step = at === 0 ? DELAYS_MS.length - 1 : 0; ; step = (step + 1) % DELAYS_MS.length) {
    const ms = DELAYS_MS[step]!;
    await insist(wait, async () => {
      await sql.unsafe(`alter system set recovery_min_apply_delay = ${ms}`).simple();
      await sql`select pg_reload_conf()`;
    });
    await wait(Math.max(LEAST_HOLD_MS, ms + HOLD_ON_MS));
  }
}

/** While orders flow, the last replayed commit's age is the lag. */
async function watch({ database: { sql } }: Replica, struck: Struck, wait: Wait): Promise<void> {
  for (;;) {
    await wait(LOOK_EVERY_MS);
    const rows = await sql<{ behind: number }[]>`
      select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 * 1000 as behind`.catch(
      () => [],
    );
    const behind = rows[0]?.behind;
    if (typeof behind !== 'number') continue;
    struck.mostBehindMs = Math.max(struck.mostBehindMs, behind);
    struck.behind[classOf(behind)]++;
  }
}

function classOf(behindMs: number): keyof Struck['behind'] {
  if (behindMs <= 50) return 'little';
  if (behindMs <= 1_000) return 'second';
  return behindMs <= 10_000 ? 'tenSeconds' : 'beyond';
}

async function strike({ cluster }: Replica, struck: Struck, at: number, wait: Wait): Promise<void> {
  for (let next = 0; ; next++) {
    await wait(next % 2 === 0 ? KILL_EVERY_MS + at * 10_000 : FREEZE_EVERY_MS - KILL_EVERY_MS);
    const postmaster = Number(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    if (next % 2 === 0) {
      process.kill(postmaster, 'SIGKILL');
      struck.killed++;
      continue;
    }
    const pids = [postmaster, ...childrenOf(postmaster)];
    signal(pids, 'SIGSTOP');
    struck.frozen++;
    await wait(FROZEN_MS).finally(() => signal(pids, 'SIGCONT'));
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // Connections come and go.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The replica may just have been killed. */
async function insist(wait: Wait, act: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await act();
      return;
    } catch {
      await wait(LOOK_EVERY_MS);
    }
  }
}
