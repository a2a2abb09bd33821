import type { Blobs } from '#platform/blobs';
import type { Leftovers, Sql } from '#platform/database';
import { mayRemoveFiles } from './hold-files.ts';

const DAY_MS = 86_400_000;
/** A file takes a moment to remove, and the transaction is open as long. */
const FILES_AT_ONCE = 50;

/**
 * Uploads that no quote names any more: quotes that nobody ordered have gone before them, those of orders stay for ever. A file
 * of which no upload is left is noted for removal; what was measured on it is kept.
 */
export function oldUploads(days: number): Leftovers {
  let nextAt = 0;
  return {
    name: 'model',
    async remove(tx, most) {
      // All the old ones that orders need are passed over on the way.
      if (performance.now() < nextAt) return 0;
      const gone = await tx`
        with doomed as (
          select id, sha256 from model
          where uploaded_at < platform.now() - ${days}::float8 * interval '1 day'
            and not exists (select from quote_model q where q.sha256 = model.sha256)
          order by uploaded_at limit ${most} for update skip locked
        ), noted as (
          insert into unwanted_file (sha256) select distinct sha256 from doomed on conflict do nothing
        )
        delete from model using doomed where model.id = doomed.id`;
      if (gone.count < most) nextAt = performance.now() + DAY_MS;
      return gone.count;
    },
  };
}

/** Files that nobody has any more. While somebody holds them (`holdFiles`) none is removed. */
export function unwantedFiles(blobs: Blobs): Leftovers {
  return {
    name: 'unwanted_file',
    async remove(tx) {
      if (!(await mayRemoveFiles(tx))) return 0;
      const files = await tx<{ sha256: string }[]>`
        select sha256 from unwanted_file order by at limit ${FILES_AT_ONCE} for update skip locked`;
      for (const { sha256 } of files) {
        await lockFile(tx, sha256);
        const [known] = await tx`select from model where sha256 = ${sha256} limit 1`;
        if (!known) await blobs.remove(sha256);
        await tx`delete from unwanted_file where sha256 = ${sha256}`;
      }
      return files.length;
    },
  };
}

/** Until the transaction ends, this file is neither removed nor becomes anybody's elsewhere. */
export async function lockFile(tx: Sql, sha256: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`file ${sha256}`}, 0))`;
}
