/** Corners lie on a grid of so many steps along each axis: then double precision can tell sides without any error. */
export const GRID = 2 ** 20;

/** A face of a hull: its normal as whole numbers, and a corner that it goes through. */
export interface Plane {
  nx: number;
  ny: number;
  nz: number;
  x: number;
  y: number;
  z: number;
}

/** Through three corners, at offsets of `p`; the normal to the side from which they run counter-clockwise. Below 2⁴². */
export function planeThrough(p: Float64Array, a: number, b: number, c: number): Plane {
  const [x, y, z] = [p[a]!, p[a + 1]!, p[a + 2]!];
  const [ux, uy, uz] = [p[b]! - x, p[b + 1]! - y, p[b + 2]! - z];
  const [vx, vy, vz] = [p[c]! - x, p[c + 1]! - y, p[c + 2]! - z];
  return { nx: uy * vz - uz * vy, ny: uz * vx - ux * vz, nz: ux * vy - uy * vx, x, y, z };
}

/** Three products of 62 bits lose less than this. */
const SURE = 2 ** 13;
const HALF = 2 ** 10;

/**
 * Above zero where the corner is on the outer side, zero exactly where it is in the plane, times the normal's length. The sign
 * is exact: where rounding could change it, the products are made of halves that fit into 53 bits.
 */
export function above(plane: Plane, p: Float64Array, i: number): number {
  const { nx, ny, nz } = plane;
  const dx = p[i]! - plane.x;
  const dy = p[i + 1]! - plane.y;
  const dz = p[i + 2]! - plane.z;
  const quick = nx * dx + ny * dy + nz * dz;
  if (quick > SURE || quick < -SURE) return quick;
  const [hx, hy, hz] = [Math.trunc(dx / HALF), Math.trunc(dy / HALF), Math.trunc(dz / HALF)];
  const high = nx * hx + ny * hy + nz * hz;
  const low = nx * (dx - hx * HALF) + ny * (dy - hy * HALF) + nz * (dz - hz * HALF);
  return high * HALF + low;
}
