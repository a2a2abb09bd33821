import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { diskBlobs } from '#platform/blobs';
import { loadDump, openDatabase, type Sql } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { blobStore } from '../blob-store.ts';
import type { Config } from '../config.ts';
import { ROOM_NAMES, type RoomName } from '../rooms.ts';
import { type Servers, servers } from '../servers.ts';
import { type Copied, copyBlobs } from './backup-blobs.ts';
import { BLOBS, databaseFolder, findBackup, type Manifest, readBackup } from './backup-manifest.ts';
import { RECONCILED, type RoomReport, reconcileRoom } from './reconcile-rooms.ts';
import { SILENT } from './take-backup.ts';

/** Differences that are named, of each room. */
const SHOWN = 10;

/** There is something where the backup should go, or it does not fit there. */
export class RestoreRefused extends Error {
  override name = 'RestoreRefused';
}

export interface RestoredBackup {
  folder: string;
  /** Of the backup: what came later is not there. */
  startedAt: string;
  rows: number;
  blobs: Copied;
  /** What every room keeps, compared with the orders; what differed was put right where it can be. */
  rooms: RoomReport[];
}

/**
 * Puts a backup into an empty installation: an empty data folder, or databases without Forgeline's schemas. Every file is proven
 * first. What fails, or is given up by a rejection of `interrupted`, leaves an embedded installation as empty as it was. Throws
 * RestoreRefused, BackupBroken, LoadRefused, and what `interrupted` rejects with.
 */
export async function restoreBackup(
  config: Config,
  from: string,
  interrupted: Promise<never> = new Promise(() => undefined),
): Promise<RestoredBackup> {
  const backup = await findBackup(from);
  const { manifest, blobs: wanted } = await readBackup(backup);
  refuseUsedFolder(config.dataDir);
  const all = servers(config, createLog(SILENT));

  async function restore(): Promise<RestoredBackup> {
    await all.start?.();
    await fill(all, backup, manifest);
    const store = blobStore(config);
    const blobs = await copyBlobs(diskBlobs({ dir: path.resolve(backup, '..', BLOBS) }), store, wanted);
    const tables = manifest.databases.flatMap(({ dump }) => dump.tables);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { folder: backup, startedAt: manifest.startedAt, rows, blobs, rooms: await reconcileAll(config, all) };
  }

  const running = restore();
  try {
    return await Promise.race([running, interrupted]);
  } catch (error) {
    await all.stop?.();
    // Whoever gave up did so in the middle of a step, maybe of the server's start.
    await running.catch(() => undefined);
    await all.stop?.();
    for (const name of namesIn(config.dataDir)) {
      await rm(path.join(config.dataDir, name), { recursive: true, force: true });
    }
    throw error;
  } finally {
    await all.stop?.();
  }
}

function refuseUsedFolder(dataDir: string): void {
  if (namesIn(dataDir).length === 0) return;
  throw new RestoreRefused(`${path.resolve(dataDir)} is not empty: name an empty folder with --data-dir.`);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function fill(all: Servers, backup: string, { databases }: Manifest): Promise<void> {
  const targets = new Map([...Map.groupBy(ROOM_NAMES, all.adminUrl)].map(([url, rooms]) => [String(rooms), url]));
  for (const { rooms } of databases) {
    const adminUrl = targets.get(String(rooms));
    if (!adminUrl) {
      throw new RestoreRefused(
        `The backup keeps ${rooms.join(', ')} together in one database of ${databases.length}: give these rooms one as well, by DATABASE_URL and DATABASE_URL_<ROOM>.`,
      );
    }
    await refuseUsedDatabase(adminUrl, rooms);
  }
  await all.prepare(ROOM_NAMES);
  for (const { name, rooms, dump } of databases) {
    const urls = rooms.map((room) => ({ name: room, url: all.url(room) }));
    const folder = databaseFolder(backup, name);
    await loadDump(dump, { adminUrl: targets.get(String(rooms))!, rooms: urls, folder });
  }
  for (const room of ROOM_NAMES) await leap(room, all.url(room));
}

async function refuseUsedDatabase(adminUrl: string, rooms: readonly RoomName[]): Promise<void> {
  const { sql, end } = openDatabase({ url: adminUrl, room: 'restore', max: 1 });
  try {
    const [used] = await sql<{ name: string }[]>`
      select nspname as name from pg_namespace where nspname = any (${[...rooms]}) limit 1`;
    if (used) {
      throw new RestoreRefused(
        `The database has a schema ${used.name} already: restore into an empty database (drop and create it).`,
      );
    }
  } finally {
    await end();
  }
}

/** What was given out after the backup is known to somebody: it must not be given out again for something else. */
const LEAPS: Partial<Record<RoomName, (sql: Sql) => Promise<unknown>>> = {
  partners: (sql) => sql`update client set last_sequence = last_sequence + 1000000`,
  shop: newEpoch,
  crm: newEpoch,
  mes: newEpoch,
};

/** Browsers hold answers of generations after the backup. */
async function newEpoch(sql: Sql): Promise<void> {
  await sql`update live_state set number = number + 1,
    epoch = greatest(epoch + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)`;
}

/** Several servers were read at moments of their own, and what was inside a broker is in no backup. */
async function reconcileAll(config: Config, all: Servers): Promise<RoomReport[]> {
  const log = createLog(SILENT);
  const pools = new Map(
    ROOM_NAMES.map((room) => [room, openDatabase({ url: all.url(room), room, role: 'restore', max: 2 })]),
  );
  try {
    const sql = (room: RoomName) => pools.get(room)!.sql;
    const over = config.amqpUrl ? 'rabbitmq' : 'postgres';
    const rooms: RoomReport[] = [];
    for (const room of RECONCILED) {
      rooms.push(await reconcileRoom(room, { sql, act: 'repair', patienceMs: 0, limit: SHOWN, over, log }));
    }
    return rooms;
  } finally {
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  }
}

async function leap(room: RoomName, url: string): Promise<void> {
  const { sql, end } = openDatabase({ url, room, role: 'restore', max: 1 });
  try {
    await LEAPS[room]?.(sql);
  } finally {
    await end();
  }
}
