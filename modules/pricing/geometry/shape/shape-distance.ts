import type { ShapeDescriptor } from './describe-shape.ts';

/** What a shape is proposed by. */
export type Known = Pick<ShapeDescriptor, 'vector' | 'chirality' | 'logArea'>;

/** Lengths that are taken for one another: millimetres, centimetres, inches, feet, metres. */
export const UNIT_RATIOS = [1, 10, 25.4, 304.8, 1000] as const;
/** Further apart than this, two vectors are of different shapes. */
export const SAME_SHAPE = 1e-5;
/** How far logarithms of the same area may be apart. */
export const SAME_AREA = 4e-5;
/** Below this a hand is not clear. */
const CLEAR_HAND = 1e-4;

export interface Proposal {
  distance: number;
  /** What the lengths of `other` are multiplied by to get those of `own`. */
  scale: number;
  /** Null: not clear from the numbers alone. */
  mirrored: boolean | null;
}

/** Whether `other` may be `own`, moved, turned, mirrored or in another unit; null: it is something else. */
export function proposalOf(own: Known, other: Known): Proposal | null {
  const distance = vectorDistance(own.vector, other.vector);
  const scale = unitScales().find((each) => Math.abs(own.logArea - other.logArea - 2 * Math.log(each)) <= SAME_AREA);
  if (scale === undefined || distance > SAME_SHAPE) return null;
  const isClear = Math.min(Math.abs(own.chirality), Math.abs(other.chirality)) > CLEAR_HAND;
  return { distance, scale, mirrored: isClear ? own.chirality * other.chirality < 0 : null };
}

/** Each ratio of units, and its inverse. */
export function unitScales(): number[] {
  return [...new Set(UNIT_RATIOS.flatMap((ratio) => [ratio, 1 / ratio]))];
}

export function vectorDistance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0));
}

/** What weighs how much where shapes are only similar: the vector, the distances of points, and the walls. */
const WEIGHTS = { vector: 4, distances: 1, walls: 2 };

export type Resembled = Pick<ShapeDescriptor, 'vector' | 'distances' | 'walls'>;

/** How unlike two shapes are, whatever their size: 0 for the same; about 0.1 and less for what a person calls similar. */
export function unlikeness(a: Resembled, b: Resembled): number {
  const pairs = a.distances.reduce((sum, share, k) => sum + Math.abs(share - (b.distances[k] ?? 0)), 0) / 2;
  const withWalls = a.walls.length > 0 && a.walls.length === b.walls.length;
  const walls = withWalls
    ? a.walls.reduce((sum, wall, k) => sum + Math.abs(wall - b.walls[k]!), 0) / a.walls.length
    : 0;
  return WEIGHTS.vector * vectorDistance(a.vector, b.vector) + WEIGHTS.distances * pairs + WEIGHTS.walls * walls;
}
