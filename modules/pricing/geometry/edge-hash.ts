/**
 * Hashing for the boundary sum: two independent lanes of 32 bits, seeded per job. A vertex is hashed by the bits of its
 * coordinates, a directed edge by its two vertices. Every step spreads high bits downwards, because round coordinates
 * (1.0, 0.5 …) differ in their highest bits only.
 */

/** One of −0 and 0 stands for both. */
export function sameZero(bits: number): number {
  return bits === 0x80000000 ? 0 : bits;
}

export function vertexLow(x: number, y: number, z: number, seed: number): number {
  let h = Math.imul(seed ^ x, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ y, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 13) ^ z, 0xc2b2ae3d);
  return h ^ (h >>> 16);
}

export function vertexHigh(x: number, y: number, z: number, seed: number): number {
  let h = Math.imul(seed ^ z, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 14) ^ x, 0x165667b1);
  h = Math.imul(h ^ (h >>> 16) ^ y, 0xcc9e2d51);
  return h ^ (h >>> 15);
}

/** Of the edge from → to, minus that of the edge to → from: swapping the ends changes the sign only. */
export function edgeLow(from: number, to: number): number {
  let h = Math.imul(from ^ to, 0x1b873593) ^ (from + to);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h ^= h >>> 13;
  return from < to ? h : from === to ? 0 : -h;
}

export function edgeHigh(from: number, to: number): number {
  let h = Math.imul(from ^ to, 0x7feb352d) ^ (from + to);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  h ^= h >>> 16;
  return from < to ? h : from === to ? 0 : -h;
}
