import { above, GRID } from './exact-plane.ts';
import { quickHull } from './quick-hull.ts';

/** With more corners than this that could be on the hull, only the furthest in each of `CELLS`² × 6 directions is taken. */
const MOST_CORNERS = 40_000;
const CELLS = 64;
/** Corners that stand out most in these directions hold nearly everything else. */
const STEPS = [-1, 0, 1] as const;

/**
 * Volume of the convex hull of corners (x, y, z each), file units; null where they lie in a plane. The same for the same corners
 * in any order; some 1e-6 off, for corners are laid on a grid first. Of more than 40,000 corners that could be on the hull it
 * is that of those which stand out furthest, some 1e-4 too small. Null, too, for corners placed to make it endless.
 */
export function hullVolume(positions: Float32Array): number | null {
  const laid = onGrid(positions);
  if (!laid) return null;
  const { p, step } = laid;
  const volumeOf = (offsets: readonly number[]) => {
    const hull = quickHull(p, offsets);
    return hull && hull.volume * step;
  };
  const first = quickHull(p, directionalExtremes(p));
  // Few corners stand out so, or they lie in a plane that others do not.
  if (!first) return volumeOf(fewer(p, everyCorner(p)));
  const outside = everyCorner(p).filter((i) => first.planes.some((plane) => above(plane, p, i) > 0));
  return volumeOf(first.corners.concat(fewer(p, outside)));
}

/** Corners as whole steps from the middle of the box, as many along each axis, and what a cubic step is. */
function onGrid(positions: Float32Array): { p: Float64Array; step: number } | null {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      const value = positions[i + k]!;
      if (value < min[k]!) min[k] = value;
      if (value > max[k]!) max[k] = value;
    }
  }
  const size = [0, 1, 2].map((k) => max[k]! - min[k]!);
  if (!size.every((side) => side > 0 && Number.isFinite(side))) return null;
  const p = new Float64Array(positions.length);
  for (let k = 0; k < 3; k++) {
    const scale = GRID / size[k]!;
    const from = min[k]!;
    for (let i = k; i < p.length; i += 3) p[i] = Math.round((positions[i]! - from) * scale) - GRID / 2;
  }
  return { p, step: (size[0]! / GRID) * (size[1]! / GRID) * (size[2]! / GRID) };
}

function everyCorner(p: Float64Array): number[] {
  return Array.from({ length: p.length / 3 }, (_, i) => 3 * i);
}

function directionalExtremes(p: Float64Array): number[] {
  const directions = STEPS.flatMap((x) => STEPS.flatMap((y) => STEPS.map((z) => [x, y, z] as const)));
  // The first half: the second is its opposite, and the middle is no direction.
  return [...new Set(directions.slice(0, 13).flatMap((direction) => extremesAlong(p, direction)))];
}

function extremesAlong(p: Float64Array, [x, y, z]: readonly [number, number, number]): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  let [first, last] = [0, 0];
  for (let i = 0; i < p.length; i += 3) {
    const along = x * p[i]! + y * p[i + 1]! + z * p[i + 2]!;
    if (along > most || (along === most && isBefore(p, i, last))) {
      most = along;
      last = i;
    }
    if (along < least || (along === least && isBefore(p, i, first))) {
      least = along;
      first = i;
    }
  }
  return [first, last];
}

/** An order of corners that is not the file's. */
function isBefore(p: Float64Array, i: number, j: number): boolean {
  return (p[i]! - p[j]! || p[i + 1]! - p[j + 1]! || p[i + 2]! - p[j + 2]!) < 0;
}

function fewer(p: Float64Array, corners: number[]): number[] {
  return corners.length > MOST_CORNERS ? furthestByDirection(p, corners) : corners;
}

function furthestByDirection(p: Float64Array, corners: readonly number[]): number[] {
  const best = new Int32Array(6 * CELLS * CELLS).fill(-1);
  const most = new Float64Array(best.length);
  for (const i of corners) {
    const cell = cellOf(p[i]!, p[i + 1]!, p[i + 2]!);
    const r2 = p[i]! ** 2 + p[i + 1]! ** 2 + p[i + 2]! ** 2;
    if (r2 < most[cell]! || (r2 === most[cell]! && best[cell]! >= 0 && !isBefore(p, i, best[cell]!))) continue;
    most[cell] = r2;
    best[cell] = i;
  }
  return [...best].filter((i) => i >= 0);
}

/** Of a cube around the middle, each side in squares. */
function cellOf(x: number, y: number, z: number): number {
  const [ax, ay, az] = [Math.abs(x), Math.abs(y), Math.abs(z)];
  if (ax >= ay && ax >= az) return cellOn(x < 0 ? 1 : 0, y / ax, z / ax);
  return ay >= az ? cellOn(y < 0 ? 3 : 2, z / ay, x / ay) : cellOn(z < 0 ? 5 : 4, x / az, y / az);
}

function cellOn(side: number, u: number, v: number): number {
  const along = (t: number) => Math.min(CELLS - 1, Math.floor(((t + 1) / 2) * CELLS)) || 0;
  return (side * CELLS + along(u)) * CELLS + along(v);
}
