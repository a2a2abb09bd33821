/**
 * Hashing of corners, edges and faces for the sums of pass 1. All sums are mod 2^64, so neither the order of faces nor the
 * number of workers matters; all keys are secret, so nobody can make a file whose sums cancel on purpose.
 *
 * A corner becomes two 64-bit numbers P and Q. A directed edge counts `P(a)Q(b) − Q(a)P(b)`: swapping the ends changes the
 * sign and nothing else. Over the boundary of a mesh that is a polynomial in which every edge has monomials of its own,
 * with the number of times by which its two directions differ as coefficient. It is the zero polynomial exactly when the
 * boundary is empty, and otherwise zero for about one in 2^63 choices of P and Q. The three edges of a face add up to one
 * 2×2 determinant, two multiplications in all; where two corners are the same it is exactly zero.
 *
 * That needs P and Q that look chosen at random, independently of each other and of the coordinates. Coordinates of real
 * parts are nothing like random (round numbers that differ in their highest bits only; halves that mirror each other), and
 * a multiplication carries upwards only, so every one is followed by a shift that brings the high bits down.
 */

const M1: u64 = 0xbf58476d1ce4e5b9;
const M2: u64 = 0x94d049bb133111eb;
const M3: u64 = 0x9e3779b97f4a7c15;
const M4: u64 = 0xd6e8feb86659fd93;

/**
 * 64 bits of a corner: two of its coordinates' patterns in `pair`, one in `third`. No shift at the end: the lowest bits
 * already come from bits 32 and up of a product, and a sum is zero only when all of its bits are.
 */
// @ts-ignore: decorator
@inline
export function mixCorner(pair: u64, third: u64, key: u64, otherKey: u64): u64 {
  let h = pair ^ key;
  h = (h ^ (h >> 32)) * M1;
  h = (h ^ (h >> 32)) + (third ^ otherKey);
  h = (h ^ (h >> 29)) * M2;
  return (h ^ (h >> 32)) * M3;
}

/** Another 64 bits of a corner from its first ones: its lowest bits come from bits 29 and up of those. */
// @ts-ignore: decorator
@inline
export function mixAgain(h: u64): u64 {
  return (h ^ (h >> 29)) * M4;
}

/** What a face adds to the boundary: the sum of `P(a)Q(b) − Q(a)P(b)` over its edges a→b, b→c, c→a. */
// @ts-ignore: decorator
@inline
export function faceBoundary(pa: u64, qa: u64, pb: u64, qb: u64, pc: u64, qc: u64): u64 {
  return (pb - pa) * (qc - qa) - (pc - pa) * (qb - qa);
}

/** Of the six products over directed edges, those along the face; with P and Q swapped, those against it. The same from any corner on. */
// @ts-ignore: decorator
@inline
export function around(pa: u64, qa: u64, pb: u64, qb: u64, pc: u64, qc: u64): u64 {
  return pa * qb + pb * qc + pc * qa;
}

/** One lane of a face's 128-bit hash. Not symmetric: a face and its mirror image differ. */
// @ts-ignore: decorator
@inline
export function mixFace(along: u64, against: u64): u64 {
  let h = (along ^ (along >> 32)) * M1 + against;
  h = (h ^ (h >> 29)) * M2;
  h = (h ^ (h >> 32)) * M3;
  return h ^ (h >> 32);
}
