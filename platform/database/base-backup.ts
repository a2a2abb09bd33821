import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openDatabase } from './pool.ts';

export interface BaseBackupOptions {
  /** The administrator's address of the running server. */
  adminUrl: string;
  /** Its data directory. */
  cluster: string;
  /** A folder that is not there yet. */
  target: string;
}

/** Of a running server only: whoever starts from the copy makes them anew. The log of changes is not copied. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'standby.signal', 'recovery.signal', 'backup_label']);
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pgsql_tmp',
]);

/**
 * Copies the data directory of a running server. The copy needs the log of changes from the backup's start on: as a standby
 * that follows the server, or from an archive.
 */
export async function takeBaseBackup({ adminUrl, cluster, target }: BaseBackupOptions): Promise<void> {
  // One connection: the backup belongs to it. Without it the end is refused, and no copy is taken for whole.
  const { sql, end } = openDatabase({ url: adminUrl, room: 'backup', max: 1 });
  try {
    await sql`set statement_timeout = 0`;
    await sql`select pg_backup_start('forgeline', true)`;
    await copyFolder(cluster, target);
    const [label] = await sql<{ text: string }[]>`select labelfile as text from pg_backup_stop(false)`;
    await writeFile(join(target, 'backup_label'), label!.text, { mode: 0o600 });
  } finally {
    await end();
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  if (EMPTIED.has(basename(from))) return;
  const entries = await unlessGone(readdir(from, { withFileTypes: true }));
  for (const entry of entries ?? []) {
    const source = join(from, entry.name);
    const copy = join(to, entry.name);
    if (entry.isDirectory()) await copyFolder(source, copy);
    else if (entry.isFile() && !isLeftOut(entry.name))
      await unlessGone(copyFile(source, copy, constants.COPYFILE_FICLONE));
  }
}

function isLeftOut(name: string): boolean {
  return LEFT_OUT.has(name) || name.startsWith('pg_internal.init') || name.startsWith('pgsql_tmp');
}

/** Tables and databases may be dropped while the copy is made; replaying the log drops them there too. */
async function unlessGone<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
