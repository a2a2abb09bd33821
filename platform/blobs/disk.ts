import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ADDRESS, BlobError, type Blobs, checkAddress, type ListedBlob, Meter } from './blobs.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const STALE_MS = 24 * 3600 * 1000;

export interface DiskBlobsOptions {
  dir: string;
  /** With less than this left on the disk nothing is taken: a database may live there too. */
  reserveBytes?: number;
}

/**
 * Blobs as files below `dir`: `ab/cd/<sha256>`. A blob appears by a rename after an fsync, so that it is whole or not
 * there, even after a power cut. Several processes may share the folder.
 */
export function diskBlobs({ dir, reserveBytes = 0 }: DiskBlobsOptions): Blobs {
  const incoming = join(dir, 'incoming');
  const path = (sha256: string) => join(dir, checkAddress(sha256).slice(0, 2), sha256.slice(2, 4), sha256);
  let prepared: Promise<void> | undefined;

  async function freeBytes(): Promise<number> {
    await mkdir(dir, { recursive: true });
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  }

  async function refuseBelowReserve(): Promise<void> {
    if (reserveBytes > 0 && (await freeBytes()) < reserveBytes) {
      throw new BlobError('storage_full', `Less than ${reserveBytes} bytes are left on the disk`);
    }
  }

  return {
    async put(stream, { maxBytes }) {
      prepared ??= prepare(incoming).catch((error) => {
        prepared = undefined;
        throw error;
      });
      const temporary = join(incoming, randomUUID());
      try {
        const meter = new Meter(maxBytes);
        // The stream is listened to from now on: it may fail while the folder is still being prepared.
        await pipeline(stream, meter, async (metered) => {
          await prepared;
          await refuseBelowReserve();
          await pipeline(metered, createWriteStream(temporary, { flags: 'wx', flush: true }));
        });
        const written = meter.result();
        await moveDurably(temporary, path(written.sha256));
        return written;
      } catch (error) {
        await rm(temporary, { force: true });
        throw FULL.has(codeOf(error)) ? new BlobError('storage_full', 'The disk is full', { cause: error }) : error;
      }
    },
    async get(sha256) {
      const file = await open(path(sha256)).catch((error) => {
        throw codeOf(error) === 'ENOENT' ? new BlobError('not_found', `No blob ${sha256}`, { cause: error }) : error;
      });
      return file.createReadStream() as Readable;
    },
    path,
    has: (sha256) =>
      access(path(sha256)).then(
        () => true,
        () => false,
      ),
    remove: (sha256) => rm(path(sha256), { force: true }),
    list: () => listFiles(dir),
    freeBytes,
  };
}

/** Folder by folder, so that a store of millions is never held in memory. */
async function* listFiles(dir: string): AsyncGenerator<ListedBlob> {
  for (const first of await namesIn(dir)) {
    if (first.length !== 2) continue;
    for (const second of await namesIn(join(dir, first))) {
      for (const name of await namesIn(join(dir, first, second))) {
        const found = ADDRESS.test(name) && (await stat(join(dir, first, second, name)).catch(() => null));
        if (found) yield { sha256: name, bytes: found.size, putAt: found.mtimeMs };
      }
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return [];
    throw error;
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** Makes the folder for unfinished uploads and sweeps out those of processes that were killed long ago. */
async function prepare(incoming: string): Promise<void> {
  await mkdir(incoming, { recursive: true });
  for (const name of await readdir(incoming)) {
    const file = join(incoming, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(file, { force: true });
  }
}

async function moveDurably(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  await mkdir(folder, { recursive: true });
  await rename(from, to);
  for (const changed of [folder, dirname(folder), dirname(dirname(folder))]) await syncFolder(changed);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
