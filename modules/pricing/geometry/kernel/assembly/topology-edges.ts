/**
 * Edges by buckets of their smaller corner: counted, laid out, then matched bucket by bucket. Faces that meet at an edge
 * are united into shells; where more than two meet, those that bound the same piece of material are (see `matchFan`).
 */
import {
  coordinate,
  cornerOf,
  entries,
  flags,
  following,
  ORIGINAL,
  parents,
  REPEATED,
  starts,
  triangles,
} from './topology-state';
import { insertionSort, sortWords } from './topology-sort';

const QUARTER: f64 = 536870912;

let open: u32 = 0;
let nonManifold: u32 = 0;
let flipped: u32 = 0;
let unbalanced: u32 = 0;
let repeated: u32 = 0;
let conflicts: u32 = 0;
let united: u32 = 0;
let cursor: u32 = 0;
let largest: u32 = 0;

/** Every face a shell of its own, nothing counted. The caller has cleared `starts` and the flags. */
export function beginEdges(): void {
  open = 0;
  nonManifold = 0;
  flipped = 0;
  unbalanced = 0;
  repeated = 0;
  conflicts = 0;
  united = 0;
  cursor = 0;
  largest = 0;
}

export function openEdges(): u32 {
  return open;
}

export function nonManifoldEdges(): u32 {
  return nonManifold;
}

export function flippedEdges(): u32 {
  return flipped;
}

/** Edges that as many faces pass one way as the other do not have: 0 exactly when the surface is closed. */
export function unbalancedEdges(): u32 {
  return unbalanced;
}

/** Faces with the corners, in the same direction, of an earlier one. */
export function repeatedFaces(): u32 {
  return repeated;
}

/** Edges whose faces cannot be turned alike, whatever one does (a Möbius strip has one at least). */
export function turningConflicts(): u32 {
  return conflicts;
}

/** Of `faces` faces in all. */
export function separateShells(faces: u32): u32 {
  return faces - united;
}

export function countEdges(first: u32, count: u32): void {
  let at = triangles + <usize>first * 12;
  const end = at + <usize>count * 12;
  for (; at < end; at += 12) {
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    increase(min(a, b));
    increase(min(b, c));
    increase(min(c, a));
  }
  let parent = parents + ((<usize>first) << 2);
  for (let face = first; face < first + count; face++, parent += 4) store<u32>(parent, face << 1);
}

// @ts-ignore: decorator
@inline
function increase(corner: u32): void {
  const at = starts + ((<usize>corner) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Numbers of edges to places of the first: call over all corners in turn. */
export function layOut(first: u32, count: u32): void {
  let at = starts + ((<usize>first) << 2);
  const end = at + ((<usize>count) << 2);
  let place = cursor;
  let most = largest;
  for (; at < end; at += 4) {
    const here = load<u32>(at);
    store<u32>(at, place);
    place += here;
    most = max(most, here);
  }
  cursor = place;
  largest = most;
}

export function largestBucket(): u32 {
  return largest;
}

/** Puts the edges of corners `low` … `low + span − 1` into their buckets; entry `base` comes first. */
export function scatter(first: u32, count: u32, low: u32, span: u32, base: u32): void {
  let at = triangles + <usize>first * 12;
  let halfEdge = first * 3;
  const end = at + <usize>count * 12;
  const origin = entries - ((<usize>base) << 3);
  for (; at < end; at += 12, halfEdge += 3) {
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    enter(a, b, halfEdge, low, span, origin);
    enter(b, c, halfEdge + 1, low, span, origin);
    enter(c, a, halfEdge + 2, low, span, origin);
  }
}

// @ts-ignore: decorator
@inline
function enter(from: u32, to: u32, halfEdge: u32, low: u32, span: u32, origin: usize): void {
  const least = min(from, to);
  if (least - low >= span) return;
  const at = starts + ((<usize>least) << 2);
  const place = load<u32>(at);
  store<u32>(at, place + 1);
  const key = (max(from, to) << 1) | <u32>(from > to);
  store<u64>(origin + ((<usize>place) << 3), ((<u64>key) << 32) | <u64>halfEdge);
}

/** Matches the edges of corners `first` … `first + count − 1`, whose buckets lie from entry `begin` (counted from `base`) on. */
export function matchBuckets(first: u32, count: u32, base: u32, begin: u32): void {
  const origin = entries - ((<usize>base) << 3);
  let from = begin;
  for (let corner = first; corner < first + count; corner++) {
    const to = load<u32>(starts + ((<usize>corner) << 2));
    const size = to - from;
    const at = origin + ((<usize>from) << 3);
    from = to;
    if (size == 0) continue;
    if (size <= 24) insertionSort(at, size);
    else sortWords(at, size);
    const end = at + ((<usize>size) << 3);
    let here = at;
    while (here < end) {
      const key = load<u32>(here, 4);
      // The common case: two entries, one each way, and no third.
      if (
        here + 8 < end &&
        load<u32>(here, 12) == key + 1 &&
        (key & 1) == 0 &&
        (here + 16 == end || load<u32>(here, 20) >> 1 != key >> 1)
      ) {
        unite(load<u32>(here) / 3, load<u32>(here, 8) / 3, 0);
        here += 16;
        continue;
      }
      let next = here + 8;
      while (next < end && load<u32>(next, 4) >> 1 == key >> 1) next += 8;
      irregular(here, <u32>((next - here) >> 3), corner, key >> 1);
      here = next;
    }
  }
}

/** An edge with other than two faces that agree. */
function irregular(at: usize, size: u32, from: u32, to: u32): void {
  if (size == 1) {
    open++;
    unbalanced++;
    loose(load<u32>(at));
    return;
  }
  let forward: u32 = 0;
  while (forward < size && (load<u32>(at + ((<usize>forward) << 3), 4) & 1) == 0) forward++;
  if (forward * 2 != size) unbalanced++;
  if (size == 2) {
    flipped++;
    const a = load<u32>(at);
    const b = load<u32>(at, 8);
    if (cornerOf(following(following(a))) == cornerOf(following(following(b)))) {
      repeat(max(a, b));
      original(min(a, b));
    }
    loose(a);
    loose(b);
    unite(a / 3, b / 3, 1);
    return;
  }
  nonManifold++;
  findRepeated(at, size);
  matchFan(at, size, from, to);
}

// @ts-ignore: decorator
@inline
function loose(halfEdge: u32): void {
  const face = halfEdge / 3;
  const at = flags + <usize>face;
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(halfEdge - face * 3)));
}

// @ts-ignore: decorator
@inline
function repeat(halfEdge: u32): void {
  const at = flags + <usize>(halfEdge / 3);
  const before = load<u8>(at);
  if ((before & REPEATED) != 0) return;
  store<u8>(at, before | REPEATED);
  repeated++;
}

// @ts-ignore: decorator
@inline
function original(halfEdge: u32): void {
  const at = flags + <usize>(halfEdge / 3);
  store<u8>(at, load<u8>(at) | ORIGINAL);
}

/** At one edge, faces of one direction with the same third corner are the same face: all but the first of the file repeat it. */
function findRepeated(at: usize, size: u32): void {
  for (let i: u32 = 0; i < size; i++) {
    const entry = at + ((<usize>i) << 3);
    const halfEdge = load<u32>(entry);
    store<u32>(entry, (cornerOf(following(following(halfEdge))) << 1) | (load<u32>(entry, 4) & 1), 4);
  }
  sortWords(at, size);
  for (let i: u32 = 1; i < size; i++) {
    const entry = at + ((<usize>i) << 3);
    if (load<u32>(entry, 4) != load<u32>(entry - 8, 4)) continue;
    repeat(load<u32>(entry));
    if (i == 1 || load<u32>(entry - 16, 4) != load<u32>(entry, 4)) original(load<u32>(entry - 8));
  }
}

/**
 * Many faces at one edge, in order of their angle about it. Going round, a face that passes the edge backwards begins a
 * wedge of material and one that passes it forwards ends one: each end is matched with the beginning before it that is
 * still free, as brackets are. At the same angle ends come before beginnings: bodies that touch stay two bodies.
 */
function matchFan(at: usize, size: u32, from: u32, to: u32): void {
  sortByAngle(at, size, from, to);
  const first = deepest(at, size);
  // Beginnings that are still free lie in the entries that were passed already.
  let free: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const word = load<u64>(round(at, first, i, size));
    const halfEdge = <u32>word;
    if (((word >> 32) & 1) != 0) {
      store<u64>(round(at, first, free, size), word);
      free++;
    } else if (free > 0) {
      free--;
      unite(<u32>load<u64>(round(at, first, free, size)) / 3, halfEdge / 3, 0);
    } else {
      loose(halfEdge);
    }
  }
  while (free > 0) {
    free--;
    loose(<u32>load<u64>(round(at, first, free, size)));
  }
}

// @ts-ignore: decorator
@inline
function round(at: usize, first: u32, i: u32, size: u32): usize {
  let place = first + i;
  if (place >= size) place -= size;
  return at + ((<usize>place) << 3);
}

/** After which entry fewest wedges are open: there the round begins. */
function deepest(at: usize, size: u32): u32 {
  let depth: i32 = 0;
  let least: i32 = 0;
  let first: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    depth += (load<u32>(at + ((<usize>i) << 3), 4) & 1) != 0 ? 1 : -1;
    if (depth < least) {
      least = depth;
      first = i + 1;
    }
  }
  return first == size ? 0 : first;
}

function sortByAngle(at: usize, size: u32, from: u32, to: u32): void {
  const ox = coordinate(from, 0);
  const oy = coordinate(from, 1);
  const oz = coordinate(from, 2);
  const dx = coordinate(to, 0) - ox;
  const dy = coordinate(to, 1) - oy;
  const dz = coordinate(to, 2) - oz;
  // u and w stand upright on the edge and on each other, and are as long as each other.
  const ex = abs(dx) <= abs(dy) && abs(dx) <= abs(dz) ? 1.0 : 0.0;
  const ey = ex == 0 && abs(dy) <= abs(dz) ? 1.0 : 0.0;
  const ez = 1.0 - ex - ey;
  const ux = dy * ez - dz * ey;
  const uy = dz * ex - dx * ez;
  const uz = dx * ey - dy * ex;
  const length = sqrt(dx * dx + dy * dy + dz * dz);
  const wx = (dy * uz - dz * uy) / length;
  const wy = (dz * ux - dx * uz) / length;
  const wz = (dx * uy - dy * ux) / length;
  for (let i: u32 = 0; i < size; i++) {
    const entry = at + ((<usize>i) << 3);
    const apex = cornerOf(following(following(load<u32>(entry))));
    const px = coordinate(apex, 0) - ox;
    const py = coordinate(apex, 1) - oy;
    const pz = coordinate(apex, 2) - oz;
    const angle = quarters(px * ux + py * uy + pz * uz, px * wx + py * wy + pz * wz);
    store<u32>(entry, (angle << 1) | (load<u32>(entry, 4) & 1), 4);
  }
  sortWords(at, size);
}

/** 0 to 2^31 on the way round, rising with the angle of (p, q). */
function quarters(p: f64, q: f64): u32 {
  const span = abs(p) + abs(q);
  if (!(span > 0)) return 0;
  const t = p / span;
  return <u32>min((q >= 0 ? 1 - t : 3 + t) * QUARTER, 4 * QUARTER - 1);
}

/** The root of a face's shell << 1 | whether the face is turned against it. */
export function root(face: u32): u32 {
  let at = face;
  let turned: u32 = 0;
  while (true) {
    const here = parents + ((<usize>at) << 2);
    const parent = load<u32>(here);
    const above = parent >> 1;
    if (above == at) return (at << 1) | turned;
    const grand = load<u32>(parents + ((<usize>above) << 2));
    const shorter = grand ^ (parent & 1);
    store<u32>(here, shorter);
    turned ^= shorter & 1;
    at = shorter >> 1;
  }
}

// @ts-ignore: decorator
@inline
function unite(a: u32, b: u32, against: u32): void {
  // Mostly both know already, and point at the same face.
  if (!against && load<u32>(parents + ((<usize>a) << 2)) == load<u32>(parents + ((<usize>b) << 2))) return;
  const p = root(a);
  const q = root(b);
  const turned = ((p ^ q) & 1) ^ against;
  if (p >> 1 == q >> 1) {
    conflicts += turned;
    return;
  }
  united++;
  const low = min(p >> 1, q >> 1);
  const high = max(p >> 1, q >> 1);
  store<u32>(parents + ((<usize>high) << 2), (low << 1) | turned);
}
