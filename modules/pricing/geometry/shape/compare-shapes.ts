import type { Mesh } from '../mesh.ts';
import { castInto, type RayCaster } from '../thickness/ray-caster.ts';
import { candidatePoses, MOST_POSES, type Turn } from './candidate-poses.ts';
import { cross, type Frame, frameOf, type Outline } from './outline.ts';
import { momentsOf } from './surface-moments.ts';
import type { Vector } from './symmetric-eigen.ts';

/** A shape that may be the same as another one. */
export interface Likeness {
  outline: Outline;
  /** What its lengths are multiplied by to get the other's. */
  scale: number;
  /** Undefined: both are tried, the shape itself first. */
  mirrored?: boolean;
}

export interface Fit {
  mirrored: boolean;
  /** Share of the points that lie on the surface. */
  share: number;
}

/** How far a point may be off the surface, as a share of the box's diagonal. */
export const TOLERANCE = 1e-4;
/** What a wrong pose is given up after. */
const FIRST_POINTS = 48;
/** A point on an edge may miss both of its faces. */
const ENOUGH = 0.999;

/** For each likeness how it lies on the mesh; null where no pose lays its points on the surface. */
export function compareShapes(mesh: Mesh, likenesses: readonly Likeness[]): (Fit | null)[] {
  const moments = momentsOf(mesh);
  if (!moments) return likenesses.map(() => null);
  const own = frameOf(mesh, moments);
  const caster = castInto(mesh.positions, mesh.triangles);
  const tolerance = TOLERANCE * diagonalOf(mesh.positions);
  return likenesses.map((likeness) => {
    const hands = likeness.mirrored === undefined ? [false, true] : [likeness.mirrored];
    for (const mirrored of hands) {
      const share = bestFit(mesh, own, { caster, tolerance, likeness, mirrored });
      if (share >= ENOUGH) return { mirrored, share };
    }
    return null;
  });
}

interface Laying {
  caster: RayCaster;
  tolerance: number;
  likeness: Likeness;
  mirrored: boolean;
}

/** Share of the points on the surface in the first pose in which it is large enough; else 0. */
function bestFit(mesh: Mesh, own: Frame, { caster, tolerance, likeness, mirrored }: Laying): number {
  const { outline, scale } = likeness;
  let tried = 0;
  for (const turn of candidatePoses(mesh, own, outline, { scale, mirrored })) {
    if (++tried > MOST_POSES) return 0;
    const laid = layer(own.centroid, turn, { outline, scale });
    if (shareOn(caster, laid, tolerance, spread(outline, FIRST_POINTS)) < 1 - 1 / FIRST_POINTS) continue;
    const share = shareOn(caster, laid, tolerance, spread(outline, Infinity));
    if (share >= ENOUGH) return share;
  }
  return 0;
}

/** Numbers of at most so many points, from all over the surface. */
function spread({ points }: Outline, most: number): number[] {
  const count = points.length / 3;
  const each = Math.max(1, Math.floor(count / most));
  return Array.from({ length: Math.min(most, count) }, (_, n) => n * each);
}

/** Writes a laid point and its normal. */
type Lay = (n: number, point: Vector, normal: Vector) => void;

function layer(centroid: Vector, turn: Turn, { outline, scale }: Pick<Likeness, 'outline' | 'scale'>): Lay {
  const { points, normals, centroid: from } = outline;
  return (n, point, normal) => {
    const [x, y, z] = [0, 1, 2].map((k) => scale * (points[n * 3 + k]! - from[k]!)) as Vector;
    const [u, v, w] = [normals[n * 3]!, normals[n * 3 + 1]!, normals[n * 3 + 2]!];
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = turn[k]!;
      point[k] = centroid[k]! + a! * x + b! * y + c! * z;
      normal[k] = a! * u + b! * v + c! * w;
    }
  };
}

/** To the sides of a point, in shares of the tolerance: the point itself, and four more for what lies on an edge. */
const SIDES = [
  [0, 0],
  [0.5, 0],
  [-0.5, 0],
  [0, 0.5],
  [0, -0.5],
] as const;

function shareOn(caster: RayCaster, lay: Lay, tolerance: number, wanted: readonly number[]): number {
  if (wanted.length === 0) return 0;
  let missing = wanted;
  for (const side of SIDES) {
    missing = missed(caster, lay, tolerance, { wanted: missing, side });
    if (missing.length === 0 || missing.length > wanted.length / 10) break;
  }
  return 1 - missing.length / wanted.length;
}

/** Points from which a ray, from just outside inwards along the normal, meets nothing within the tolerance. */
function missed(
  caster: RayCaster,
  lay: Lay,
  tolerance: number,
  { wanted, side: [right, up] }: { wanted: readonly number[]; side: readonly [number, number] },
): number[] {
  const rays = new Float32Array(wanted.length * 6);
  const [point, normal]: [Vector, Vector] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const [at, n] of wanted.entries()) {
    lay(n, point, normal);
    const aside = cross(normal, Math.abs(normal[0]) < 0.6 ? [1, 0, 0] : [0, 1, 0]);
    const other = cross(normal, aside);
    for (let k = 0; k < 3; k++) {
      rays[at * 6 + k] = point[k]! + tolerance * (normal[k]! + right * aside[k]! + up * other[k]!);
      rays[at * 6 + 3 + k] = -normal[k]!;
    }
  }
  const distances = new Float32Array(wanted.length);
  caster.nearest(rays, wanted.length, 0, distances, new Uint32Array(wanted.length));
  return wanted.filter((_, at) => !(distances[at]! <= 2 * tolerance));
}

function diagonalOf(p: Float32Array): number {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < p.length; i++) {
    const k = i % 3;
    if (p[i]! < min[k]!) min[k] = p[i]!;
    if (p[i]! > max[k]!) max[k] = p[i]!;
  }
  return Math.hypot(...[0, 1, 2].map((k) => max[k]! - min[k]!));
}
