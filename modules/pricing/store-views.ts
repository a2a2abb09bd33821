import type { GeometryReport } from '#contracts/pricing';
import type { Sql } from '#platform/database';

/** The newest report of a file, by whichever kernel; null while there is none. */
export async function findReportOfFile(sql: Sql, sha256: string): Promise<GeometryReport | null> {
  const [row] = await sql<{ report: GeometryReport }[]>`
    select report from geometry where sha256 = ${sha256} and report is not null order by measured_at desc limit 1`;
  return row?.report ?? null;
}
