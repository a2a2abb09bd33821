import { randomBytes } from 'node:crypto';
import type { GeometryReport } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import { packOutline, type ShapeDescriptor } from './geometry/index.ts';
import type { Twins } from './reuse.ts';

/** What a measured file leaves behind so that its like is known later. Never part of what is shown. */
export interface Trace {
  fingerprint: string;
  triangles: number;
  /** Of a run of its own; or the content whose measurement was taken over, and its shape with it. */
  shape: ShapeDescriptor | null | { of: string };
}

/** The same triangles, measured before, as workers look them up. */
export function twins(sql: Sql): Twins {
  let seed: Promise<bigint> | undefined;
  return {
    fingerprintSeed() {
      seed ??= fingerprintSeed(sql).catch((error) => {
        seed = undefined;
        throw error;
      });
      return seed;
    },
    async find({ fingerprint, triangles }, { tenant, sha256, kernelVersion }) {
      if (fingerprint === null) return null;
      // The tenant's own first; of others', the one that took longest: it was measured, not taken over.
      const [twin] = await sql<{ report: GeometryReport; milliseconds: number; isOwn: boolean }[]>`
        select report, milliseconds, own as "isOwn"
        from shape
        join geometry using (sha256, kernel_version)
        cross join lateral (select exists (
          select from job where job.tenant = ${tenant} and job.sha256 = shape.sha256
            and job.kernel_version = shape.kernel_version and job.state = 'done') as own) as known
        where fingerprint = ${fingerprint} and shape.triangles = ${triangles}
          and shape.kernel_version = ${kernelVersion} and sha256 <> ${sha256} and report is not null
        order by own desc, milliseconds desc, sha256 limit 1`;
      return twin ?? null;
    },
  };
}

/** Made when it is first asked for, by whoever is first. */
async function fingerprintSeed(sql: Sql): Promise<bigint> {
  await sql`insert into shape_seed (seed) values (${randomBytes(16)}) on conflict do nothing`;
  const [row] = await sql<[{ seed: Buffer }]>`select seed from shape_seed`;
  return BigInt(`0x${row.seed.toString('hex')}`);
}

/** Keeps what a file is known by. In the transaction that keeps its outcome. */
export async function rememberShape(
  tx: Sql,
  key: { sha256: string; kernelVersion: string },
  { fingerprint, triangles, shape }: Trace,
): Promise<void> {
  if (shape && 'of' in shape) return rememberLike(tx, key, { fingerprint, triangles, of: shape.of });
  const outline = shape && Buffer.from(packOutline(shape.outline));
  await tx`
    insert into shape (sha256, kernel_version, fingerprint, triangles, log_area, vector, chirality, distances, walls, outline,
                       compare_after)
    values (${key.sha256}, ${key.kernelVersion}, ${fingerprint}, ${triangles}, ${shape?.logArea ?? null},
            ${shape?.vector ?? null}::float8[], ${shape?.chirality ?? null}, ${shape?.distances ?? null}::real[],
            ${shape?.walls ?? null}::real[], ${outline}, case when ${shape !== null} then platform.now() end)
    on conflict do nothing`;
}

/**
 * A file that was not measured itself is as long in coming, for a stranger with the same bytes, as the one it stands for; and
 * its shape is that one's, with all that was compared with it.
 */
async function rememberLike(
  tx: Sql,
  { sha256, kernelVersion }: { sha256: string; kernelVersion: string },
  { fingerprint, triangles, of }: { fingerprint: string; triangles: number; of: string },
): Promise<void> {
  await tx`
    insert into shape (sha256, kernel_version, fingerprint, triangles, log_area, vector, chirality, distances, walls, outline,
                       compare_after)
    select ${sha256}, kernel_version, ${fingerprint}, ${triangles}, log_area, vector, chirality, distances, walls, outline, null
    from shape where sha256 = ${of} and kernel_version = ${kernelVersion}
    on conflict do nothing`;
  await tx`
    update geometry set milliseconds = greatest(geometry.milliseconds, measured.milliseconds)
    from geometry as measured
    where geometry.sha256 = ${sha256} and geometry.kernel_version = ${kernelVersion}
      and measured.sha256 = ${of} and measured.kernel_version = ${kernelVersion}`;
}
