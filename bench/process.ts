import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runningPostgres } from '#platform/database';
import { startTopology } from '../app/cli/topology.ts';
import { eventually } from '../app/visitor.ts';

/** Linux counts a process's CPU in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const SEEDED_WITHIN_MS = 600_000;

/** Forgeline as a process of its own with the demo's people, so that the load generator's CPU is not counted. */
export interface Subject {
  origin: string;
  dataDir: string;
  /** CPU seconds since the start: the program, and the PostgreSQL under it. */
  cpuSeconds(): { program: number; postgres: number };
  /** The administrator's address of the PostgreSQL behind it. */
  adminUrl: string;
  /** Of the PostgreSQL behind it. */
  postgresVersion(): string;
  stop(): Promise<void>;
}

/** `env`: further settings (app/config.ts). */
export async function startSubject(env: Record<string, string> = {}): Promise<Subject> {
  const topology = await startTopology({ kind: 'all', env: { FORGELINE_DEMO: 'true', ...env } });
  const { dataDir } = topology;
  const isSeeded = async () => readFileSync(topology.logFile('all'), 'utf8').includes('"event":"demo.seeded"') || null;
  await eventually('the demo is seeded', isSeeded, SEEDED_WITHIN_MS);
  return {
    origin: topology.gatewayOrigin,
    dataDir,
    cpuSeconds: () => ({ program: cpuOf(topology.pid('all')!), postgres: postgresCpu(path.join(dataDir, 'postgres')) }),
    adminUrl: adminUrlIn(dataDir),
    postgresVersion: () => readFileSync(path.join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8').trim(),
    stop: () => topology.stop(),
  };
}

function adminUrlIn(dataDir: string): string {
  const running = runningPostgres(path.join(dataDir, 'postgres'));
  if (typeof running === 'string') throw new Error(`The subject's PostgreSQL is ${running}`);
  return running.adminUrl;
}

/** User and system time of a process, without its children. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Of the embedded PostgreSQL in a folder, all its processes together. */
export function postgresCpu(folder: string): number {
  const postmaster = Number(readFileSync(path.join(folder, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  const isOurs = (pid: number): boolean => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return pid === postmaster || parent === postmaster;
  };
  let seconds = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      if (isOurs(pid)) seconds += cpuOf(pid);
    } catch (error) {
      // Processes of others come and go while we look.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return seconds;
}
