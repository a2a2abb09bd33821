/**
 * A bounding volume hierarchy over triangles and rays through it, in 32-bit floats, four boxes or four triangles at a time.
 * All memory is laid out by rays.ts (TypeScript), which hands over addresses; nothing is allocated here.
 *
 * Node (128 bytes): six f32x4 of child boxes (min x, min y, min z, max x, max y, max z), then four i32 children
 * (≥ 0: node, < 0: ~leaf block), then padding. Leaf block (176 bytes): nine f32x4 (v0 x, y, z, e1 x, y, z, e2 x, y, z), four u32 face numbers, padding.
 */
const NODE: usize = 128;
const BLOCK: usize = 176;
const BINS: i32 = 12;

let positions: usize = 0;
let corners: usize = 0;
/** Per face a record of FACE bytes. */
let boxes: usize = 0;
let order: usize = 0;
let nodes: usize = 0;
let blocks: usize = 0;
let bins: usize = 0;
let stack: usize = 0;
let hits: usize = 0;
let mostHits: i32 = 0;
let nodeCount: i32 = 0;
let blockCount: i32 = 0;
/** How many faces may still be sorted into bins; then ranges are halved where they stand. */
let sortable: i64 = 0;
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
  positions = positionsAt;
  corners = cornersAt;
  boxes = boxesAt;
  order = orderAt;
  nodes = nodesAt;
  blocks = blocksAt;
  bins = binsAt;
  stack = stackAt;
  hits = hitsAt;
  mostHits = hitsMost;
  nodeCount = 0;
  blockCount = 0;
}

/** Bytes of a face's record: centroid, lowest and highest corner of its box, each x, y, z and nothing. */
const FACE: usize = 48;

/** Boxes and centroids of faces `from` to `to`. */
export function prepare(from: u32, to: u32): void {
  const half = f32x4.splat(0.5);
  for (let face = from; face < to; face++) {
    const c = corners + <usize>face * 12;
    // Reads four floats of a corner: the fourth belongs to the next one, and is never looked at.
    const a = v128.load(positions + <usize>load<u32>(c) * 12);
    const b = v128.load(positions + <usize>load<u32>(c, 4) * 12);
    const d = v128.load(positions + <usize>load<u32>(c, 8) * 12);
    const low = f32x4.min(a, f32x4.min(b, d));
    const high = f32x4.max(a, f32x4.max(b, d));
    const record = boxes + <usize>face * FACE;
    v128.store(record, f32x4.mul(f32x4.add(low, high), half));
    v128.store(record, low, 16);
    v128.store(record, high, 32);
    store<u32>(order + <usize>face * 4, face);
  }
}

/** Extent of `count` faces from `first` of `order`: boxes into `at` (lowest, then highest corner, 16 bytes each). */
function bound(first: u32, count: u32, at: usize): void {
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  for (let i: u32 = 0; i < count; i++) {
    const record = boxes + <usize>load<u32>(order + <usize>(first + i) * 4) * FACE;
    low = f32x4.min(low, v128.load(record, 16));
    high = f32x4.max(high, v128.load(record, 32));
  }
  v128.store(at, low);
  v128.store(at, high, 16);
}

/** The same of their centroids. */
function boundCentroids(first: u32, count: u32, at: usize): void {
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  for (let i: u32 = 0; i < count; i++) {
    const centroid = v128.load(boxes + <usize>load<u32>(order + <usize>(first + i) * 4) * FACE);
    low = f32x4.min(low, centroid);
    high = f32x4.max(high, centroid);
  }
  v128.store(at, low);
  v128.store(at, high, 16);
}

@inline
function halfArea(at: usize): f32 {
  const x = load<f32>(at, 16) - load<f32>(at);
  const y = load<f32>(at, 20) - load<f32>(at, 4);
  const z = load<f32>(at, 24) - load<f32>(at, 8);
  return x * y + y * z + z * x;
}

@inline
function grow(at: usize, box: usize): void {
  v128.store(at, f32x4.min(v128.load(at), v128.load(box)));
  v128.store(at, f32x4.max(v128.load(at, 16), v128.load(box, 16)), 16);
}

@inline
function empty(at: usize): void {
  v128.store(at, f32x4.splat(Infinity));
  v128.store(at, f32x4.splat(-Infinity), 16);
}

/** Bytes of a bin: its box, then how many faces have their centroid in it. */
const BIN: usize = 48;

/**
 * Splits `count` faces from `first` in two by the surface area heuristic along the longest axis of their centroids, and says
 * how many come first; half of them where nothing tells them apart.
 */
function split(first: u32, count: u32, work: usize): u32 {
  // Faces that a few of them at a time are taken from: a crafted model would take as many rounds as it has faces.
  sortable -= count;
  if (sortable < 0) return count >> 1;
  boundCentroids(first, count, work);
  let axis: usize = 0;
  let extent: f32 = -1;
  for (let k: usize = 0; k < 12; k += 4) {
    const e = load<f32>(work + k, 16) - load<f32>(work + k);
    if (e > extent) {
      extent = e;
      axis = k;
    }
  }
  if (!(extent > 0)) return count >> 1;
  const low = load<f32>(work + axis);
  const perBin: f32 = (<f32>BINS * <f32>0.9999) / extent;
  // Of the smallest extents: their share of a bin is more than a float can say.
  if (!(perBin < Infinity)) return count >> 1;
  const table = work + 64;
  const suffix = table + <usize>BINS * BIN;
  for (let b = 0; b < BINS; b++) {
    empty(table + <usize>b * BIN);
    store<u32>(table + <usize>b * BIN, 0, 32);
  }
  for (let i: u32 = 0; i < count; i++) {
    const record = boxes + <usize>load<u32>(order + <usize>(first + i) * 4) * FACE;
    const b = <i32>((load<f32>(record + axis) - low) * perBin);
    const bin = table + <usize>b * BIN;
    grow(bin, record + 16);
    store<u32>(bin, load<u32>(bin, 32) + 1, 32);
  }
  // Half area and count of everything from bin b on.
  const running = suffix + <usize>BINS * 8;
  empty(running);
  let seen: u32 = 0;
  for (let b = BINS - 1; b > 0; b--) {
    const bin = table + <usize>b * BIN;
    grow(running, bin);
    seen += load<u32>(bin, 32);
    store<f32>(suffix + <usize>b * 8, seen > 0 ? halfArea(running) : 0);
    store<u32>(suffix + <usize>b * 8, seen, 4);
  }
  empty(running);
  seen = 0;
  let best: f32 = Infinity;
  let at = -1;
  for (let b = 0; b < BINS - 1; b++) {
    const bin = table + <usize>b * BIN;
    grow(running, bin);
    seen += load<u32>(bin, 32);
    const rest = load<u32>(suffix + <usize>(b + 1) * 8, 4);
    // Two on each side at least: the room for leaves is laid out for that.
    if (seen < 2 || rest < 2) continue;
    const cost =
      halfArea(running) * <f32>((seen + 3) >> 2) + load<f32>(suffix + <usize>(b + 1) * 8) * <f32>((rest + 3) >> 2);
    if (cost < best) {
      best = cost;
      at = b;
    }
  }
  if (at < 0) return count >> 1;
  let i = first;
  let j = first + count;
  while (i < j) {
    const slot = order + <usize>i * 4;
    const face = load<u32>(slot);
    const b = <i32>((load<f32>(boxes + <usize>face * FACE + axis) - low) * perBin);
    if (b <= at) i++;
    else {
      j--;
      const other = order + <usize>j * 4;
      store<u32>(slot, load<u32>(other));
      store<u32>(other, face);
    }
  }
  return i - first;
}

function writeBlock(first: u32, count: u32): i32 {
  const at = blocks + <usize>blockCount * BLOCK;
  for (let lane: u32 = 0; lane < 4; lane++) {
    // A lane without a triangle has edges of length zero: nothing meets it.
    const face = load<u32>(order + <usize>(first + min(lane, count - 1)) * 4);
    const c = corners + <usize>face * 12;
    const a = positions + <usize>load<u32>(c) * 12;
    const b = positions + <usize>load<u32>(c, 4) * 12;
    const d = positions + <usize>load<u32>(c, 8) * 12;
    const to = at + (<usize>lane << 2);
    for (let k: usize = 0; k < 3; k++) {
      const x = load<f32>(a + k * 4);
      store<f32>(to + k * 16, x);
      store<f32>(to + k * 16, lane < count ? load<f32>(b + k * 4) - x : 0, 48);
      store<f32>(to + k * 16, lane < count ? load<f32>(d + k * 4) - x : 0, 96);
    }
    store<u32>(to, lane < count ? face : 0xffffffff, 144);
  }
  return blockCount++;
}

/**
 * One step of building, for callers that want to stay in control: takes a range from the stack, makes a node of up to four
 * children, pushes the ranges that are still to do. Returns how many ranges wait. A stack entry: first, count, parent slot.
 */
export function begin(faces: u32): void {
  nodeCount = 0;
  blockCount = 0;
  sortable = <i64>faces * 64;
  store<u32>(stack, 0);
  store<u32>(stack, faces, 4);
  store<u32>(stack, 0xffffffff, 8);
}

export function build(waiting: i32, steps: i32): i32 {
  const work = bins;
  // Four ranges: first, count.
  const parts = work + 2048;
  while (waiting > 0 && steps-- > 0) {
    waiting--;
    const entry = stack + <usize>waiting * 12;
    const first = load<u32>(entry);
    const count = load<u32>(entry, 4);
    const parent = load<u32>(entry, 8);
    const node = nodeCount++;
    if (parent != 0xffffffff) store<i32>(nodes + <usize>(parent >> 2) * NODE + <usize>(parent & 3) * 4, node, 96);
    let n = 1;
    store<u32>(parts, first);
    store<u32>(parts, count, 4);
    while (n < 4) {
      let widest = -1;
      let most: u32 = 4;
      for (let p = 0; p < n; p++) {
        const size = load<u32>(parts + <usize>p * 8, 4);
        if (size > most) {
          most = size;
          widest = p;
        }
      }
      if (widest < 0) break;
      const part = parts + <usize>widest * 8;
      const start = load<u32>(part);
      const left = split(start, most, work);
      store<u32>(part, left, 4);
      store<u32>(parts + <usize>n * 8, start + left);
      store<u32>(parts + <usize>n * 8, most - left, 4);
      n++;
    }
    const at = nodes + <usize>node * NODE;
    for (let p = 0; p < 4; p++) {
      const lane = at + (<usize>p << 2);
      if (p >= n) {
        for (let k: usize = 0; k < 3; k++) {
          store<f32>(lane + k * 16, Infinity);
          store<f32>(lane + k * 16, -Infinity, 48);
        }
        store<i32>(lane, ~0, 96);
        continue;
      }
      const start = load<u32>(parts + <usize>p * 8);
      const size = load<u32>(parts + <usize>p * 8, 4);
      bound(start, size, work);
      for (let k: usize = 0; k < 3; k++) {
        store<f32>(lane + k * 16, load<f32>(work + k * 4));
        store<f32>(lane + k * 16, load<f32>(work + 16 + k * 4), 48);
      }
      if (size <= 4) store<i32>(lane, ~writeBlock(start, size), 96);
      else {
        const next = stack + <usize>waiting * 12;
        store<u32>(next, start);
        store<u32>(next, size, 4);
        store<u32>(next, (<u32>node << 2) | <u32>p, 8);
        waiting++;
      }
    }
  }
  return waiting;
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
  const slack = f32x4.splat(-1e-6);
  let ok = v128.and(f32x4.ge(u, slack), f32x4.ge(v, slack));
  ok = v128.and(ok, f32x4.le(f32x4.add(u, v), f32x4.splat(1.000001)));
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
