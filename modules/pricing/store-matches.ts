import type { Sql } from '#platform/database';
import { type Known, type Likeness, SAME_AREA, unitScales, unpackOutline } from './geometry/index.ts';

/** A shape that is to be compared with its likes. */
export interface Uncompared extends Known {
  sha256: string;
  fingerprint: string;
}

/** After this it is somebody else's turn: the worker may have died. */
const CLAIM = '2 minutes';
const MOST_ATTEMPTS = 3;
const MOST_LIKES = 200;

/** Takes the next shape that nobody has compared; null where there is none. */
export async function takeUncompared(sql: Sql, kernelVersion: string): Promise<Uncompared | null> {
  const [row] = await sql<Uncompared[]>`
    update shape set compare_after = platform.now() + ${CLAIM}::interval, compare_attempts = compare_attempts + 1
    where (sha256, kernel_version) = (
      select sha256, kernel_version from shape
      where compare_after < platform.now() and kernel_version = ${kernelVersion} and compare_attempts < ${MOST_ATTEMPTS}
      order by compare_after limit 1 for update skip locked)
    returning sha256, fingerprint, vector, chirality, log_area as "logArea"`;
  return row ?? null;
}

/** Something more urgent came up: it is compared later. */
export async function compareLater(sql: Sql, { sha256 }: Uncompared, kernelVersion: string): Promise<void> {
  await sql`
    update shape set compare_after = platform.now() + interval '5 seconds', compare_attempts = compare_attempts - 1
    where sha256 = ${sha256} and kernel_version = ${kernelVersion} and compare_after is not null`;
}

/** Shapes of about the same area, in whatever unit, of other triangles: one for each. Few, for areas rarely agree so well. */
export async function findLikes(
  sql: Sql,
  own: Uncompared,
  kernelVersion: string,
): Promise<(Known & { sha256: string })[]> {
  const logs = unitScales().map((scale) => own.logArea - 2 * Math.log(scale));
  const ranges = { low: logs.map((log) => log - SAME_AREA), high: logs.map((log) => log + SAME_AREA) };
  return sql<(Known & { sha256: string })[]>`
    select distinct on (fingerprint) sha256, vector, chirality, log_area as "logArea"
    from unnest(${ranges.low}::float8[], ${ranges.high}::float8[]) as range (low, high)
    join shape on log_area between low and high
    where kernel_version = ${kernelVersion} and vector is not null and fingerprint <> ${own.fingerprint}
    order by fingerprint, sha256 limit ${MOST_LIKES}`;
}

export async function findOutline(
  sql: Sql,
  sha256: string,
  kernelVersion: string,
): Promise<Likeness['outline'] | null> {
  const [row] = await sql<{ outline: Buffer | null }[]>`
    select outline from shape where sha256 = ${sha256} and kernel_version = ${kernelVersion}`;
  return row?.outline ? unpackOutline(row.outline) : null;
}

export interface Match {
  other: string;
  mirrored: boolean;
  /** What a length of `other` is multiplied by to get one of the shape's. */
  scale: number;
  fit: number;
}

/** Keeps what a shape was found to be like, in both directions, and that it was compared. */
export async function keepMatches(
  tx: Sql,
  { sha256 }: Uncompared,
  matches: readonly Match[],
  kernelVersion: string,
): Promise<void> {
  for (const { other, mirrored, scale, fit } of matches) {
    await tx`
      insert into shape_match (sha256, other, kernel_version, mirrored, scale, fit)
      values (${sha256}, ${other}, ${kernelVersion}, ${mirrored}, ${1 / scale}, ${fit}),
             (${other}, ${sha256}, ${kernelVersion}, ${mirrored}, ${scale}, ${fit})
      on conflict do nothing`;
  }
  await tx`update shape set compare_after = null where sha256 = ${sha256} and kernel_version = ${kernelVersion}`;
}
