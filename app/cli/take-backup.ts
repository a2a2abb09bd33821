import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Blobs, diskBlobs } from '#platform/blobs';
import { dumpDatabase } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { holdFiles } from '#pricing';
import { blobStore } from '../blob-store.ts';
import type { Config } from '../config.ts';
import { ROOM_NAMES } from '../rooms.ts';
import { type Servers, servers } from '../servers.ts';
import { VERSION } from '../wiring.ts';
import { type Copied, copyBlobs } from './backup-blobs.ts';
import {
  BLOB_LIST,
  BLOBS,
  databaseFolder,
  finishBackup,
  type Manifest,
  sha256Of,
  UNFINISHED,
} from './backup-manifest.ts';
import { joined } from './reach-databases.ts';

export interface TakenBackup {
  folder: string;
  startedAt: string;
  rows: number;
  /** Of the databases' files. */
  bytes: number;
  blobs: Copied;
}

export const SILENT = { service: 'forgeline-cli', role: 'cli', version: VERSION, level: 'silent' } as const;

/**
 * Writes everything of an installation below `to`: databases as of one moment each, models' files. It may be in use; one that is
 * stopped has its embedded PostgreSQL started for as long as this takes.
 */
export async function takeBackup(given: Config, to: string): Promise<TakenBackup> {
  const config = joined(given);
  const startedAt = new Date().toISOString();
  const folder = path.resolve(to, startedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-'));
  const unfinished = `${folder}${UNFINISHED}`;
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const all = servers(config, createLog(SILENT));
  try {
    await all.start?.();
    // What the databases name must not be tidied away before it is copied.
    const release = await holdFiles(all.url('pricing'));
    try {
      const databases = await dumpAll(all, unfinished);
      const { copied, list } = await keepBlobs(blobStore(config), to, unfinished);
      const blobs = { count: copied.count, bytes: copied.bytes, listSha256: sha256Of(list) };
      await finishBackup(unfinished, folder, { format: 1, version: VERSION, startedAt, databases, blobs });
      const tables = databases.flatMap(({ dump }) => dump.tables);
      return {
        folder,
        startedAt,
        rows: tables.reduce((sum, { rows }) => sum + rows, 0),
        bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
        blobs: copied,
      };
    } finally {
      await release();
    }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    await all.stop?.();
  }
}

/** The databases one after the other, that of the orders last: no reader's copy knows more than the truth. */
async function dumpAll(all: Servers, backup: string): Promise<Manifest['databases']> {
  const databases: Manifest['databases'] = [];
  const byServer = [...Map.groupBy(ROOM_NAMES, all.adminUrl)];
  const last = byServer.findIndex(([, rooms]) => rooms.includes('orders'));
  byServer.push(...byServer.splice(last, 1));
  for (const [adminUrl, rooms] of byServer) {
    const name = rooms[0]!;
    const folder = databaseFolder(backup, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const urls = rooms.map((room) => ({ name: room, url: all.url(room) }));
    databases.push({ name, rooms, dump: await dumpDatabase({ adminUrl, rooms: urls, folder }) });
  }
  return databases;
}

/** After the databases: every file that they name was there before its row. */
async function keepBlobs(from: Blobs, to: string, backup: string): Promise<{ copied: Copied; list: string }> {
  const wanted = new Map<string, number>();
  for await (const { sha256, bytes } of from.list()) wanted.set(sha256, bytes);
  const copied = await copyBlobs(from, diskBlobs({ dir: path.resolve(to, BLOBS) }), wanted);
  const list = [...wanted]
    .map(([sha256, bytes]) => `${sha256} ${bytes}\n`)
    .sort()
    .join('');
  await writeFile(path.join(backup, BLOB_LIST), list, { mode: 0o600, flush: true });
  return { copied, list };
}
