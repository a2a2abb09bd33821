/**
 * Which shells lie in which: how often the shells around a point of a shell wind about it. Samples are taken a hair below
 * the surface, and looked at along one slanted direction; a grid over their projections keeps a face from meeting all of them.
 */
import { coordinate, triangles } from './topology-state';

/** Per shell: its largest face, and those furthest along ±x, ±y, ±z. A record: f64 how large or far, u32 face + 1, u32 empty. */
export const SAMPLES: u32 = 7;
const RECORD: usize = 16;

/** Of the view: no edge of a part that somebody draws is likely to run along it. */
export const SLANT_X: f64 = 0.2718281829;
export const SLANT_Y: f64 = 0.1414213563;

/** Looks for the samples of every shell among the faces; `records` was cleared. Faces below `leastArea` (twice the area) are passed over. */
export function pickSamples(first: u32, count: u32, shellOf: usize, records: usize, leastArea: f64): void {
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
    const area = sqrt(nx * nx + ny * ny + nz * nz);
    if (area <= leastArea) continue;
    const record = records + <usize>load<u32>(shellOf + ((<usize>face) << 2)) * (RECORD * SAMPLES);
    const x = 3 * ax + bx + cx;
    const y = 3 * ay + by + cy;
    const z = 3 * az + bz + cz;
    offer(record, area, face);
    offer(record + RECORD, x, face);
    offer(record + 2 * RECORD, -x, face);
    offer(record + 3 * RECORD, y, face);
    offer(record + 4 * RECORD, -y, face);
    offer(record + 5 * RECORD, z, face);
    offer(record + 6 * RECORD, -z, face);
  }
}

// @ts-ignore: decorator
@inline
function offer(record: usize, value: f64, face: u32): void {
  if (load<u32>(record, 8) != 0 && load<f64>(record) >= value) return;
  store<f64>(record, value);
  store<u32>(record, face + 1, 8);
}

/** Points from sample records: f64 u, v, depth; u32 shell; i32 winding (0). 32 bytes each; a depth of NaN where there is no face. */
export function placeSamples(first: u32, count: u32, records: usize, points: usize, depth: f64): void {
  for (let i = first; i < first + count; i++) {
    const point = points + ((<usize>i) << 5);
    const held = load<u32>(records + <usize>i * RECORD, 8);
    store<u32>(point, i / SAMPLES, 24);
    store<i32>(point, 0, 28);
    if (held == 0) {
      store<f64>(point, 0);
      store<f64>(point, 0, 8);
      store<f64>(point, NaN, 16);
      continue;
    }
    const at = triangles + <usize>(held - 1) * 12;
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
    const below = depth / sqrt(nx * nx + ny * ny + nz * nz);
    const x = ax + (bx + cx) / 3 - nx * below;
    const y = ay + (by + cy) / 3 - ny * below;
    const z = az + (bz + cz) / 3 - nz * below;
    store<f64>(point, x - SLANT_X * z);
    store<f64>(point, y - SLANT_Y * z, 8);
    store<f64>(point, z, 16);
  }
}

let points: usize = 0;
let order: usize = 0;
let cells: usize = 0;
let side: i32 = 0;
let minU: f64 = 0;
let minV: f64 = 0;
let perU: f64 = 0;
let perV: f64 = 0;

/** The grid: points in the order of `order` (u32), cell i from `cells`[i] to `cells`[i + 1]; `perU` cells a unit. */
export function beginWinding(
  pointsAt: usize,
  orderAt: usize,
  cellsAt: usize,
  cellsASide: i32,
  u: f64,
  v: f64,
  cellsPerU: f64,
  cellsPerV: f64,
): void {
  points = pointsAt;
  order = orderAt;
  cells = cellsAt;
  side = cellsASide;
  minU = u;
  minV = v;
  perU = cellsPerU;
  perV = cellsPerV;
}

// @ts-ignore: decorator
@inline
function cell(value: f64): i32 {
  return <i32>max(0, min(<f64>(side - 1), floor(value)));
}

/** Adds what the faces wind about the samples of other shells. Stops when `budget` is spent; returns what was spent. */
export function wind(first: u32, count: u32, shellOf: usize, budget: u32): u32 {
  let spent: u32 = 0;
  for (let face = first; face < first + count; face++) {
    const at = triangles + <usize>face * 12;
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const az = coordinate(a, 2);
    const bz = coordinate(b, 2);
    const cz = coordinate(c, 2);
    const au = coordinate(a, 0) - SLANT_X * az;
    const bu = coordinate(b, 0) - SLANT_X * bz;
    const cu = coordinate(c, 0) - SLANT_X * cz;
    const av = coordinate(a, 1) - SLANT_Y * az;
    const bv = coordinate(b, 1) - SLANT_Y * bz;
    const cv = coordinate(c, 1) - SLANT_Y * cz;
    const fromU = (min(au, min(bu, cu)) - minU) * perU;
    const toU = (max(au, max(bu, cu)) - minU) * perU;
    const fromV = (min(av, min(bv, cv)) - minV) * perV;
    const toV = (max(av, max(bv, cv)) - minV) * perV;
    if (toU < 0 || toV < 0 || fromU > <f64>side || fromV > <f64>side) continue;
    const shell = load<u32>(shellOf + ((<usize>face) << 2));
    const lastU = cell(toU);
    const lastV = cell(toV);
    for (let row = cell(fromV); row <= lastV; row++) {
      const start = cells + ((<usize>(row * side + cell(fromU))) << 2);
      const stop = cells + ((<usize>(row * side + lastU + 1)) << 2);
      const to = load<u32>(stop);
      spent++;
      for (let i = load<u32>(start); i < to; i++) {
        spent++;
        const point = points + ((<usize>load<u32>(order + ((<usize>i) << 2))) << 5);
        if (load<u32>(point, 24) == shell) continue;
        const u = load<f64>(point);
        const v = load<f64>(point, 8);
        const ab = leftOf(a, b, au, av, bu, bv, u, v);
        if (leftOf(b, c, bu, bv, cu, cv, u, v) != ab || leftOf(c, a, cu, cv, au, av, u, v) != ab) continue;
        const twice = (bu - au) * (cv - av) - (bv - av) * (cu - au);
        if (twice == 0) continue;
        const s = ((u - au) * (cv - av) - (v - av) * (cu - au)) / twice;
        const t = ((bu - au) * (v - av) - (bv - av) * (u - au)) / twice;
        const z = az + s * (bz - az) + t * (cz - az);
        if (!(z > load<f64>(point, 16))) continue;
        store<i32>(point, load<i32>(point, 28) + (twice > 0 ? 1 : -1), 28);
      }
      if (spent > budget) return spent;
    }
  }
  return spent;
}

/** The same answer, up to its sign, for both faces of an edge, also for a point exactly on it. */
// @ts-ignore: decorator
@inline
function leftOf(a: u32, b: u32, au: f64, av: f64, bu: f64, bv: f64, u: f64, v: f64): bool {
  return a < b
    ? (bu - au) * (v - av) - (bv - av) * (u - au) >= 0
    : !((au - bu) * (v - bv) - (av - bv) * (u - bu) >= 0);
}
