/**
 * Corners with the same coordinates get the same number, in the order in which they are first met. Open addressing with
 * linear probing; a slot of 16 bytes holds x, y, z and the number + 1 (0: empty), so that a look-up touches one cache line.
 * The hash is seeded: a file cannot be made to collide without knowing the seed.
 */
import { positions, triangles } from './topology-state';

const BATCH: u32 = 32;
const KEYS = memory.data(32 * 3 * 16, 16);
const SLOTS = memory.data(32 * 3 * 4, 16);

let table: usize = 0;
let slots: u64 = 0;
let seedA: u64 = 0;
let seedB: u64 = 0;
let corners: u32 = 0;
let faces: u32 = 0;
let degenerate: u32 = 0;
/** Keeps the loads that fetch cache lines ahead from being optimised away. */
let fetched: u32 = 0;

/** An empty table of `slotCount` slots; the caller has cleared its memory. */
export function beginWeld(tableAt: usize, slotCount: u32, seedLow: u32, seedHigh: u32): void {
  table = tableAt;
  slots = slotCount;
  seedA = ((<u64>seedLow) << 32) | (<u64>seedHigh ^ 0x5bd1e995);
  seedB = ((<u64>seedHigh) << 32) | (<u64>seedLow ^ 0x1b873593);
  corners = 0;
  faces = 0;
  degenerate = 0;
}

export function cornerCount(): u32 {
  return corners;
}

export function faceCount(): u32 {
  return faces;
}

/** Faces left out because two of their corners are one. */
export function degenerateCount(): u32 {
  return degenerate;
}

// @ts-ignore: decorator
@inline
function slotOf(xy: u64, z: u64): usize {
  let h = (xy ^ seedA) * 0x9e3779b97f4a7c15;
  h ^= h >> 32;
  h = (h + z ^ seedB) * 0xd6e8feb86659fd93;
  h ^= h >> 29;
  h *= 0xa0761d6478bd642f;
  return table + <usize>((((h >> 32) * slots) >> 32) << 4);
}

// @ts-ignore: decorator
@inline
function number(key: v128, slot: usize, end: usize): u32 {
  while (true) {
    const held = v128.load(slot);
    const known = <u32>i32x4.extract_lane(held, 3);
    if (known == 0) {
      corners++;
      v128.store(slot, i32x4.replace_lane(key, 3, corners));
      const at = positions + <usize>(corners - 1) * 12;
      store<u64>(at, i64x2.extract_lane(key, 0));
      store<u32>(at, i32x4.extract_lane(key, 2), 8);
      return corners - 1;
    }
    if ((i32x4.bitmask(i32x4.eq(held, key)) & 7) == 7) return known - 1;
    slot += 16;
    if (slot == end) slot = table;
  }
}

/** The number of a corner: one of the triangle before (`at` holds 16, 32 or 48), or that of its slot. */
// @ts-ignore: decorator
@inline
function known(a: u32, b: u32, c: u32, key: usize, at: usize, end: usize): u32 {
  const slot = load<u32>(at);
  return slot > 48 ? number(v128.load(key), slot, end) : slot == 48 ? c : slot == 16 ? a : b;
}

// @ts-ignore: decorator
@inline
function same(a: v128, b: v128): bool {
  return i32x4.all_true(i32x4.eq(a, b));
}

/**
 * Takes `count` triangles. The caller sees to it that the table stays at most three quarters full even if every corner
 * is new. Slots are computed and touched for a batch at a time, so that their cache lines arrive together. A corner of
 * the triangle before, as most are in files in a good order, is known without a look.
 */
export function weldBlock(block: usize, count: u32, stride: u32, offset: u32): void {
  const end = table + (<usize>slots << 4);
  const zero = f32x4.splat(0);
  const three = i32x4(-1, -1, -1, 0);
  let touched: u32 = 0;
  let p = i32x4.splat(-1);
  let q = p;
  let r = p;
  let a: u32 = 0;
  let b: u32 = 0;
  let c: u32 = 0;
  for (let first: u32 = 0; first < count; first += BATCH) {
    const size = min(BATCH, count - first);
    let from = block + <usize>first * stride + offset;
    let key = KEYS;
    let at = SLOTS;
    for (let i: u32 = 0; i < size; i++) {
      const before = p;
      const before1 = q;
      const before2 = r;
      for (let k: usize = 0; k < 36; k += 12) {
        // Adding 0 turns −0 into 0 and leaves every other number as it is.
        const corner = v128.and(f32x4.add(v128.load(from + k), zero), three);
        p = q;
        q = r;
        r = corner;
        v128.store(key, corner);
        key += 16;
        if (same(corner, before2)) {
          store<u32>(at, 48);
        } else if (same(corner, before)) {
          store<u32>(at, 16);
        } else if (same(corner, before1)) {
          store<u32>(at, 32);
        } else {
          const slot = slotOf(i64x2.extract_lane(corner, 0), i64x2.extract_lane(corner, 1));
          store<u32>(at, <u32>slot);
        }
        at += 4;
      }
      from += stride;
    }
    // Nothing else between these loads: as many lines as the processor can ask for are under way at a time.
    for (let here = SLOTS; here < at; here += 4) touched |= load<u32>(load<u32>(here), 12);
    key = KEYS;
    at = SLOTS;
    for (let i: u32 = 0; i < size; i++) {
      const a1 = known(a, b, c, key, at, end);
      const b1 = known(a, b, c, key + 16, at + 4, end);
      const c1 = known(a, b, c, key + 32, at + 8, end);
      a = a1;
      b = b1;
      c = c1;
      key += 48;
      at += 12;
      if (a == b || b == c || c == a) {
        degenerate++;
        continue;
      }
      const to = triangles + <usize>faces * 12;
      store<u32>(to, a);
      store<u32>(to, b, 4);
      store<u32>(to, c, 8);
      faces++;
    }
  }
  fetched = touched;
}

/** Moves on to a larger, cleared table: call `rehash` over all corners afterwards. */
export function moveTable(tableAt: usize, slotCount: u32): void {
  table = tableAt;
  slots = slotCount;
}

/** Puts known corners, all distinct, into the table. */
export function rehash(first: u32, count: u32): void {
  const end = table + (<usize>slots << 4);
  for (let corner = first; corner < first + count; corner++) {
    const at = positions + <usize>corner * 12;
    const xy = load<u64>(at);
    const z = load<u32>(at, 8);
    let slot = slotOf(xy, <u64>z);
    while (load<u32>(slot, 12) != 0) {
      slot += 16;
      if (slot == end) slot = table;
    }
    store<u64>(slot, xy);
    store<u32>(slot, z, 8);
    store<u32>(slot, corner + 1, 12);
  }
}
