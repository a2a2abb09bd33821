import { type EdgeCounts, matchEdges } from './topology-edges.ts';
import { aligned, type JoinMemory } from './topology-memory.ts';

/** Sides of one corner that are paired by place: beyond, whatever pairing will do. */
const MOST_PAIRED = 10_000;

/** What filling left. */
export interface Filled {
  edges: EdgeCounts;
  /** Faces added. */
  faces: number;
  /** How much the volume may be off, cubic file units: as if every hole bulged like half a ball over its mouth. */
  uncertainty: number;
  /** No loop was wider than the tolerance: faces that met all along, but not corner to corner (T-junctions). */
  onlySeams: boolean;
}

/** 2/3·r over the mouth: half a ball over a disc. */
const BULGE = 2 / 3;

/**
 * Closes every boundary loop with a fan about its middle (or one face, for three corners). Run `matchEdges` before.
 * Loops do not depend on the order of the file, but where several meet in one corner. Linear in time; memory: 12 bytes a
 * face anew, and 40 bytes a loose side on the JavaScript heap.
 */
export function fillHoles(memory: JoinMemory, tolerance: number): Filled {
  const sides = looseSides(memory);
  const loops = traceLoops(memory, sides);
  const fill = fanLoops(memory, loops, tolerance);
  append(memory, fill.triangles, fill.corners);
  return {
    edges: matchEdges(memory, () => {}),
    faces: fill.triangles.length / 3,
    uncertainty: fill.uncertainty,
    onlySeams: fill.onlySeams,
  };
}

interface Sides {
  from: Uint32Array;
  to: Uint32Array;
}

/** The sides without a partner, as corner → corner. */
function looseSides(memory: JoinMemory): Sides {
  const flags = memory.octets(memory.flags, memory.faces);
  const triangles = memory.words(memory.triangles, memory.faces * 3);
  let count = 0;
  for (let face = 0; face < flags.length; face++) count += BITS[flags[face]! & 7]!;
  const from = new Uint32Array(count);
  const to = new Uint32Array(count);
  let next = 0;
  for (let face = 0; face < flags.length; face++) {
    const loose = flags[face]! & 7;
    if (loose === 0) continue;
    for (let side = 0; side < 3; side++) {
      if (((loose >> side) & 1) === 0) continue;
      from[next] = triangles[3 * face + side]!;
      to[next++] = triangles[3 * face + ((side + 1) % 3)]!;
    }
  }
  return { from, to };
}
const BITS = [0, 1, 1, 2, 1, 2, 2, 3];

/** Every corner has as many sides in as out: they fall apart into loops. Each loop lists its corners in the direction of its sides. */
function traceLoops(memory: JoinMemory, { from, to }: Sides): { corners: Uint32Array; ends: number[] } {
  const positions = memory.floats(memory.positions, memory.corners * 3);
  const byPlace = (a: number, b: number) => {
    for (let k = 0; k < 3; k++) {
      const difference = positions[3 * a + k]! - positions[3 * b + k]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const successor = pairSides(memory.corners, from, to, byPlace);
  const corners = new Uint32Array(from.length);
  const ends: number[] = [];
  const done = new Uint8Array(from.length);
  // Where a corner lies on the path that is being walked, + 1: coming back to it cuts a loop off.
  const onPath = new Uint32Array(memory.corners);
  let length = 0;
  for (let first = 0; first < from.length; first++) {
    if (done[first]) continue;
    const path: number[] = [];
    for (let side = first; !done[side]; side = successor[side]!) {
      done[side] = 1;
      path.push(from[side]!);
      onPath[from[side]!] = path.length;
      const back = onPath[to[side]!]!;
      if (back === 0) continue;
      for (let i = back - 1; i < path.length; i++) {
        corners[length++] = path[i]!;
        onPath[path[i]!] = 0;
      }
      ends.push(length);
      path.length = back - 1;
    }
  }
  return { corners: corners.subarray(0, length), ends };
}

/** The side that follows each side. Where several leave one corner, those in and out are paired in the order of their other ends. */
function pairSides(
  corners: number,
  from: Uint32Array,
  to: Uint32Array,
  byPlace: (a: number, b: number) => number,
): Uint32Array {
  const out = bucketsOf(corners, from);
  const into = bucketsOf(corners, to);
  const successor = new Uint32Array(from.length);
  for (let corner = 0; corner < corners; corner++) {
    const [begin, end] = [out.starts[corner]!, out.starts[corner + 1]!];
    if (begin === end) continue;
    const leaving = out.sides.subarray(begin, end);
    const arriving = into.sides.subarray(into.starts[corner]!, into.starts[corner + 1]!);
    if (leaving.length > 1 && leaving.length <= MOST_PAIRED) {
      leaving.sort((a, b) => byPlace(to[a]!, to[b]!) || a - b);
      arriving.sort((a, b) => byPlace(from[a]!, from[b]!) || a - b);
    }
    for (let i = 0; i < arriving.length; i++) successor[arriving[i]!] = leaving[i]!;
  }
  return successor;
}

function bucketsOf(corners: number, ends: Uint32Array): { starts: Uint32Array; sides: Uint32Array } {
  const starts = new Uint32Array(corners + 1);
  for (const corner of ends) starts[corner + 1]!++;
  for (let corner = 0; corner < corners; corner++) starts[corner + 1]! += starts[corner]!;
  const next = starts.slice();
  const sides = new Uint32Array(ends.length);
  for (let side = 0; side < ends.length; side++) sides[next[ends[side]!]!++] = side;
  return { starts, sides };
}

function fanLoops(
  memory: JoinMemory,
  { corners, ends }: { corners: Uint32Array; ends: number[] },
  tolerance: number,
): { triangles: Uint32Array; corners: Float32Array; uncertainty: number; onlySeams: boolean } {
  const positions = memory.floats(memory.positions, memory.corners * 3);
  let faces = 0;
  let added = 0;
  for (let i = 0, begin = 0; i < ends.length; begin = ends[i++]!) {
    const size = ends[i]! - begin;
    if (size < 3) continue;
    faces += size === 3 ? 1 : size;
    added += size === 3 ? 0 : 1;
  }
  const triangles = new Uint32Array(faces * 3);
  const middles = new Float32Array(added * 3);
  let at = 0;
  let middle = 0;
  let uncertainty = 0;
  let onlySeams = true;
  for (let i = 0, begin = 0; i < ends.length; begin = ends[i++]!) {
    const loop = corners.subarray(begin, ends[i]!);
    if (loop.length < 3) continue;
    const centre = centreOf(positions, loop);
    const { area, around } = mouthOf(positions, loop, centre);
    uncertainty += BULGE * area * Math.sqrt(area / Math.PI);
    if (area > (tolerance * around) / 2) onlySeams = false;
    if (loop.length === 3) {
      triangles.set([loop[0]!, loop[2]!, loop[1]!], at);
      at += 3;
      continue;
    }
    middles.set(centre, middle * 3);
    const apex = memory.corners + middle++;
    for (let k = 0; k < loop.length; k++, at += 3) {
      triangles.set([apex, loop[(k + 1) % loop.length]!, loop[k]!], at);
    }
  }
  return { triangles, corners: middles, uncertainty, onlySeams };
}

/** Of the corners, from the foremost of them on: not by which the file begins with. */
function centreOf(positions: Float32Array, loop: Uint32Array): [number, number, number] {
  let first = 0;
  for (let i = 1; i < loop.length; i++) {
    for (let k = 0; k < 3; k++) {
      const difference = positions[3 * loop[i]! + k]! - positions[3 * loop[first]! + k]!;
      if (difference < 0) first = i;
      if (difference !== 0) break;
    }
  }
  const sum: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < loop.length; i++) {
    const corner = loop[(first + i) % loop.length]!;
    for (const k of [0, 1, 2] as const) sum[k] += positions[3 * corner + k]!;
  }
  return [sum[0] / loop.length, sum[1] / loop.length, sum[2] / loop.length];
}

/** Area of the fan over a loop, and the length of the loop. A crooked loop may be closed in many ways: its whole fan counts. */
function mouthOf(
  positions: Float32Array,
  loop: Uint32Array,
  centre: readonly [number, number, number],
): { area: number; around: number } {
  let area = 0;
  let around = 0;
  for (let i = 0; i < loop.length; i++) {
    const [a, b] = [3 * loop[i]!, 3 * loop[(i + 1) % loop.length]!];
    const [ax, ay, az] = [0, 1, 2].map((k) => positions[a + k]! - centre[k]!) as [number, number, number];
    const [bx, by, bz] = [0, 1, 2].map((k) => positions[b + k]! - centre[k]!) as [number, number, number];
    area += Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx) / 2;
    around += Math.hypot(bx - ax, by - ay, bz - az);
  }
  return { area, around };
}

/** Moves positions behind the grown list of triangles: what lay behind them was scratch. */
function append(memory: JoinMemory, triangles: Uint32Array, corners: Float32Array): void {
  const at = aligned(memory.triangles + memory.faces * 12 + triangles.byteLength);
  const positions = Math.max(at, memory.positions);
  memory.take(memory.corners * 12 + corners.byteLength, positions);
  memory.move(positions, memory.positions, memory.corners * 12);
  memory.floats(positions + memory.corners * 12, corners.length).set(corners);
  memory.words(memory.triangles + memory.faces * 12, triangles.length).set(triangles);
  memory.positions = positions;
  memory.corners += corners.length / 3;
  moveFlagsTo(memory, triangles.length / 3);
}

function moveFlagsTo(memory: JoinMemory, more: number): void {
  memory.faces += more;
  memory.layOut();
  memory.clear(memory.flags, memory.faces);
}
