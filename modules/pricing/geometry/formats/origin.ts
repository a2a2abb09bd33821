export type Point = readonly [number, number, number];

export const ORIGIN: Point = [0, 0, 0];

/** From here on a float's last place is coarser than 0.00003 units: a text can say more than it holds. */
const FAR = 256;

/**
 * What to take away from every coordinate of a mesh before it is rounded to 32 bits: nothing for a model near the origin,
 * whole numbers near its first vertex otherwise. Whole, so that what was exact in 32 bits stays exact.
 */
export function originFor(x: number, y: number, z: number): Point {
  if (!(Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) >= FAR)) return ORIGIN;
  return [Math.round(x), Math.round(y), Math.round(z)];
}
