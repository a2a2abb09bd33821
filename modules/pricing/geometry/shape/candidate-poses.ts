import type { Mesh } from '../mesh.ts';
import { cross, dot, type Frame } from './outline.ts';
import type { Vector } from './symmetric-eigen.ts';

/** Rows of a rotation, or of one with a reflection. */
export type Turn = [Vector, Vector, Vector];

/** Axes whose eigenvalues differ by less than this share of the largest say too little about a direction. */
const CLEAR = 0.01;
/** Corners that stand out as far as another one's, by this share of the distance. */
const ALIKE = 1e-5;
const MOST_FAR = 512;
const MOST_WIDE = 2048;
export const MOST_POSES = 4096;

const SIGNS = [
  [1, 1, 1],
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
] as const;

/**
 * Turns that may lay `other`, its lengths times `scale`, on `mesh`: the principal axes on one another in four ways; and, where
 * these are not clear (rings, cubes), the two corners that stand out on all those that stand out alike.
 */
export function* candidatePoses(
  mesh: Mesh,
  own: Frame,
  other: Frame,
  { scale, mirrored }: { scale: number; mirrored: boolean },
): Generator<Turn> {
  const hand = mirrored ? -1 : 1;
  for (const signs of SIGNS) {
    const axes = own.axes.map((axis, k) => times(axis, signs[k]! * hand)) as Turn;
    yield turnOf(axes, other.axes);
  }
  if (!isClear(own.values)) yield* byCorners(mesh, own, other, { scale, hand });
}

function isClear([a, b, c]: Vector): boolean {
  return Math.min(b - a, c - b) > CLEAR * c;
}

function* byCorners(
  mesh: Mesh,
  { centroid }: Frame,
  other: Frame,
  { scale, hand }: { scale: number; hand: number },
): Generator<Turn> {
  const [far, wide] = [times(other.far, scale), times(other.wide, scale)];
  const theirs = basis(far, wide, 1);
  if (!theirs) return;
  const [r1, r2] = [Math.hypot(...far), Math.hypot(...wide)];
  const fars = cornersAt(mesh, centroid, { radius: r1, tolerance: ALIKE * r1, most: MOST_FAR });
  const wides = cornersAt(mesh, centroid, { radius: r2, tolerance: ALIKE * r1, most: MOST_WIDE });
  const between = dot(far, wide);
  for (const first of fars) {
    for (const second of wides) {
      if (Math.abs(dot(first, second) - between) > 2 * ALIKE * r1 * r1) continue;
      const ours = basis(first, second, hand);
      if (ours) yield turnOf(ours, theirs);
    }
  }
}

/** From the centroid to corners at that distance, each once. */
function cornersAt(
  { positions: p }: Mesh,
  [x, y, z]: Vector,
  { radius, tolerance, most }: { radius: number; tolerance: number; most: number },
): Vector[] {
  const found: Vector[] = [];
  for (let i = 0; i < p.length && found.length < most; i += 3) {
    const v: Vector = [p[i]! - x, p[i + 1]! - y, p[i + 2]! - z];
    if (Math.abs(Math.sqrt(dot(v, v)) - radius) <= tolerance) found.push(v);
  }
  return found;
}

/** Unit vectors along the first, across it towards the second, and at a right angle to both. */
function basis(first: Vector, second: Vector, hand: number): Turn | null {
  const along = unit(first);
  const side = unit(cross(first, second));
  if (!along || !side) return null;
  return [along, cross(side, along), times(side, hand)];
}

function unit(v: Vector): Vector | null {
  const size = Math.hypot(...v);
  return size > 0 ? times(v, 1 / size) : null;
}

function times(v: Vector, by: number): Vector {
  return [v[0] * by, v[1] * by, v[2] * by];
}

/** That takes each vector of `from` to that of `to`. */
function turnOf(to: Turn, from: Turn): Turn {
  return [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => to[0][i]! * from[0][j]! + to[1][i]! * from[1][j]! + to[2][i]! * from[2][j]!),
  ) as Turn;
}
