import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface InstanceLock {
  release(): void;
}

/**
 * Makes this process the only one that runs the database in `folder`. Throws an error that names the other one's pid.
 *
 * The lock is the kernel's (SQLite's exclusive lock on a file): it ends with the process however that ends, so there is
 * no stale lock to judge and to take over.
 */
export function lockInstance(folder: string): InstanceLock {
  const pidFile = join(folder, 'instance.pid');
  const lock = new DatabaseSync(join(folder, 'instance.lock'), { timeout: 0 });
  try {
    lock.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(
      `The database in ${folder} is in use by ${holder(pidFile)}: stop it first, or choose another folder`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => lock.close() };
}

const SQLITE_BUSY = 5;

function holder(pidFile: string): string {
  try {
    return `process ${readFileSync(pidFile, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}
