import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BlobError, type Blobs } from '#platform/blobs';

/** The blob store does not answer: nobody knows anything about the file. */
export class StoreAway extends Error {
  override name = 'StoreAway';
}

/**
 * Runs `use` with a path to the blob's bytes: the blob itself on a local disk, else a copy that is removed afterwards.
 * Throws StoreAway, also when `signal` ends the download.
 */
export async function withLocalFile<T>(
  blobs: Blobs,
  sha256: string,
  signal: AbortSignal,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (blobs.path) return use(blobs.path(sha256));
  const folder = await mkdtemp(join(tmpdir(), 'forgeline-model-'));
  try {
    const copy = join(folder, 'model');
    await download(blobs, sha256, copy, signal);
    return await use(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(blobs: Blobs, sha256: string, to: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(await blobs.get(sha256), createWriteStream(to), { signal });
  } catch (cause) {
    if (cause instanceof BlobError) throw cause;
    throw new StoreAway(`The bytes of ${sha256} could not be fetched`, { cause });
  }
}
