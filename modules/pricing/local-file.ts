import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Blobs } from '#platform/blobs';

/** Runs `use` with a path to the blob's bytes: the blob itself on a local disk, else a copy that is removed afterwards. */
export async function withLocalFile<T>(blobs: Blobs, sha256: string, use: (path: string) => Promise<T>): Promise<T> {
  if (blobs.path) return use(blobs.path(sha256));
  const folder = await mkdtemp(join(tmpdir(), 'forgeline-model-'));
  try {
    const copy = join(folder, 'model');
    await pipeline(await blobs.get(sha256), createWriteStream(copy));
    return await use(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
