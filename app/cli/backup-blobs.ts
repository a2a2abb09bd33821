import type { Blobs } from '#platform/blobs';
import { BackupBroken } from './backup-manifest.ts';

export interface Copied {
  count: number;
  bytes: number;
  /** Of these, how many had to be copied; the others were there. */
  copied: number;
}

/**
 * Brings these blobs from one store into another. Each is hashed on its way, for its name is its content: one that was damaged
 * is refused, one that is there already with its length is left as it is. Throws BackupBroken.
 */
export async function copyBlobs(from: Blobs, to: Blobs, wanted: ReadonlyMap<string, number>): Promise<Copied> {
  const there = new Map<string, number>();
  for await (const { sha256, bytes } of to.list()) there.set(sha256, bytes);
  const result: Copied = { count: wanted.size, bytes: 0, copied: 0 };
  for (const [sha256, bytes] of wanted) {
    result.bytes += bytes;
    if (there.get(sha256) === bytes) continue;
    const stream = await from.get(sha256).catch((cause: Error) => {
      throw new BackupBroken(`The file ${sha256} cannot be read: ${cause.message}`, { cause });
    });
    const put = await to.put(stream, { maxBytes: Number.MAX_SAFE_INTEGER });
    if (put.sha256 !== sha256) {
      await to.remove(put.sha256);
      throw new BackupBroken(`The file ${sha256} is damaged: its content is that of ${put.sha256}.`);
    }
    result.copied++;
  }
  return result;
}
