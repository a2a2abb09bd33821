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

/** Lists the marked corners from list[`listed`] on; returns how many are listed now. */
export function listMarked(first: u32, count: u32, marks: usize, list: usize, listed: u32): u32 {
  for (let corner = first; corner < first + count; corner++) {
    if (load<u8>(marks + <usize>corner) == 0) continue;
    if (list != 0) store<u32>(list + ((<usize>listed) << 2), corner);
    listed++;
  }
  return listed;
}

const DIGITS = memory.data(2048 * 4, 16);

// @ts-ignore: decorator
@inline
function digit(corner: u32, axis: u32, shift: u32): u32 {
  const bits = load<u32>(positions + <usize>corner * 12 + ((<usize>axis) << 2));
  // Bits of floats in the order of their values: negative ones run backwards.
  const ordered = bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
  return (ordered >> shift) & 2047;
}

/** One pass of a radix sort of corners by 11 bits of a coordinate. Passes over z, y, x with shifts 0, 11, 22 sort them. */
export function beginDigits(): void {
  memory.fill(DIGITS, 0, 2048 * 4);
}

export function countDigits(from: usize, count: u32, axis: u32, shift: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = DIGITS + ((<usize>digit(load<u32>(from + ((<usize>i) << 2)), axis, shift)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

export function layOutDigits(): void {
  let place: u32 = 0;
  for (let i: usize = 0; i < 2048; i++) {
    const here = load<u32>(DIGITS + (i << 2));
    store<u32>(DIGITS + (i << 2), place);
    place += here;
  }
}

export function moveDigits(from: usize, count: u32, to: usize, axis: u32, shift: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const corner = load<u32>(from + ((<usize>i) << 2));
    const at = DIGITS + ((<usize>digit(corner, axis, shift)) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(to + ((<usize>place) << 2), corner);
  }
}

let grid: usize = 0;
let mask: u32 = 0;
let seed: u32 = 0;
let tolerance: f64 = 0;
let perCell: f64 = 0;
let minX: f64 = 0;
let minY: f64 = 0;
let minZ: f64 = 0;

/** Cells two tolerances wide, so that only the eight nearest need a look. `cells`: u32 slots, cleared, a power of two. */
export function beginSnap(cells: usize, slots: u32, within: f64, x: f64, y: f64, z: f64, seeded: u32): void {
  grid = cells;
  mask = slots - 1;
  seed = seeded;
  tolerance = within;
  perCell = 1 / (2 * within);
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
  for (let rank = first; rank < first + count; rank++) {
    const corner = load<u32>(list + ((<usize>rank) << 2));
    const found = nearby(corner, rank, list);
    if (found == u32.MAX_VALUE) continue;
    store<u32>(becomes + ((<usize>corner) << 2), found);
    moved++;
  }
  return moved;
}

function nearby(corner: u32, rank: u32, list: usize): u32 {
  const x = at(corner, 0);
  const y = at(corner, 1);
  const z = at(corner, 2);
  const gx = (x - minX) * perCell;
  const gy = (y - minY) * perCell;
  const gz = (z - minZ) * perCell;
  const cx = <i32>floor(gx);
  const cy = <i32>floor(gy);
  const cz = <i32>floor(gz);
  const sx = gx - <f64>cx < 0.5 ? -1 : 1;
  const sy = gy - <f64>cy < 0.5 ? -1 : 1;
  const sz = gz - <f64>cz < 0.5 ? -1 : 1;
  let best = u32.MAX_VALUE;
  for (let cell = 0; cell < 8; cell++) {
    const nx = (cell & 1) != 0 ? cx + sx : cx;
    const ny = (cell & 2) != 0 ? cy + sy : cy;
    const nz = (cell & 4) != 0 ? cz + sz : cz;
    best = firstInCell(cellHash(nx, ny, nz), x, y, z, list, best);
  }
  if (best != u32.MAX_VALUE) return load<u32>(list + ((<usize>best) << 2));
  let slot = cellHash(cx, cy, cz) & mask;
  while (load<u32>(grid + ((<usize>slot) << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(grid + ((<usize>slot) << 2), rank + 1);
  return u32.MAX_VALUE;
}

function firstInCell(hash: u32, x: f64, y: f64, z: f64, list: usize, before: u32): u32 {
  let best = before;
  let slot = hash & mask;
  while (true) {
    const held = load<u32>(grid + ((<usize>slot) << 2));
    if (held == 0) return best;
    slot = (slot + 1) & mask;
    if (held - 1 >= best) continue;
    const kept = load<u32>(list + ((<usize>(held - 1)) << 2));
    const dx = at(kept, 0) - x;
    const dy = at(kept, 1) - y;
    const dz = at(kept, 2) - z;
    if (dx * dx + dy * dy + dz * dz <= tolerance * tolerance) best = held - 1;
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
