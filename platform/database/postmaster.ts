import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a running postmaster says of itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/** Reads `postmaster.pid` of a data directory; undefined when there is none, or it is being written. */
export function readPostmaster(cluster: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : undefined;
}

/** False also for a process that has ended and whose parent has not noticed (a container without an init). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''));
  } catch {
    return false;
  }
}

/** Polls, because PostgreSQL tells its readiness and its end only through files and the process table. */
export async function until(done: () => boolean, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!done()) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

/**
 * Stops the postmaster that a killed process left behind, so that the next one is a child of ours, with our settings.
 * Fast shutdown first; without an end in 10 s an immediate one, from which PostgreSQL recovers at its next start.
 */
export async function stopOrphan(cluster: string): Promise<Postmaster | undefined> {
  const orphan = readPostmaster(cluster);
  if (!orphan || !(await isPostmasterOf(orphan.pid, cluster))) return undefined;
  await stopProcess(orphan.pid);
  return orphan;
}

/** SIGINT, then after 10 s SIGQUIT; resolves when the process is gone. */
export async function stopProcess(pid: number): Promise<void> {
  const gone = () => !isAlive(pid);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (gone()) return;
    process.kill(pid, signal);
    if (await until(gone, 10_000)) return;
  }
  throw new Error(`PostgreSQL, process ${pid}, does not end`);
}

/** A pid may have been given to somebody else since; PostgreSQL's working directory is its data directory. */
async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'comm=', '-p', `${pid}`]).stdout.includes('postgres');
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false;
  }
}
