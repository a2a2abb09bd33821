import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseDump } from '#platform/database';
import type { RoomName } from '../rooms.ts';

/**
 * A folder of backups:
 *
 *     2026-11-30T08-15-00Z/manifest.json      last of all: a folder without it is no backup
 *                          blobs.txt          SHA-256 and bytes of every blob of that moment
 *                          databases/orders/  one per server, named after its first room: tables as COPY writes them, zstd
 *     blobs/ab/cd/…                           the bytes, shared by all backups of the folder
 */
export interface Manifest {
  format: 1;
  /** Forgeline's version that made it. */
  version: string;
  startedAt: string;
  databases: { name: string; rooms: RoomName[]; dump: DatabaseDump }[];
  blobs: { count: number; bytes: number; listSha256: string };
}

export const MANIFEST = 'manifest.json';
export const BLOB_LIST = 'blobs.txt';
export const BLOBS = 'blobs';
export const UNFINISHED = '.unfinished';

/** What is there is no backup, or not what its manifest says. */
export class BackupBroken extends Error {
  override name = 'BackupBroken';
}

export function databaseFolder(backup: string, name: string): string {
  return path.join(backup, 'databases', name);
}

/** The manifest goes last, and the folder gets its name after it. */
export async function finishBackup(unfinished: string, folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify(manifest, null, 1);
  const sealed = JSON.stringify({ sha256: sha256Of(text), manifest: text });
  await writeFile(path.join(unfinished, MANIFEST), sealed, { mode: 0o600, flush: true });
  await rename(unfinished, folder);
}

/** A backup's folder, or the newest one of a folder of backups. */
export async function findBackup(from: string): Promise<string> {
  const names = await readdir(from).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new BackupBroken(`There is no folder ${path.resolve(from)}.`, { cause });
    throw new BackupBroken(`${from} cannot be read: ${cause.message}`, { cause });
  });
  if (names.includes(MANIFEST)) return path.resolve(from);
  const newest = names
    .filter((name) => /^\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name))
    .toSorted()
    .at(-1);
  if (!newest) throw new BackupBroken(`There is no backup in ${from}.`);
  return path.resolve(from, newest);
}

/** Reads the manifest and proves that every file of the databases is what was written. Throws BackupBroken. */
export async function readBackup(backup: string): Promise<{ manifest: Manifest; blobs: Map<string, number> }> {
  const manifest = await readManifest(backup);
  for (const { name, dump } of manifest.databases) {
    for (const { file, bytes, sha256 } of dump.tables) {
      await proveFile(path.join(databaseFolder(backup, name), file), bytes, sha256);
    }
  }
  const list = await readFile(path.join(backup, BLOB_LIST), 'utf8').catch(() => '');
  if (sha256Of(list) !== manifest.blobs.listSha256) throw new BackupBroken(`${BLOB_LIST} is not what was written.`);
  const lines = list.split('\n').filter((line) => line !== '');
  const blobs = new Map(lines.map((line) => [line.slice(0, 64), Number(line.slice(65))]));
  return { manifest, blobs };
}

async function readManifest(backup: string): Promise<Manifest> {
  try {
    const { sha256, manifest } = JSON.parse(await readFile(path.join(backup, MANIFEST), 'utf8'));
    if (sha256Of(manifest) !== sha256) throw new Error('its checksum is another one');
    const read = JSON.parse(manifest) as Manifest;
    if (read.format !== 1) throw new Error(`it has format ${read.format}, this release reads format 1`);
    return read;
  } catch (cause) {
    throw new BackupBroken(`${path.join(backup, MANIFEST)} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

async function proveFile(file: string, bytes: number, sha256: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => -1,
  );
  if (size === bytes) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === sha256) return;
  }
  throw new BackupBroken(`${file} is not what was written: take another backup.`);
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
