/** Shells from united faces, their figures, and what changes faces: leaving out, turning. */
import { coordinate, cornerOf, flags, following, ORIGINAL, parents, REPEATED, triangles } from './topology-state';

/** Per shell: f64 six times its volume about the given point, f64 twice its area, u32 faces, turned faces, faces once repeated. */
const SHELL_BYTES: usize = 32;

let shells: u32 = 0;

export function beginShells(): void {
  shells = 0;
}

export function shellCount(): u32 {
  return shells;
}

/** Every face points at the root of its shell. A parent always comes before its children: one look up is enough. */
export function flatten(first: u32, count: u32): void {
  for (let face = first; face < first + count; face++) {
    const at = parents + ((<usize>face) << 2);
    const parent = load<u32>(at);
    store<u32>(at, load<u32>(parents + ((<usize>(parent >> 1)) << 2)) ^ (parent & 1));
  }
}

/** Numbers the shells in the order of their first faces: `shellOf` gets each face's. */
export function numberShells(first: u32, count: u32, shellOf: usize): void {
  for (let face = first; face < first + count; face++) {
    const above = load<u32>(parents + ((<usize>face) << 2)) >> 1;
    const shell = above == face ? shells++ : load<u32>(shellOf + ((<usize>above) << 2));
    store<u32>(shellOf + ((<usize>face) << 2), shell);
  }
}

/** Adds the faces to the figures of their shells, with volumes about (x, y, z). The caller has cleared `sums`. */
export function measureShells(first: u32, count: u32, shellOf: usize, sums: usize, x: f64, y: f64, z: f64): void {
  let volume: f64 = 0;
  let area: f64 = 0;
  let faces: u32 = 0;
  let turned: u32 = 0;
  let originals: u32 = 0;
  let shell = count > 0 ? load<u32>(shellOf + ((<usize>first) << 2)) : 0;
  for (let face = first; face < first + count; face++) {
    const owner = load<u32>(shellOf + ((<usize>face) << 2));
    if (owner != shell) {
      add(sums, shell, volume, area, faces, turned, originals);
      volume = 0;
      area = 0;
      faces = 0;
      turned = 0;
      originals = 0;
      shell = owner;
    }
    const at = triangles + <usize>face * 12;
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const ax = coordinate(a, 0);
    const ay = coordinate(a, 1);
    const az = coordinate(a, 2);
    const bx = coordinate(b, 0) - ax;
    const by = coordinate(b, 1) - ay;
    const bz = coordinate(b, 2) - az;
    const cx = coordinate(c, 0) - ax;
    const cy = coordinate(c, 1) - ay;
    const cz = coordinate(c, 2) - az;
    const nx = by * cz - bz * cy;
    const ny = bz * cx - bx * cz;
    const nz = bx * cy - by * cx;
    volume += (ax - x) * nx + (ay - y) * ny + (az - z) * nz;
    area += sqrt(nx * nx + ny * ny + nz * nz);
    faces++;
    turned += load<u32>(parents + ((<usize>face) << 2)) & 1;
    originals += <u32>((load<u8>(flags + <usize>face) & ORIGINAL) != 0);
  }
  add(sums, shell, volume, area, faces, turned, originals);
}

/** Adds the faces to sums[0], six times the volume about (x, y, z), with what the additions lose in sums[1]. */
export function measureFaces(first: u32, count: u32, sums: usize, x: f64, y: f64, z: f64): void {
  let volume: f64 = 0;
  for (let face = first; face < first + count; face++) {
    const at = triangles + <usize>face * 12;
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const ax = coordinate(a, 0) - x;
    const ay = coordinate(a, 1) - y;
    const az = coordinate(a, 2) - z;
    const bx = coordinate(b, 0) - x;
    const by = coordinate(b, 1) - y;
    const bz = coordinate(b, 2) - z;
    const cx = coordinate(c, 0) - x;
    const cy = coordinate(c, 1) - y;
    const cz = coordinate(c, 2) - z;
    volume += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  const sum = load<f64>(sums);
  const next = sum + volume;
  store<f64>(sums, load<f64>(sums, 8) + (abs(sum) >= abs(volume) ? sum - next + volume : volume - next + sum), 8);
  store<f64>(sums, next);
}

function add(sums: usize, shell: u32, volume: f64, area: f64, faces: u32, turned: u32, originals: u32): void {
  const at = sums + <usize>shell * SHELL_BYTES;
  store<f64>(at, load<f64>(at) + volume);
  store<f64>(at, load<f64>(at, 8) + area, 8);
  store<u32>(at, load<u32>(at, 16) + faces, 16);
  store<u32>(at, load<u32>(at, 20) + turned, 20);
  store<u32>(at, load<u32>(at, 24) + originals, 24);
}

/** Leaves out the faces that repeat an earlier one, closing the ranks; returns how many faces there are now, up to here. */
export function dropRepeated(first: u32, count: u32, kept: u32): u32 {
  let to = triangles + <usize>kept * 12;
  for (let face = first; face < first + count; face++) {
    if ((load<u8>(flags + <usize>face) & REPEATED) != 0) continue;
    const from = triangles + <usize>face * 12;
    store<u64>(to, load<u64>(from));
    store<u32>(to, load<u32>(from, 8), 8);
    store<u8>(flags + (to - triangles) / 12, load<u8>(flags + <usize>face));
    to += 12;
  }
  return <u32>((to - triangles) / 12);
}

/**
 * Sum of an antisymmetric hash over the directed sides of the faces that repeat others: 0 (but for one chance in 2^64)
 * exactly when those faces close, so that leaving them out opens nothing.
 */
export function repeatedBoundary(first: u32, count: u32, seed: u64): u64 {
  let sum: u64 = 0;
  for (let face = first; face < first + count; face++) {
    if ((load<u8>(flags + <usize>face) & REPEATED) == 0) continue;
    for (let side: u32 = 0; side < 3; side++) {
      const a = cornerOf(face * 3 + side);
      const b = cornerOf(following(face * 3 + side));
      let h = (((<u64>min(a, b)) << 32) | <u64>max(a, b)) ^ seed;
      h *= 0x9e3779b97f4a7c15;
      h ^= h >> 32;
      h = (h ^ seed) * 0xd6e8feb86659fd93;
      h ^= h >> 29;
      sum += a < b ? h : 0 - h;
    }
  }
  return sum;
}

/** Forgets everything about the faces but whether they were repeated once. */
export function clearFlags(first: u32, count: u32): void {
  for (let at = flags + <usize>first; at < flags + <usize>(first + count); at++) store<u8>(at, load<u8>(at) & ORIGINAL);
}

/**
 * Turns faces round: those for which (turned against the root of their shell) differs from bit 0 of their shell's byte in
 * `choice`; a byte of 2 or 3 turns none or all.
 */
export function turnFaces(first: u32, count: u32, shellOf: usize, choice: usize): void {
  for (let face = first; face < first + count; face++) {
    const chosen = load<u8>(choice + <usize>load<u32>(shellOf + ((<usize>face) << 2)));
    const against = load<u32>(parents + ((<usize>face) << 2)) & 1;
    const turn = chosen >= 2 ? chosen - 2 : against ^ chosen;
    if (!turn) continue;
    const at = triangles + <usize>face * 12;
    const b = load<u32>(at, 4);
    store<u32>(at, load<u32>(at, 8), 4);
    store<u32>(at, b, 8);
  }
}
