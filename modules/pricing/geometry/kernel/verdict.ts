import type { REPAIR_CODES, Topology, VERDICTS } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';

export type Verdict = (typeof VERDICTS)[number];

export interface Repair {
  code: (typeof REPAIR_CODES)[number];
  /** Removed, collapsed, turned or added. */
  faces: number;
  /** Change of the volume as a share of what it is in the end; null where it cannot be said. */
  volumeChange: number | null;
}

/** What the surface of a model turned out to be, in the file's units. Not rounded. */
export interface Joined {
  /** Empty where `topology` is null. */
  mesh: Mesh;
  /** `closed` and `repaired` may be priced; `estimated` and `unusable` need a person. */
  verdict: Verdict;
  /** Never negative. Of the filled mesh, where there were holes. */
  volume: number;
  /** How much `volume` may be off; 0 for `closed` and `repaired`. */
  volumeUncertainty: number;
  area: number;
  /** Machine codes in the order of FINDINGS. */
  findings: string[];
  repairs: Repair[];
  /** Null when so few corners are shared that there is no surface to speak of. */
  topology: Topology | null;
  /** Gives the mesh's memory to the next `joinMesh`: call it when nobody looks at the mesh any more. */
  release(): void;
}

/** Codes of `findings` that joining a mesh can give. */
export const FINDINGS = [
  'unwelded_corners',
  'duplicate_faces',
  'open_boundary',
  'overlapping_shells',
  'too_many_shells',
  'inverted',
  'no_volume',
  'volume_exceeds_box',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** A volume below this share of the cubed diagonal is a flat sheet, not a body. */
const LEAST_VOLUME = 1e-9;
const ROUNDING_SLACK = 1e-6;
/** Smaller relative changes are rounding. */
const LEAST_CHANGE = 1e-12;

export type Vector = readonly [number, number, number];
export interface Box {
  min: Vector;
  max: Vector;
}

export function diagonalOf({ min, max }: Box): number {
  return Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
}

export function middleOf({ min, max }: Box): Vector {
  return [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2];
}

/** What a verdict depends on. `volume` is not negative. */
export interface Evidence {
  volume: number;
  box: Box;
  repairs: readonly Repair[];
  findings: ReadonlySet<Finding>;
}

const UNCERTAIN: readonly Finding[] = ['open_boundary', 'overlapping_shells', 'too_many_shells'];

/** The verdict, and the findings with those that the volume itself gives rise to. */
export function judge({ volume, box, repairs, findings }: Evidence): { verdict: Verdict; findings: Finding[] } {
  const all = new Set(findings);
  let verdict: Verdict = repairs.length > 0 ? 'repaired' : 'closed';
  if (UNCERTAIN.some((finding) => all.has(finding))) verdict = 'estimated';
  if (!(volume > LEAST_VOLUME * diagonalOf(box) ** 3)) {
    all.add('no_volume');
    verdict = 'unusable';
  } else if (verdict !== 'estimated' && volume > boxVolume(box) * (1 + ROUNDING_SLACK)) {
    all.add('volume_exceeds_box');
    verdict = 'estimated';
  }
  return { verdict, findings: FINDINGS.filter((finding) => all.has(finding)) };
}

export function boxVolume({ min, max }: Box): number {
  return (max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]);
}

/** `change` as a share of `volume`, to nine digits; 0 where it is rounding, null where there is no volume. */
export function shareOf(change: number | null, volume: number): number | null {
  if (change === null || !(volume > 0)) return null;
  const share = change / volume;
  return Math.abs(share) > LEAST_CHANGE ? Number(share.toPrecision(9)) : 0;
}
