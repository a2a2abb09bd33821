/**
 * A bounding volume hierarchy over triangles and rays through it, in 32-bit floats, four boxes or four triangles at a time.
 * All memory is laid out by thickness/ray-caster.ts, which hands over addresses; nothing is allocated here.
 *
 * Node (128 bytes): six f32x4 of child boxes (min x, min y, min z, max x, max y, max z), then four i32 children
 * (≥ 0: node, < 0: ~leaf block), then padding. Leaf block (176 bytes): nine f32x4 (v0 x, y, z, e1 x, y, z, e2 x, y, z), four u32 face numbers, padding.
 */
import { BLOCK, NODE, placeBuild } from './rays-build';
export { begin, build, prepare } from './rays-build';

let nodes: usize = 0;
let blocks: usize = 0;
let stack: usize = 0;
let hits: usize = 0;
let mostHits: i32 = 0;
/** What rays may still cost: a node or a leaf block each, and `HIT` for each meeting that is kept. */
let left: i64 = 0;
/** Sorting a meeting, in steps. */
const HIT: i32 = 16;
const MOST_STEPS_A_RAY: i64 = 1 << 22;

/** Rays cost no more than this until it is said again; a ray that would meets nothing. */
export function allow(steps: f64): void {
  left = <i64>steps;
}

/** Whether rays were cut short. */
export function isSpent(): bool {
  return left <= 0;
}

export function place(
  positionsAt: usize, cornersAt: usize, boxesAt: usize, orderAt: usize,
  nodesAt: usize, blocksAt: usize, binsAt: usize, stackAt: usize, hitsAt: usize, hitsMost: i32,
): void {
  placeBuild(positionsAt, cornersAt, boxesAt, orderAt, nodesAt, blocksAt, binsAt, stackAt);
  nodes = nodesAt;
  blocks = blocksAt;
  stack = stackAt;
  hits = hitsAt;
  mostHits = hitsMost;
}

// What the last block test found.
let blockT: v128 = f32x4.splat(0);
let blockSide: v128 = f32x4.splat(0);

/** Möller–Trumbore on four triangles, both sides; lanes that are met between `near` and `far`. */
@inline
function meet(at: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, near: v128, far: v128): i32 {
  const e1x = v128.load(at, 48);
  const e1y = v128.load(at, 64);
  const e1z = v128.load(at, 80);
  const e2x = v128.load(at, 96);
  const e2y = v128.load(at, 112);
  const e2z = v128.load(at, 128);
  const px = f32x4.sub(f32x4.mul(dy, e2z), f32x4.mul(dz, e2y));
  const py = f32x4.sub(f32x4.mul(dz, e2x), f32x4.mul(dx, e2z));
  const pz = f32x4.sub(f32x4.mul(dx, e2y), f32x4.mul(dy, e2x));
  const det = f32x4.add(f32x4.add(f32x4.mul(e1x, px), f32x4.mul(e1y, py)), f32x4.mul(e1z, pz));
  const inv = f32x4.div(f32x4.splat(1), det);
  const tx = f32x4.sub(ox, v128.load(at));
  const ty = f32x4.sub(oy, v128.load(at, 16));
  const tz = f32x4.sub(oz, v128.load(at, 32));
  const u = f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(tx, px), f32x4.mul(ty, py)), f32x4.mul(tz, pz)), inv);
  const qx = f32x4.sub(f32x4.mul(ty, e1z), f32x4.mul(tz, e1y));
  const qy = f32x4.sub(f32x4.mul(tz, e1x), f32x4.mul(tx, e1z));
  const qz = f32x4.sub(f32x4.mul(tx, e1y), f32x4.mul(ty, e1x));
  const v = f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(dx, qx), f32x4.mul(dy, qy)), f32x4.mul(dz, qz)), inv);
  const t = f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(e2x, qx), f32x4.mul(e2y, qy)), f32x4.mul(e2z, qz)), inv);
  const zero = f32x4.splat(0);
  // A little beyond each edge: a ray between two triangles must meet one of them.
  const slack = f32x4.splat(-1e-5);
  let ok = v128.and(f32x4.ge(u, slack), f32x4.ge(v, slack));
  ok = v128.and(ok, f32x4.le(f32x4.add(u, v), f32x4.splat(1.00001)));
  ok = v128.and(ok, v128.and(f32x4.gt(t, near), f32x4.lt(t, far)));
  ok = v128.and(ok, f32x4.ne(det, zero));
  blockT = t;
  blockSide = det;
  return i32x4.bitmask(ok);
}

@inline
function guarded(d: f32): f32 {
  return abs(d) > 1e-20 ? 1 / d : d < 0 ? -1e20 : 1e20;
}

/**
 * The nearest meeting of each ray (six f32: origin, direction of length one) beyond `near`: distance into `out` (f32; infinity
 * for none), face into `out + 4` (u32).
 */
export function nearest(rays: usize, count: u32, out: usize, near: f32): u32 {
  let met: u32 = 0;
  for (let r: u32 = 0; r < count; r++) {
    const ray = rays + <usize>r * 24;
    const face = nearestOne(ray, near);
    store<f32>(out + <usize>r * 8, bestT);
    store<u32>(out + <usize>r * 8, face, 4);
    if (face != 0xffffffff) met++;
  }
  return met;
}

let bestT: f32 = 0;

function nearestOne(ray: usize, near: f32): u32 {
  const x = load<f32>(ray);
  const y = load<f32>(ray, 4);
  const z = load<f32>(ray, 8);
  const u = load<f32>(ray, 12);
  const v = load<f32>(ray, 16);
  const w = load<f32>(ray, 20);
  const ox = f32x4.splat(x), oy = f32x4.splat(y), oz = f32x4.splat(z);
  const dx = f32x4.splat(u), dy = f32x4.splat(v), dz = f32x4.splat(w);
  const ix = f32x4.splat(guarded(u)), iy = f32x4.splat(guarded(v)), iz = f32x4.splat(guarded(w));
  const nearT = f32x4.splat(near);
  // The side at which a ray enters a box depends on the sign of its direction only.
  const nx: usize = u < 0 ? 48 : 0, ny: usize = v < 0 ? 64 : 16, nz: usize = w < 0 ? 80 : 32;
  const fx: usize = u < 0 ? 0 : 48, fy: usize = v < 0 ? 16 : 64, fz: usize = w < 0 ? 32 : 80;
  let best: f32 = Infinity;
  let face: u32 = 0xffffffff;
  let steps = <i32>min(left, MOST_STEPS_A_RAY);
  const allowed = steps;
  let top: i32 = 0;
  // An entry: child, entry distance.
  store<i32>(stack, 0);
  store<f32>(stack, 0, 4);
  top = 1;
  while (top > 0) {
    if (--steps < 0) {
      left = 0;
      bestT = Infinity;
      return 0xffffffff;
    }
    top--;
    const entry = stack + <usize>top * 8;
    if (load<f32>(entry, 4) >= best) continue;
    const child = load<i32>(entry);
    if (child < 0) {
      const at = blocks + <usize>(~child) * BLOCK;
      let mask = meet(at, ox, oy, oz, dx, dy, dz, nearT, f32x4.splat(best));
      while (mask != 0) {
        const lane = ctz(mask);
        mask &= mask - 1;
        const t = laneOf(blockT, lane);
        if (t < best) {
          best = t;
          face = load<u32>(at + (<usize>lane << 2), 144);
        }
      }
      continue;
    }
    const node = nodes + <usize>child * NODE;
    const t0 = f32x4.max(
      f32x4.max(f32x4.mul(f32x4.sub(v128.load(node + nx), ox), ix), f32x4.mul(f32x4.sub(v128.load(node + ny), oy), iy)),
      f32x4.max(f32x4.mul(f32x4.sub(v128.load(node + nz), oz), iz), nearT),
    );
    const t1 = f32x4.min(
      f32x4.min(f32x4.mul(f32x4.sub(v128.load(node + fx), ox), ix), f32x4.mul(f32x4.sub(v128.load(node + fy), oy), iy)),
      f32x4.min(f32x4.mul(f32x4.sub(v128.load(node + fz), oz), iz), f32x4.splat(best)),
    );
    let mask = i32x4.bitmask(f32x4.le(t0, f32x4.mul(t1, f32x4.splat(1.0000005))));
    // Nearest last, so that it is taken first: insertion among at most four.
    const base = top;
    while (mask != 0) {
      const lane = ctz(mask);
      mask &= mask - 1;
      const t = laneOf(t0, lane);
      let slot = top;
      while (slot > base && load<f32>(stack + <usize>(slot - 1) * 8, 4) < t) {
        store<u64>(stack + <usize>slot * 8, load<u64>(stack + <usize>(slot - 1) * 8));
        slot--;
      }
      store<i32>(stack + <usize>slot * 8, load<i32>(node + (<usize>lane << 2), 96));
      store<f32>(stack + <usize>slot * 8, t, 4);
      top++;
    }
  }
  left -= allowed - steps;
  bestT = best;
  return face;
}

@inline
function laneOf(vector: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(vector, 0);
  if (lane == 1) return f32x4.extract_lane(vector, 1);
  if (lane == 2) return f32x4.extract_lane(vector, 2);
  return f32x4.extract_lane(vector, 3);
}

/**
 * All meetings of one ray beyond `near`, unsorted, into `hits`: distance (f32; below zero where the ray enters a body, above
 * where it leaves one), face (u32). Returns their number; one more than fit when there are more, or the ray costs too much.
 */
export function all(ray: usize, near: f32): i32 {
  const u = load<f32>(ray, 12);
  const v = load<f32>(ray, 16);
  const w = load<f32>(ray, 20);
  const ox = f32x4.splat(load<f32>(ray)), oy = f32x4.splat(load<f32>(ray, 4)), oz = f32x4.splat(load<f32>(ray, 8));
  const dx = f32x4.splat(u), dy = f32x4.splat(v), dz = f32x4.splat(w);
  const ix = f32x4.splat(guarded(u)), iy = f32x4.splat(guarded(v)), iz = f32x4.splat(guarded(w));
  const nearT = f32x4.splat(near);
  const farT = f32x4.splat(Infinity);
  const nx: usize = u < 0 ? 48 : 0, ny: usize = v < 0 ? 64 : 16, nz: usize = w < 0 ? 80 : 32;
  const fx: usize = u < 0 ? 0 : 48, fy: usize = v < 0 ? 16 : 64, fz: usize = w < 0 ? 32 : 80;
  let found: i32 = 0;
  let steps = <i32>min(left, MOST_STEPS_A_RAY);
  const allowed = steps;
  store<i32>(stack, 0);
  let top: i32 = 1;
  while (top > 0) {
    if (--steps < 0) {
      left = 0;
      return mostHits + 1;
    }
    top--;
    const child = load<i32>(stack + <usize>top * 4);
    if (child < 0) {
      const at = blocks + <usize>(~child) * BLOCK;
      let mask = meet(at, ox, oy, oz, dx, dy, dz, nearT, farT);
      while (mask != 0) {
        const lane = ctz(mask);
        mask &= mask - 1;
        if (found == mostHits) {
          left -= allowed - steps;
          return mostHits + 1;
        }
        const t = laneOf(blockT, lane);
        // The determinant is above zero where the ray comes against the face's normal: from outside.
        store<f32>(hits + <usize>found * 8, laneOf(blockSide, lane) > 0 ? -t : t);
        store<u32>(hits + <usize>found * 8, load<u32>(at + (<usize>lane << 2), 144), 4);
        found++;
        steps -= HIT;
      }
      continue;
    }
    const node = nodes + <usize>child * NODE;
    const t0 = f32x4.max(
      f32x4.max(f32x4.mul(f32x4.sub(v128.load(node + nx), ox), ix), f32x4.mul(f32x4.sub(v128.load(node + ny), oy), iy)),
      f32x4.max(f32x4.mul(f32x4.sub(v128.load(node + nz), oz), iz), nearT),
    );
    const t1 = f32x4.min(
      f32x4.min(f32x4.mul(f32x4.sub(v128.load(node + fx), ox), ix), f32x4.mul(f32x4.sub(v128.load(node + fy), oy), iy)),
      f32x4.mul(f32x4.sub(v128.load(node + fz), oz), iz),
    );
    let mask = i32x4.bitmask(f32x4.le(t0, f32x4.mul(t1, f32x4.splat(1.0000005))));
    while (mask != 0) {
      const lane = ctz(mask);
      mask &= mask - 1;
      store<i32>(stack + <usize>top * 4, load<i32>(node + (<usize>lane << 2), 96));
      top++;
    }
  }
  left -= allowed - steps;
  return found;
}
