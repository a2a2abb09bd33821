/** Builds the hierarchy that rays.ts sends rays through. */
/** Bytes of a node and of a leaf block, as rays.ts lays them out. */
export const NODE: usize = 128;
export const BLOCK: usize = 176;
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
let nodeCount: i32 = 0;
let blockCount: i32 = 0;
/** How many faces may still be sorted into bins; then ranges are halved where they stand. */
let sortable: i64 = 0;

/** Where everything lies: rays.ts hands it on. */
export function placeBuild(
  positionsAt: usize, cornersAt: usize, boxesAt: usize, orderAt: usize,
  nodesAt: usize, blocksAt: usize, binsAt: usize, stackAt: usize,
): void {
  positions = positionsAt;
  corners = cornersAt;
  boxes = boxesAt;
  order = orderAt;
  nodes = nodesAt;
  blocks = blocksAt;
  bins = binsAt;
  stack = stackAt;
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
