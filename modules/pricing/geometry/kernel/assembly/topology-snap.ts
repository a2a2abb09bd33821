/**
 * Corners on loose edges that lie within a tolerance of each other become one: the first of them in the order of their
 * coordinates, so that the order of the file has no say. Corners elsewhere stay where they are.
 */
import { cornerOf, flags, following, positions, triangles } from './topology-state';

/** Marks (with 1, a byte a corner) the ends of sides without a partner. */
export function markLoose(first: u32, count: u32, marks: usize): void {
  for (let face = first; face < first + count; face++) {
    const loose = load<u8>(flags + <usize>face) & 7;
    if (loose == 0) continue;
    for (let side: u32 = 0; side < 3; side++) {
      if (((loose >> <u8>side) & 1) == 0) continue;
      const halfEdge = face * 3 + side;
      store<u8>(marks + <usize>cornerOf(halfEdge), 1);
      store<u8>(marks + <usize>cornerOf(following(halfEdge)), 1);
    }
  }
}

/** Lists the marked corners, eight bytes each, from list[`listed`] on; returns how many are listed now. */
export function listMarked(first: u32, count: u32, marks: usize, list: usize, listed: u32): u32 {
  for (let corner = first; corner < first + count; corner++) {
    if (load<u8>(marks + <usize>corner) == 0) continue;
    if (list != 0) store<u64>(list + ((<usize>listed) << 3), <u64>corner);
    listed++;
  }
  return listed;
}

/** Gives words (corner in the lower half) a key that depends on the corner's place and on nothing else. */
export function keyByPlace(list: usize, count: u32): void {
  for (let word = list; word < list + ((<usize>count) << 3); word += 8) {
    const place = positions + <usize>load<u32>(word) * 12;
    let h = (load<u64>(place) ^ 0xa0761d6478bd642f) * 0x9e3779b97f4a7c15;
    h ^= h >> 32;
    h = (h + <u64>load<u32>(place, 8)) * 0xd6e8feb86659fd93;
    store<u32>(word, <u32>(h >> 32), 4);
  }
}

/** Gives words a key by the slab that their corner lies in, so that neighbours are looked at soon after each other. */
export function keyBySlab(list: usize, count: u32, x: f64, perUnit: f64): void {
  for (let word = list; word < list + ((<usize>count) << 3); word += 8) {
    store<u32>(word, <u32>((at(load<u32>(word), 0) - x) * perUnit), 4);
  }
}

/** Width of a cell in tolerances. */
const CELL: f64 = 4;
/** Nearer to the side of its cell than this share of it, a corner may have neighbours beyond. */
const REACH: f64 = 1.001 / CELL;

let grid: usize = 0;
let mask: u32 = 0;
let seed: u32 = 0;
let tolerance: f64 = 0;
let perCell: f64 = 0;
let minX: f64 = 0;
let minY: f64 = 0;
let minZ: f64 = 0;

/** Cells four tolerances wide, so that few have a neighbour within reach. `gridAt`: u32 slots, cleared, a power of two. */
export function beginSnap(gridAt: usize, slots: u32, within: f64, x: f64, y: f64, z: f64, seeded: u32): void {
  grid = gridAt;
  mask = slots - 1;
  seed = seeded;
  tolerance = within;
  perCell = 1 / (CELL * within);
  minX = x;
  minY = y;
  minZ = z;
}

// @ts-ignore: decorator
@inline
function cellHash(x: i32, y: i32, z: i32): u32 {
  let h: u64 = (((<u64>(<u32>x)) << 32) | <u64>(<u32>y)) ^ ((<u64>seed << 32) | <u64>seed);
  h *= 0x9e3779b97f4a7c15;
  h ^= h >> 32;
  h = (h + <u64>(<u32>z)) * 0xd6e8feb86659fd93;
  return <u32>(h >> 32);
}

/** Of a slot: the rest is a tag that spares most looks at corners of other cells. Ranks stay below 60 million. */
const RANKS: u32 = (1 << 26) - 1;

// @ts-ignore: decorator
@inline
function tagOf(hash: u32): u32 {
  return (hash * 0x9e3779b1) & ~RANKS;
}

// @ts-ignore: decorator
@inline
function at(corner: u32, axis: u32): f64 {
  return <f64>load<f32>(positions + <usize>corner * 12 + ((<usize>axis) << 2));
}

/**
 * Gives listed corners (call over all in turn) their place in `becomes` (u32 a corner): the earliest kept corner within tolerance, or itself,
 * kept. Kept corners are more than a tolerance apart, so a cell holds a few of them at most. Returns how many moved.
 */
export function snap(list: usize, first: u32, count: u32, becomes: usize): u32 {
  let moved: u32 = 0;
  let touched: u32 = 0;
  for (let from = first; from < first + count; from += BATCH) {
    const to = min(from + BATCH, first + count);
    let slots = SLOTS;
    for (let rank = from; rank < to; rank++) {
      lookAround(load<u32>(list + ((<usize>rank) << 3)));
      for (let cell: u32 = 0; cell < cells; cell++, slots += 4) {
        store<u32>(slots, load<u32>(HASHES + ((<usize>cell) << 2)) & mask);
      }
    }
    // Nothing else between these loads, so that they are under way together.
    for (let here = SLOTS; here < slots; here += 4) touched |= load<u32>(grid + ((<usize>load<u32>(here)) << 2));
    for (let rank = from; rank < to; rank++) {
      const corner = load<u32>(list + ((<usize>rank) << 3));
      const found = nearby(corner, rank, list);
      if (found == u32.MAX_VALUE) continue;
      store<u32>(becomes + ((<usize>corner) << 2), found);
      moved++;
    }
  }
  fetched = touched;
  return moved;
}

const BATCH: u32 = 16;
const SLOTS = memory.data(16 * 8 * 4, 16);
const HASHES = memory.data(8 * 4, 16);
/** Keeps the loads that fetch cache lines ahead from being optimised away. */
let fetched: u32 = 0;
/** Of the cells around a corner, as `lookAround` left them: its own comes first. */
let cells: u32 = 0;

/** Which neighbour of a cell may have a corner within reach of this part of it: −1, 1, or 0 for none. */
// @ts-ignore: decorator
@inline
function side(part: f64): i32 {
  return part < REACH ? -1 : part > 1 - REACH ? 1 : 0;
}

/** Hashes of the cells in which a corner may have neighbours. */
function lookAround(corner: u32): void {
  const gx = (at(corner, 0) - minX) * perCell;
  const gy = (at(corner, 1) - minY) * perCell;
  const gz = (at(corner, 2) - minZ) * perCell;
  const cx = <i32>floor(gx);
  const cy = <i32>floor(gy);
  const cz = <i32>floor(gz);
  const sx = side(gx - <f64>cx);
  const sy = side(gy - <f64>cy);
  const sz = side(gz - <f64>cz);
  cells = 0;
  for (let cell = 0; cell < 8; cell++) {
    if (((cell & 1) != 0 && sx == 0) || ((cell & 2) != 0 && sy == 0) || ((cell & 4) != 0 && sz == 0)) continue;
    const nx = (cell & 1) != 0 ? cx + sx : cx;
    const ny = (cell & 2) != 0 ? cy + sy : cy;
    const nz = (cell & 4) != 0 ? cz + sz : cz;
    store<u32>(HASHES + ((<usize>cells) << 2), cellHash(nx, ny, nz));
    cells++;
  }
}

function nearby(corner: u32, rank: u32, list: usize): u32 {
  lookAround(corner);
  const x = at(corner, 0);
  const y = at(corner, 1);
  const z = at(corner, 2);
  let best = u32.MAX_VALUE;
  for (let cell: u32 = 0; cell < cells; cell++) {
    best = firstInCell(load<u32>(HASHES + ((<usize>cell) << 2)), x, y, z, list, best);
  }
  if (best != u32.MAX_VALUE) return load<u32>(list + ((<usize>best) << 3));
  const hash = load<u32>(HASHES);
  let slot = hash & mask;
  while (load<u32>(grid + ((<usize>slot) << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(grid + ((<usize>slot) << 2), tagOf(hash) | (rank + 1));
  return u32.MAX_VALUE;
}

function firstInCell(hash: u32, x: f64, y: f64, z: f64, list: usize, before: u32): u32 {
  let best = before;
  let slot = hash & mask;
  while (true) {
    const held = load<u32>(grid + ((<usize>slot) << 2));
    if (held == 0) return best;
    slot = (slot + 1) & mask;
    const rank = (held & RANKS) - 1;
    if ((held & ~RANKS) != tagOf(hash) || rank >= best) continue;
    const kept = load<u32>(list + ((<usize>rank) << 3));
    const dx = at(kept, 0) - x;
    const dy = at(kept, 1) - y;
    const dz = at(kept, 2) - z;
    if (dx * dx + dy * dy + dz * dz <= tolerance * tolerance) best = rank;
  }
}

/** `becomes[i] = i` to begin with. */
export function beginRenumber(first: u32, count: u32, becomes: usize): void {
  for (let i = first; i < first + count; i++) store<u32>(becomes + ((<usize>i) << 2), i);
}

/** Faces with the corners that theirs have become; those that collapse are left out. Returns how many there are now, up to here. */
export function renumber(first: u32, count: u32, becomes: usize, kept: u32): u32 {
  let to = triangles + <usize>kept * 12;
  for (let face = first; face < first + count; face++) {
    const from = triangles + <usize>face * 12;
    const a = load<u32>(becomes + ((<usize>load<u32>(from)) << 2));
    const b = load<u32>(becomes + ((<usize>load<u32>(from, 4)) << 2));
    const c = load<u32>(becomes + ((<usize>load<u32>(from, 8)) << 2));
    if (a == b || b == c || c == a) continue;
    store<u32>(to, a);
    store<u32>(to, b, 4);
    store<u32>(to, c, 8);
    store<u8>(flags + (to - triangles) / 12, load<u8>(flags + <usize>face));
    to += 12;
  }
  return <u32>((to - triangles) / 12);
}

/** Marks (with 1, a u32 a corner) the corners that faces use. */
export function markUsed(first: u32, count: u32, marks: usize): void {
  let at = triangles + <usize>first * 12;
  const end = at + <usize>count * 12;
  for (; at < end; at += 4) store<u32>(marks + ((<usize>load<u32>(at)) << 2), 1);
}

/** Closes the ranks of the corners marked as used; `marks` becomes each one's new number. Returns how many there are now, up to here. */
export function keepUsed(first: u32, count: u32, marks: usize, kept: u32): u32 {
  for (let corner = first; corner < first + count; corner++) {
    const mark = marks + ((<usize>corner) << 2);
    if (load<u32>(mark) == 0) continue;
    store<u32>(mark, kept);
    const from = positions + <usize>corner * 12;
    const to = positions + <usize>kept * 12;
    store<u64>(to, load<u64>(from));
    store<u32>(to, load<u32>(from, 8), 8);
    kept++;
  }
  return kept;
}
