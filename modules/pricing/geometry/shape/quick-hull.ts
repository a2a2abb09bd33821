import { above, type Plane, planeThrough } from './exact-plane.ts';

/** Corners are told by their offsets in an array of x, y, z on the grid of exact-plane.ts. */
export interface Hull {
  /** Cubic steps of the grid. */
  volume: number;
  corners: number[];
  planes: Plane[];
}

interface Face {
  corners: readonly [number, number, number];
  /** Across the side from corner k to corner k + 1. */
  neighbours: Face[];
  plane: Plane;
  /** Corners above it that no earlier face has. */
  outside: number[];
  furthest: number;
  height: number;
  isGone: boolean;
}

/** What is thinner than so many steps of the grid is flat: that much is rounding. */
const FLAT = 4;
/** Looks of a corner at a face that a hull may cost (about a second): crafted corners could ask for their square. */
const MOST_LOOKS = 2e8;

/**
 * Quickhull, exact: which side of a face a corner lies on is never wrong, so that faces cannot come apart however flat or
 * doubled the corners are. Null where they are flat, or were placed to make it endless.
 */
export function quickHull(p: Float64Array, offsets: readonly number[]): Hull | null {
  const faces = simplex(p, offsets);
  if (!faces) return null;
  for (const i of offsets) give(p, faces, i);
  let looks = MOST_LOOKS;
  for (let next = 0; next < faces.length; next++) {
    const face = faces[next]!;
    if (face.isGone || face.outside.length === 0) continue;
    const seen = seenFrom(p, face);
    const raised = raise(p, seen, face.furthest);
    for (const { outside } of seen) {
      looks -= outside.length * raised.length;
      if (looks < 0) return null;
      for (const i of outside) give(p, raised, i);
    }
    for (const each of raised) faces.push(each);
  }
  const standing = faces.filter((face) => !face.isGone);
  return {
    volume: standing.reduce((sum, { plane: { nx, ny, nz, x, y, z } }) => sum + nx * x + ny * y + nz * z, 0) / 6,
    corners: [...new Set(standing.flatMap((face) => face.corners))],
    planes: standing.map((face) => face.plane),
  };
}

function simplex(p: Float64Array, offsets: readonly number[]): Face[] | null {
  if (offsets.length < 4) return null;
  const a = mostBy(offsets, (i) => -p[i]!);
  const b = mostBy(offsets, (i) => Math.hypot(p[i]! - p[a]!, p[i + 1]! - p[a + 1]!, p[i + 2]! - p[a + 2]!));
  const c = mostBy(offsets, (i) => lengthOf(planeThrough(p, a, b, i)));
  const base = planeThrough(p, a, b, c);
  const d = mostBy(offsets, (i) => Math.abs(above(base, p, i)));
  const height = above(base, p, d);
  if (!(Math.abs(height) > FLAT * lengthOf(base))) return null;
  const [x, y] = height > 0 ? [c, b] : [b, c];
  const faces = [makeFace(p, a, x, y), makeFace(p, a, d, x), makeFace(p, x, d, y), makeFace(p, y, d, a)];
  for (const face of faces) {
    face.neighbours = face.corners.map((from, k) => across(faces, face.corners[(k + 1) % 3]!, from));
  }
  return faces;
}

function across(faces: readonly Face[], from: number, to: number): Face {
  return faces.find(({ corners }) => corners.some((corner, k) => corner === from && corners[(k + 1) % 3] === to))!;
}

function mostBy(offsets: readonly number[], measure: (i: number) => number): number {
  let best = offsets[0]!;
  let most = -Infinity;
  for (const i of offsets) {
    const value = measure(i);
    if (value <= most) continue;
    most = value;
    best = i;
  }
  return best;
}

function lengthOf({ nx, ny, nz }: Plane): number {
  return Math.sqrt(nx * nx + ny * ny + nz * nz);
}

function makeFace(p: Float64Array, a: number, b: number, c: number): Face {
  const plane = planeThrough(p, a, b, c);
  return { corners: [a, b, c], neighbours: [], plane, outside: [], furthest: -1, height: 0, isGone: false };
}

/** Gives a corner to the first face that it is above. */
function give(p: Float64Array, faces: readonly Face[], i: number): void {
  for (const face of faces) {
    const height = above(face.plane, p, i);
    if (height <= 0) continue;
    face.outside.push(i);
    if (height > face.height) {
      face.height = height;
      face.furthest = i;
    }
    return;
  }
}

/** The faces that the furthest corner of this one is above: they hang together, and are taken away. */
function seenFrom(p: Float64Array, from: Face): Face[] {
  const seen = [from];
  from.isGone = true;
  for (let next = 0; next < seen.length; next++) {
    for (const other of seen[next]!.neighbours) {
      if (other.isGone || above(other.plane, p, from.furthest) <= 0) continue;
      other.isGone = true;
      seen.push(other);
    }
  }
  return seen;
}

/** New faces from the rim of those that were taken away to the corner that is above them. */
function raise(p: Float64Array, seen: readonly Face[], eye: number): Face[] {
  const raised: Face[] = [];
  const byStart = new Map<number, Face>();
  for (const { corners, neighbours } of seen) {
    for (let k = 0; k < 3; k++) {
      const other = neighbours[k]!;
      if (other.isGone) continue;
      const [start, end] = [corners[k]!, corners[(k + 1) % 3]!];
      const face = makeFace(p, start, end, eye);
      face.neighbours[0] = other;
      other.neighbours[other.corners.indexOf(end)] = face;
      byStart.set(start, face);
      raised.push(face);
    }
  }
  for (const face of raised) {
    const next = byStart.get(face.corners[1])!;
    face.neighbours[1] = next;
    next.neighbours[2] = face;
  }
  return raised;
}
