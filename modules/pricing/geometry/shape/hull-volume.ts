/** Corners that stand out in at least one of these many directions hold nearly everything else. */
const STEPS = [-1, 0, 1] as const;
/** Thinner than this share of the box's diagonal is flat; nearer to a face of the hull than this is on it. */
const FLAT = 1e-7;
/** With more corners on the hull than this, only the furthest in each of `CELLS`² × 6 directions is taken. */
const MOST_CORNERS = 40_000;
const CELLS = 64;
/** Looks of a corner at a face that a model may cost (about a second): a crafted one could ask for their square. */
const MOST_LOOKS = 2e8;

/**
 * Volume of the convex hull of corners (x, y, z each), file units; null where they lie in a plane. Exact but for the noise of
 * 32 bits up to 40,000 corners that could be on the hull; of more, a hull of those that stand out furthest, some 1e-4 too small.
 * Null, too, for corners that were placed to make it endless.
 */
export function hullVolume(positions: Float32Array): number | null {
  const box = boxOf(positions);
  if (!box) return null;
  const tolerance = FLAT * box.diagonal;
  const all = shifted(positions, box.middle);
  const first = quickHull(all, directionalExtremes(all), tolerance);
  // Few corners stand out so, or they lie in a plane that others do not.
  if (!first) return quickHull(all, everyCorner(all), tolerance)?.volume ?? null;
  const outside = cornersOutside(all, first, tolerance);
  const held = outside.length > MOST_CORNERS ? furthestByDirection(all, outside) : outside;
  return quickHull(all, first.corners.concat(held), tolerance)?.volume ?? null;
}

function boxOf(p: Float32Array): { middle: number[]; diagonal: number } | null {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < p.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      const value = p[i + k]!;
      if (value < min[k]!) min[k] = value;
      if (value > max[k]!) max[k] = value;
    }
  }
  const diagonal = Math.hypot(...[0, 1, 2].map((k) => max[k]! - min[k]!));
  return diagonal > 0 && Number.isFinite(diagonal)
    ? { middle: [0, 1, 2].map((k) => (min[k]! + max[k]!) / 2), diagonal }
    : null;
}

function shifted(p: Float32Array, middle: readonly number[]): Float64Array {
  const moved = new Float64Array(p.length);
  const [x, y, z] = middle as [number, number, number];
  for (let i = 0; i < p.length; i += 3) {
    moved[i] = p[i]! - x;
    moved[i + 1] = p[i + 1]! - y;
    moved[i + 2] = p[i + 2]! - z;
  }
  return moved;
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
    if (along > most) {
      most = along;
      last = i;
    }
    if (along < least) {
      least = along;
      first = i;
    }
  }
  return [first, last];
}

function cornersOutside(p: Float64Array, { planes }: Hull, tolerance: number): number[] {
  const outside: number[] = [];
  for (let i = 0; i < p.length; i += 3) {
    const [x, y, z] = [p[i]!, p[i + 1]!, p[i + 2]!];
    for (let f = 0; f < planes.length; f += 4) {
      if (planes[f]! * x + planes[f + 1]! * y + planes[f + 2]! * z - planes[f + 3]! > tolerance) {
        outside.push(i);
        break;
      }
    }
  }
  return outside;
}

function furthestByDirection(p: Float64Array, corners: readonly number[]): number[] {
  const best = new Int32Array(6 * CELLS * CELLS).fill(-1);
  const most = new Float64Array(best.length);
  for (const i of corners) {
    const v = [p[i]!, p[i + 1]!, p[i + 2]!];
    const size = v.map(Math.abs);
    const axis = size[0]! >= size[1]! && size[0]! >= size[2]! ? 0 : size[1]! >= size[2]! ? 1 : 2;
    const cell = (k: number) => Math.min(CELLS - 1, Math.floor(((v[k]! / size[axis]! + 1) / 2) * CELLS));
    const side = 2 * axis + (v[axis]! < 0 ? 1 : 0);
    const at = (side * CELLS + cell((axis + 1) % 3)) * CELLS + cell((axis + 2) % 3);
    const r2 = v[0]! ** 2 + v[1]! ** 2 + v[2]! ** 2;
    if (r2 <= most[at]!) continue;
    most[at] = r2;
    best[at] = i;
  }
  return [...best].filter((i) => i >= 0);
}

interface Hull {
  volume: number;
  /** Offsets of the corners that are on it. */
  corners: number[];
  /** Outward unit normal and distance of each face. */
  planes: Float64Array;
}

interface Face {
  corners: [number, number, number];
  /** Across the side from corner k to corner k + 1. */
  neighbours: Face[];
  normal: [number, number, number];
  offset: number;
  /** Corners above it that no earlier face has. */
  outside: number[];
  furthest: number;
  height: number;
  isGone: boolean;
}

/** Quickhull over the corners at `offsets`; null where they are flat. */
function quickHull(p: Float64Array, offsets: readonly number[], tolerance: number): Hull | null {
  const start = simplex(p, offsets, tolerance);
  if (!start) return null;
  const faces = [...start];
  const budget = { looks: MOST_LOOKS };
  for (const i of offsets) give(p, faces, i, tolerance);
  for (let next = 0; next < faces.length; next++) {
    const face = faces[next]!;
    if (face.isGone || face.outside.length === 0) continue;
    for (const raised of raise(p, face, tolerance, budget)) faces.push(raised);
    if (budget.looks < 0) return null;
  }
  const standing = faces.filter((face) => !face.isGone);
  return {
    volume: standing.reduce((sum, face) => sum + tetrahedron(p, face.corners), 0) / 6,
    corners: [...new Set(standing.flatMap((face) => face.corners))],
    planes: Float64Array.from(standing.flatMap(({ normal, offset }) => [...normal, offset])),
  };
}

function simplex(p: Float64Array, offsets: readonly number[], tolerance: number): Face[] | null {
  const a = offsets.reduce((best, i) => (p[i]! < p[best]! ? i : best), offsets[0]!);
  const b = mostBy(offsets, (i) => Math.hypot(p[i]! - p[a]!, p[i + 1]! - p[a + 1]!, p[i + 2]! - p[a + 2]!));
  const c = mostBy(offsets, (i) => Math.hypot(...normalOf(p, a, b, i)));
  const base = plane(p, [a, b, c]);
  if (base.offset === null) return null;
  const d = mostBy(offsets, (i) => Math.abs(heightOf(p, base.normal, base.offset!, i)));
  const height = heightOf(p, base.normal, base.offset, d);
  if (Math.abs(height) <= tolerance) return null;
  const [x, y] = height > 0 ? [c, b] : [b, c];
  const faces = (
    [
      [a, x, y],
      [a, d, x],
      [x, d, y],
      [y, d, a],
    ] as const
  ).map((corners) => makeFace(p, [...corners]));
  for (const face of faces)
    face.neighbours = face.corners.map((from, k) => across(faces, face.corners[(k + 1) % 3]!, from));
  return faces;
}

function across(faces: readonly Face[], from: number, to: number): Face {
  return faces.find(({ corners }) => corners.some((corner, k) => corner === from && corners[(k + 1) % 3] === to))!;
}

function mostBy(offsets: readonly number[], measure: (i: number) => number): number {
  let best = offsets[0]!;
  let most = -1;
  for (const i of offsets) {
    const value = measure(i);
    if (value <= most) continue;
    most = value;
    best = i;
  }
  return best;
}

function normalOf(p: Float64Array, a: number, b: number, c: number): [number, number, number] {
  const [ux, uy, uz] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!];
  const [vx, vy, vz] = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!];
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}

/** `offset` is null where the three lie on a line: nothing is above such a face. */
function plane(p: Float64Array, [a, b, c]: readonly [number, number, number]) {
  const [x, y, z] = normalOf(p, a, b, c);
  const size = Math.hypot(x, y, z);
  if (size === 0) return { normal: [0, 0, 0] as [number, number, number], offset: null };
  const normal: [number, number, number] = [x / size, y / size, z / size];
  return { normal, offset: normal[0] * p[a]! + normal[1] * p[a + 1]! + normal[2] * p[a + 2]! };
}

function makeFace(p: Float64Array, corners: [number, number, number]): Face {
  const { normal, offset } = plane(p, corners);
  return { corners, neighbours: [], normal, offset: offset ?? 0, outside: [], furthest: -1, height: 0, isGone: false };
}

function heightOf(p: Float64Array, normal: readonly number[], offset: number, i: number): number {
  return normal[0]! * p[i]! + normal[1]! * p[i + 1]! + normal[2]! * p[i + 2]! - offset;
}

/** Gives a corner to the first face that it is above. */
function give(p: Float64Array, faces: readonly Face[], i: number, tolerance: number): void {
  for (const face of faces) {
    const height = heightOf(p, face.normal, face.offset, i);
    if (height <= tolerance) continue;
    face.outside.push(i);
    if (height > face.height) {
      face.height = height;
      face.furthest = i;
    }
    return;
  }
}

/** Takes away the faces that the furthest corner sees, and returns those from it to their rim. */
function raise(p: Float64Array, from: Face, tolerance: number, budget: { looks: number }): Face[] {
  const eye = from.furthest;
  const seen = [from];
  from.isGone = true;
  const rim: { face: Face; side: number; start: number; end: number }[] = [];
  for (let next = 0; next < seen.length; next++) {
    const face = seen[next]!;
    for (let k = 0; k < 3; k++) {
      const other = face.neighbours[k]!;
      if (other.isGone) continue;
      if (heightOf(p, other.normal, other.offset, eye) > tolerance) {
        other.isGone = true;
        seen.push(other);
      }
    }
  }
  for (const face of seen) {
    for (let k = 0; k < 3; k++) {
      const other = face.neighbours[k]!;
      if (other.isGone) continue;
      const [start, end] = [face.corners[k]!, face.corners[(k + 1) % 3]!];
      rim.push({ face: other, side: other.corners.indexOf(end), start, end });
    }
  }
  const made = rim.map(({ face, side, start, end }) => {
    const raised = makeFace(p, [start, end, eye]);
    raised.neighbours[0] = face;
    face.neighbours[side] = raised;
    return raised;
  });
  const byStart = new Map(made.map((face) => [face.corners[0], face]));
  for (const face of made) {
    const next = byStart.get(face.corners[1]) ?? face;
    face.neighbours[1] = next;
    next.neighbours[2] = face;
  }
  for (const face of seen) {
    budget.looks -= face.outside.length * made.length;
    if (budget.looks < 0) break;
    for (const i of face.outside) if (i !== eye) give(p, made, i, tolerance);
    face.outside = [];
  }
  return made;
}

/** Six times its volume from the middle of the box. */
function tetrahedron(p: Float64Array, [a, b, c]: readonly [number, number, number]): number {
  const [x, y, z] = normalOf(p, a, b, c);
  return x * p[a]! + y * p[a + 1]! + z * p[a + 2]!;
}
