/** Places just below and just above the surface, spread over each shell by area: `wind` tells how often the mesh winds about them. */
import { SLANT_X, SLANT_Y } from './topology-nesting';
import { coordinate, positions, triangles } from './topology-state';

/** A place belongs to no shell: all of them wind about it. */
const NO_SHELL: u32 = 0xffff_ffff;
/** The view tells nothing certain about what lies under a face that it sees so slantingly. */
const SLANTING: f64 = 1e-3;

/**
 * Writes points (as `placeSamples` does, two a place) and the shell of each to `owners` (u32), `room` points at most; returns
 * how many there are then. A face has as many places as `perArea` of its shell (f64 each, per twice the area) says. Where they
 * lie depends on the face's corners, not on the order of the file.
 */
export function pickPlaces(
  first: u32,
  count: u32,
  shellOf: usize,
  perArea: usize,
  depth: f64,
  points: usize,
  owners: usize,
  held: u32,
  room: u32,
): u32 {
  for (let face = first; face < first + count; face++) {
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
    const twice = sqrt(nx * nx + ny * ny + nz * nz);
    const shell = load<u32>(shellOf + ((<usize>face) << 2));
    const wanted = twice * load<f64>(perArea + ((<usize>shell) << 3));
    const series = cornerHash(a) + cornerHash(b) + cornerHash(c);
    if (wanted < 1 && randomOf(series, 0) >= wanted) continue;
    if (!(abs(SLANT_X * nx + SLANT_Y * ny + nz) > SLANTING * twice)) continue;
    const places = <u32>max(1, nearest(wanted));
    for (let n: u32 = 0; n < places && held + 2 <= room; n++) {
      const root = sqrt(randomOf(series, 2 * n + 1));
      const across = randomOf(series, 2 * n + 2);
      const s = root * (1 - across);
      const t = root * across;
      const x = ax + s * bx + t * cx;
      const y = ay + s * by + t * cy;
      const z = az + s * bz + t * cz;
      const by1 = depth / twice;
      write(points, owners, held++, x - by1 * nx, y - by1 * ny, z - by1 * nz, shell);
      write(points, owners, held++, x + by1 * nx, y + by1 * ny, z + by1 * nz, shell);
    }
  }
  return held;
}

// @ts-ignore: decorator
@inline
function write(points: usize, owners: usize, i: u32, x: f64, y: f64, z: f64, shell: u32): void {
  const point = points + ((<usize>i) << 5);
  store<f64>(point, x - SLANT_X * z);
  store<f64>(point, y - SLANT_Y * z, 8);
  store<f64>(point, z, 16);
  store<u32>(point, NO_SHELL, 24);
  store<i32>(point, 0, 28);
  store<u32>(owners + ((<usize>i) << 2), shell);
}

// @ts-ignore: decorator
@inline
function cornerHash(corner: u32): u32 {
  const at = positions + <usize>corner * 12;
  let h: u32 = 0x9e3779b9;
  h = (h ^ load<u32>(at)) * 0x85ebca6b;
  h = (h ^ (h >>> 13) ^ load<u32>(at, 4)) * 0x85ebca6b;
  h = (h ^ (h >>> 13) ^ load<u32>(at, 8)) * 0x85ebca6b;
  return (h ^ (h >>> 16)) * 0xc2b2ae35;
}

/** The `n`-th number from 0 to 1 of a series (mulberry32 at any place of it). */
function randomOf(series: u32, n: u32): f64 {
  let t: u32 = series + (n + 1) * 0x6d2b79f5;
  t = (t ^ (t >>> 15)) * (t | 1);
  t ^= t + (t ^ (t >>> 7)) * (t | 61);
  return <f64>(t ^ (t >>> 14)) / 4294967296.0;
}
