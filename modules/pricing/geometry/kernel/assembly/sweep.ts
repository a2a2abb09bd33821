import { around, faceBoundary, mixAgain, mixCorner, mixFace } from './vertex-hash';

// Places of the sums at `out`, eight bytes each; kernel/sweep.ts names them too.
const VOLUME: usize = 0;
const AREA: usize = 8;
const NORMAL: usize = 16;
const FIRST: usize = 40;
const SECOND: usize = 64;
const OVERHANG: usize = 112;
const LOWEST_Z: usize = 120;
const LOWEST_AREA: usize = 128;
const MIN: usize = 136;
const MAX: usize = 160;
const BOUNDARY: usize = 184;
const PRINT: usize = 192;

/** Where the corners of two triangles are put for hashing, within `spare`. */
const CORNERS: usize = 64;

/** A face hangs over when its normal points down by more than 45°. */
const COS_45: f64 = 0.7071067811865476;

/**
 * Sums over `count` triangles, the first of which begins at `at`, the next one `stride` bytes further. Writes them to `out`.
 * `keys`: x, y, z of the reference corner (f64), then the keys of the hash (u64): two of the job, four of the fingerprint.
 * Up to 16 bytes behind the last triangle are read, and ignored; 160 bytes at `spare` are written.
 */
export function sums(at: usize, count: u32, stride: usize, out: usize, keys: usize, spare: usize): void {
  sweepBlock(at, count, stride, out, keys, spare, false);
}

/** The same, with the fingerprint. */
export function sumsWithPrint(at: usize, count: u32, stride: usize, out: usize, keys: usize, spare: usize): void {
  sweepBlock(at, count, stride, out, keys, spare, true);
}

// @ts-ignore: decorator
@inline
function sum(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** x of triangle A and B as doubles, from the reference on; the same for y. */
// @ts-ignore: decorator
@inline
function firstPair(xyPairs: v128, reference: v128): v128 {
  return f64x2.sub(f64x2.promote_low_f32x4(xyPairs), reference);
}

// @ts-ignore: decorator
@inline
function secondPair(pairs: v128, reference: v128): v128 {
  return f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(pairs, pairs, 1, 1)), reference);
}

// @ts-ignore: decorator
@inline
function sweepBlock(
  at: usize,
  count: u32,
  stride: usize,
  out: usize,
  keys: usize,
  spare: usize,
  withPrint: bool,
): void {
  const rx = v128.load64_splat(keys);
  const ry = v128.load64_splat(keys, 8);
  const rz = v128.load64_splat(keys, 16);
  const k0 = load<u64>(keys + (withPrint ? 40 : 24));
  const k1 = load<u64>(keys + (withPrint ? 48 : 32));
  const k2 = load<u64>(keys, 56);
  const k3 = load<u64>(keys, 64);
  const j0 = load<u64>(keys, 24);
  const j1 = load<u64>(keys, 32);
  const zero = f32x4.splat(0);
  const nought = f64x2.splat(0);
  const minusCos = f64x2.splat(-COS_45);

  let volume = f64x2.splat(0);
  let area = f64x2.splat(0);
  let normalX = f64x2.splat(0);
  let normalY = f64x2.splat(0);
  let normalZ = f64x2.splat(0);
  let firstX = f64x2.splat(0);
  let firstY = f64x2.splat(0);
  let firstZ = f64x2.splat(0);
  let xx = f64x2.splat(0);
  let yy = f64x2.splat(0);
  let zz = f64x2.splat(0);
  let xy = f64x2.splat(0);
  let yz = f64x2.splat(0);
  let zx = f64x2.splat(0);
  let overhang = f64x2.splat(0);
  let lowestZ = Infinity;
  let lowestArea: f64 = 0;
  let min = f32x4.splat(Infinity);
  let max = f32x4.splat(-Infinity);
  let boundary: u64 = 0;
  let printLow: u64 = 0;
  let printHigh: u64 = 0;

  for (let i: u32 = 0; i < count; i += 2) {
    const p = at + <usize>i * stride;
    let q = p + stride;
    const isLast = i + 1 == count;
    if (isLast) {
      // An odd one is paired with a point: nothing in any sum, nothing new in the box.
      const point = v128.load(p);
      v128.store(spare, point);
      v128.store(spare, point, 12);
      v128.store(spare, point, 24);
      q = spare;
    }
    // Adding 0 turns −0 into 0.
    const pa = f32x4.add(v128.load(p), zero);
    const pb = f32x4.add(v128.load(p, 12), zero);
    const pc = f32x4.add(v128.load(p, 24), zero);
    const qa = f32x4.add(v128.load(q), zero);
    const qb = f32x4.add(v128.load(q, 12), zero);
    const qc = f32x4.add(v128.load(q, 24), zero);

    // The hash takes the corners from memory: cheaper than lane by lane out of vectors, whose ports the sums keep busy.
    v128.store(spare, pa, CORNERS);
    v128.store(spare, pb, CORNERS + 16);
    v128.store(spare, pc, CORNERS + 32);
    v128.store(spare, qa, CORNERS + 48);
    v128.store(spare, qb, CORNERS + 64);
    v128.store(spare, qc, CORNERS + 80);
    min = f32x4.pmin(min, f32x4.pmin(f32x4.pmin(f32x4.pmin(pa, pb), pc), f32x4.pmin(f32x4.pmin(qa, qb), qc)));
    max = f32x4.pmax(max, f32x4.pmax(f32x4.pmax(f32x4.pmax(pa, pb), pc), f32x4.pmax(f32x4.pmax(qa, qb), qc)));

    let xyPairs = v128.shuffle<i32>(pa, qa, 0, 4, 1, 5);
    const ax = firstPair(xyPairs, rx);
    const ay = secondPair(xyPairs, ry);
    const az = firstPair(v128.shuffle<i32>(pa, qa, 2, 6, 3, 7), rz);
    xyPairs = v128.shuffle<i32>(pb, qb, 0, 4, 1, 5);
    const bx = firstPair(xyPairs, rx);
    const by = secondPair(xyPairs, ry);
    const bz = firstPair(v128.shuffle<i32>(pb, qb, 2, 6, 3, 7), rz);
    xyPairs = v128.shuffle<i32>(pc, qc, 0, 4, 1, 5);
    const cx = firstPair(xyPairs, rx);
    const cy = secondPair(xyPairs, ry);
    const cz = firstPair(v128.shuffle<i32>(pc, qc, 2, 6, 3, 7), rz);

    const ux = f64x2.sub(bx, ax);
    const uy = f64x2.sub(by, ay);
    const uz = f64x2.sub(bz, az);
    const vx = f64x2.sub(cx, ax);
    const vy = f64x2.sub(cy, ay);
    const vz = f64x2.sub(cz, az);
    const nx = f64x2.sub(f64x2.mul(uy, vz), f64x2.mul(uz, vy));
    const ny = f64x2.sub(f64x2.mul(uz, vx), f64x2.mul(ux, vz));
    const nz = f64x2.sub(f64x2.mul(ux, vy), f64x2.mul(uy, vx));
    const six = f64x2.add(f64x2.add(f64x2.mul(ax, nx), f64x2.mul(ay, ny)), f64x2.mul(az, nz));
    const two = f64x2.sqrt(f64x2.add(f64x2.add(f64x2.mul(nx, nx), f64x2.mul(ny, ny)), f64x2.mul(nz, nz)));
    volume = f64x2.add(volume, six);
    area = f64x2.add(area, two);
    normalX = f64x2.add(normalX, nx);
    normalY = f64x2.add(normalY, ny);
    normalZ = f64x2.add(normalZ, nz);

    const abx = f64x2.add(ax, bx);
    const aby = f64x2.add(ay, by);
    const abz = f64x2.add(az, bz);
    const bcx = f64x2.add(bx, cx);
    const bcy = f64x2.add(by, cy);
    const bcz = f64x2.add(bz, cz);
    const cax = f64x2.add(cx, ax);
    const cay = f64x2.add(cy, ay);
    const caz = f64x2.add(cz, az);
    const sx = f64x2.add(abx, cx);
    const sy = f64x2.add(aby, cy);
    const sz = f64x2.add(abz, cz);
    firstX = f64x2.add(firstX, f64x2.mul(six, sx));
    firstY = f64x2.add(firstY, f64x2.mul(six, sy));
    firstZ = f64x2.add(firstZ, f64x2.mul(six, sz));
    xx = f64x2.add(xx, f64x2.mul(six, products(abx, abx, bcx, bcx, cax, cax)));
    yy = f64x2.add(yy, f64x2.mul(six, products(aby, aby, bcy, bcy, cay, cay)));
    zz = f64x2.add(zz, f64x2.mul(six, products(abz, abz, bcz, bcz, caz, caz)));
    xy = f64x2.add(xy, f64x2.mul(six, products(abx, aby, bcx, bcy, cax, cay)));
    yz = f64x2.add(yz, f64x2.mul(six, products(aby, abz, bcy, bcz, cay, caz)));
    zx = f64x2.add(zx, f64x2.mul(six, products(abz, abx, bcz, bcx, caz, cax)));

    const hangs = f64x2.lt(nz, f64x2.mul(two, minusCos));
    const hanging = v128.and(hangs, two);
    overhang = f64x2.add(overhang, hanging);
    // Faces that lie flat on the lowest plane so far: what the part stands on hangs over nothing.
    const flat = v128.and(hangs, v128.and(f64x2.eq(uz, nought), f64x2.eq(vz, nought)));
    if (v128.any_true(flat)) {
      const z = <f64>f32x4.extract_lane(pa, 2);
      if (i64x2.extract_lane(flat, 0) != 0 && z <= lowestZ) {
        lowestArea = f64x2.extract_lane(two, 0) + (z < lowestZ ? 0 : lowestArea);
        lowestZ = z;
      }
      const otherZ = <f64>f32x4.extract_lane(qa, 2);
      if (i64x2.extract_lane(flat, 1) != 0 && otherZ <= lowestZ) {
        lowestArea = f64x2.extract_lane(two, 1) + (otherZ < lowestZ ? 0 : lowestArea);
        lowestZ = otherZ;
      }
    }

    if (withPrint) {
      {
        const g0 = corner(spare + CORNERS, k0, k1), g1 = corner(spare + CORNERS + 16, k0, k1), g2 = corner(spare + CORNERS + 32, k0, k1);
        const h0 = turned(spare + CORNERS, k2, k3), h1 = turned(spare + CORNERS + 16, k2, k3), h2 = turned(spare + CORNERS + 32, k2, k3);
        const along = around(g0, h0, g1, h1, g2, h2);
        const against = around(h0, g0, h1, g1, h2, g2);
        printLow += mixFace(along, against);
        printHigh += mixFace(against ^ k1, along ^ k3);
        boundary += faceBoundary(g0 ^ j0, h0 ^ j1, g1 ^ j0, h1 ^ j1, g2 ^ j0, h2 ^ j1);
      }
      if (!isLast) {
        const g0 = corner(spare + CORNERS + 48, k0, k1), g1 = corner(spare + CORNERS + 64, k0, k1), g2 = corner(spare + CORNERS + 80, k0, k1);
        const h0 = turned(spare + CORNERS + 48, k2, k3), h1 = turned(spare + CORNERS + 64, k2, k3), h2 = turned(spare + CORNERS + 80, k2, k3);
        const along = around(g0, h0, g1, h1, g2, h2);
        const against = around(h0, g0, h1, g1, h2, g2);
        printLow += mixFace(along, against);
        printHigh += mixFace(against ^ k1, along ^ k3);
        boundary += faceBoundary(g0 ^ j0, h0 ^ j1, g1 ^ j0, h1 ^ j1, g2 ^ j0, h2 ^ j1);
      }
    } else {
      const g0 = corner(spare + CORNERS, k0, k1), g1 = corner(spare + CORNERS + 16, k0, k1), g2 = corner(spare + CORNERS + 32, k0, k1);
      boundary += faceBoundary(g0, mixAgain(g0), g1, mixAgain(g1), g2, mixAgain(g2));
      const h0 = corner(spare + CORNERS + 48, k0, k1), h1 = corner(spare + CORNERS + 64, k0, k1), h2 = corner(spare + CORNERS + 80, k0, k1);
      boundary += faceBoundary(h0, mixAgain(h0), h1, mixAgain(h1), h2, mixAgain(h2));
    }
  }

  store<f64>(out, sum(volume), VOLUME);
  store<f64>(out, sum(area), AREA);
  store<f64>(out, sum(normalX), NORMAL);
  store<f64>(out, sum(normalY), NORMAL + 8);
  store<f64>(out, sum(normalZ), NORMAL + 16);
  store<f64>(out, sum(firstX), FIRST);
  store<f64>(out, sum(firstY), FIRST + 8);
  store<f64>(out, sum(firstZ), FIRST + 16);
  store<f64>(out, sum(xx), SECOND);
  store<f64>(out, sum(yy), SECOND + 8);
  store<f64>(out, sum(zz), SECOND + 16);
  store<f64>(out, sum(xy), SECOND + 24);
  store<f64>(out, sum(yz), SECOND + 32);
  store<f64>(out, sum(zx), SECOND + 40);
  store<f64>(out, sum(overhang), OVERHANG);
  store<f64>(out, lowestZ, LOWEST_Z);
  store<f64>(out, lowestArea, LOWEST_AREA);
  store<f64>(out, f32x4.extract_lane(min, 0), MIN);
  store<f64>(out, f32x4.extract_lane(min, 1), MIN + 8);
  store<f64>(out, f32x4.extract_lane(min, 2), MIN + 16);
  store<f64>(out, f32x4.extract_lane(max, 0), MAX);
  store<f64>(out, f32x4.extract_lane(max, 1), MAX + 8);
  store<f64>(out, f32x4.extract_lane(max, 2), MAX + 16);
  store<u64>(out, boundary, BOUNDARY);
  store<u64>(out, printLow, PRINT);
  store<u64>(out, printHigh, PRINT + 8);
}

// @ts-ignore: decorator
@inline
function products(a: v128, i: v128, b: v128, j: v128, c: v128, k: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(a, i), f64x2.mul(b, j)), f64x2.mul(c, k));
}

/** The corner at `xyz`. */
// @ts-ignore: decorator
@inline
function corner(xyz: usize, key: u64, otherKey: u64): u64 {
  return mixCorner(load<u64>(xyz), load<u32>(xyz, 8), key, otherKey);
}

/** The same corner as y, z and x: other bits meet in the first multiplication. */
// @ts-ignore: decorator
@inline
function turned(xyz: usize, key: u64, otherKey: u64): u64 {
  return mixCorner(load<u64>(xyz, 4), load<u32>(xyz), key, otherKey);
}
