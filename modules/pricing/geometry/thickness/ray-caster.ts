import { ensureRoom, kernelMemory, loadKernel } from '../kernel/load-kernel.ts';

interface RaysKernel {
  place(
    positions: number,
    corners: number,
    boxes: number,
    order: number,
    nodes: number,
    blocks: number,
    bins: number,
    stack: number,
    hits: number,
    mostHits: number,
  ): void;
  prepare(from: number, to: number): void;
  begin(faces: number): void;
  build(waiting: number, steps: number): number;
  allow(steps: number): void;
  isSpent(): number;
  nearest(rays: number, count: number, out: number, near: number): number;
  all(ray: number, near: number): number;
}

const NODE_BYTES = 128;
const BLOCK_BYTES = 176;
const FACE_RECORD_BYTES = 48;
const BINS_BYTES = 4096;
const STACK_BYTES = 1 << 17;
export const MOST_HITS = 4096;
/** Rays handed over in one call. */
const BATCH = 4096;
/** A call runs this many steps: a long one would stay in code that was compiled in haste. */
const FACES_A_CALL = 65_536;
const NODES_A_CALL = 4096;

const memory = kernelMemory(1 << 20);
let kernel: RaysKernel | undefined;

const UNLIMITED = 1e18;

/** No meeting. */
export const NONE = 0xffff_ffff;

/** A mesh made ready for rays. There is one at a time in a thread: building the next takes this one's memory. */
export interface RayCaster {
  /**
   * Nearest meetings of `count` rays, six floats each in `rays` (origin, direction of length one), further away than `near`:
   * distances (infinity: none) and faces (`NONE`). Returns how many rays met something.
   */
  nearest(rays: Float32Array, count: number, near: number, distances: Float32Array, faces: Uint32Array): number;
  /**
   * Every meeting of one ray further away than `near`, nearest first: distance, and whether the ray leaves a body there
   * (+1) or enters one (−1). Reused by the next call; null when there are more than `MOST_HITS`.
   */
  all(ray: Float32Array, near: number): RayHits | null;
  /** From now on all rays together may take so many steps, boxes or groups of faces looked at: 10 to 50 ns each. */
  allow(steps: number): void;
  /** They were cut short: what they met since is not to be believed. */
  isSpent(): boolean;
}

export interface RayHits {
  count: number;
  distances: Float32Array;
  sides: Int8Array;
  faces: Uint32Array;
}

/** Builds the hierarchy over `triangles` (three corner numbers each) of `positions` (x, y, z each). */
export function castInto(positions: Float32Array, triangles: Uint32Array): RayCaster {
  const faces = triangles.length / 3;
  kernel ??= loadKernel<RaysKernel>('rays', memory);
  const layout = layOut(positions.byteLength, faces);
  ensureRoom(memory, layout.end);
  kernel.place(
    layout.positions,
    layout.corners,
    layout.boxes,
    layout.order,
    layout.nodes,
    layout.blocks,
    layout.bins,
    layout.stack,
    layout.hits,
    MOST_HITS,
  );
  new Float32Array(memory.buffer, layout.positions, positions.length).set(positions);
  new Uint32Array(memory.buffer, layout.corners, triangles.length).set(triangles);
  for (let from = 0; from < faces; from += FACES_A_CALL) kernel.prepare(from, Math.min(faces, from + FACES_A_CALL));
  kernel.begin(faces);
  for (let waiting = 1; waiting > 0; ) waiting = kernel.build(waiting, NODES_A_CALL);
  kernel.allow(UNLIMITED);
  return caster(kernel, layout);
}

type Layout = ReturnType<typeof layOut>;

function layOut(positionBytes: number, faces: number) {
  let end = 0;
  const take = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  // A leaf holds two faces at least where the mesh has that many, a node two children.
  const most = Math.max(8, Math.ceil(faces / 2) + 1);
  return {
    // The last corner is read with four bytes too many.
    positions: take(positionBytes + 4),
    corners: take(faces * 12),
    boxes: take(faces * FACE_RECORD_BYTES),
    order: take(faces * 4),
    bins: take(BINS_BYTES),
    stack: take(STACK_BYTES),
    hits: take(MOST_HITS * 8),
    rays: take(BATCH * 24),
    out: take(BATCH * 8),
    nodes: take(most * NODE_BYTES),
    blocks: take(most * BLOCK_BYTES),
    end,
  };
}

function caster(rays: RaysKernel, layout: Layout): RayCaster {
  const order = new Uint32Array(MOST_HITS);
  const hits: RayHits = {
    count: 0,
    distances: new Float32Array(MOST_HITS),
    sides: new Int8Array(MOST_HITS),
    faces: new Uint32Array(MOST_HITS),
  };
  return {
    nearest(given, count, near, distances, faces) {
      let met = 0;
      for (let from = 0; from < count; from += BATCH) {
        const batch = Math.min(BATCH, count - from);
        new Float32Array(memory.buffer, layout.rays, batch * 6).set(given.subarray(from * 6, (from + batch) * 6));
        met += rays.nearest(layout.rays, batch, layout.out, near);
        const found = new Float32Array(memory.buffer, layout.out, batch * 2);
        const foundFaces = new Uint32Array(memory.buffer, layout.out, batch * 2);
        for (let n = 0; n < batch; n++) {
          distances[from + n] = found[n * 2]!;
          faces[from + n] = foundFaces[n * 2 + 1]!;
        }
      }
      return met;
    },
    all(ray, near) {
      new Float32Array(memory.buffer, layout.rays, 6).set(ray.subarray(0, 6));
      const count = rays.all(layout.rays, near);
      if (count > MOST_HITS) return null;
      const found = new Float32Array(memory.buffer, layout.hits, count * 2);
      const foundFaces = new Uint32Array(memory.buffer, layout.hits, count * 2);
      const sorted = order.subarray(0, count);
      for (let n = 0; n < count; n++) sorted[n] = n;
      sorted.sort((a, b) => Math.abs(found[a * 2]!) - Math.abs(found[b * 2]!));
      for (let n = 0; n < count; n++) {
        const at = sorted[n]! * 2;
        hits.distances[n] = Math.abs(found[at]!);
        hits.sides[n] = found[at]! < 0 ? -1 : 1;
        hits.faces[n] = foundFaces[at + 1]!;
      }
      hits.count = count;
      return hits;
    },
    allow: (steps) => rays.allow(steps),
    isSpent: () => rays.isSpent() !== 0,
  };
}
