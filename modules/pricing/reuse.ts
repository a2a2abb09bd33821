import type { GeometryReport } from '#contracts/pricing';
import type { Print } from './analysis-messages.ts';
import { KERNEL_VERSION, type Measurement, MOST_TO_SHOW, nineDigits } from './geometry/index.ts';

/** A file with the same triangles that was measured before (level L1). */
export interface Twin {
  report: GeometryReport;
  /** What its run took. */
  milliseconds: number;
  /** Found by the same tenant: only then may the answer be faster than a run. */
  isOwn: boolean;
}

/** What was measured before, by the triangles. */
export interface Twins {
  /** Secret of this installation. */
  fingerprintSeed(): Promise<bigint>;
  /** Somebody's measurement of the same triangles, for the tenant who asks now; null: there is none. */
  find(print: Print, job: { tenant: string; sha256: string; kernelVersion: string }): Promise<Twin | null>;
}

/** Sums of the same triangles in another order differ by rounding only. */
const SAME = 1e-6;
/** What a reader says of the file itself; another file with the same triangles may be written otherwise. */
const OF_THE_FILE = new Set(['count_corrected', 'trailing_bytes']);

export type Reused = Measurement & Pick<GeometryReport, 'views'>;

/**
 * The measurement of a file by its own first pass and its twin's verdict, topology and walls. Null when the sums say that it
 * is no twin after all.
 */
export function measuredByTwin(print: Print, { report, isOwn }: Pick<Twin, 'report' | 'isOwn'>): Reused | null {
  const isClosed = report.verdict === 'closed';
  if (report.kernelVersion !== KERNEL_VERSION || report.triangles !== print.triangles) return null;
  const sumsAgree = isClose(report.area, print.area) && isClose(report.volume, Math.abs(print.volume));
  if (needsOwnMesh(print) && !(isOwn && report.views?.mesh)) return null;
  // Of a mesh that was repaired or is open, the figures are not those sums; the fingerprint and the count have to do.
  if (isClosed && !sumsAgree) return null;
  const { sha256: _, views, ...figures } = report;
  const ofModel = report.findings.filter((finding) => !OF_THE_FILE.has(finding) && !print.findings.includes(finding));
  return {
    ...figures,
    // A mesh has the order of the twin's faces, by which one could tell somebody else's file; a picture has none.
    ...(views && { views: isOwn ? views : { ...views, mesh: null } }),
    unit: print.unit,
    format: print.format,
    bytes: print.bytes,
    // The price comes from the file itself, wherever its triangles were taken as they are.
    volume: isClosed ? nineDigits(Math.abs(print.volume)) : report.volume,
    area: isClosed ? nineDigits(print.area) : report.area,
    findings: [...print.findings, ...ofModel],
  };
}

/** The viewer cannot take the file itself (`needsMesh` of geometry/analyse.ts). */
function needsOwnMesh({ format, triangles }: Print): boolean {
  return !format.startsWith('stl') || triangles > MOST_TO_SHOW;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
}
