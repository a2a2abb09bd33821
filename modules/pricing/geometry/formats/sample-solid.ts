export type Corner = readonly [number, number, number];

/** A closed body as polygons, with its exact volume. */
export interface SampleSolid {
  vertices: readonly Corner[];
  /** Anticlockwise from outside; some have dents. */
  polygons: readonly (readonly number[])[];
  /** The same surface cut into triangles by hand. */
  triangles: readonly (readonly [number, number, number])[];
  volume: number;
}

/** Of an L, with a corner that a fan would cut off when begun anywhere else. */
const OUTLINE = [
  [0, 0],
  [3, 0],
  [3, 1],
  [1, 1],
  [1, 3],
  [0, 3],
] as const;
const HEIGHT = 2;
/** Fans from the corner inside: every triangle lies within the L. */
const CAP = [
  [3, 4, 5],
  [3, 5, 0],
  [3, 0, 1],
  [3, 1, 2],
] as const;

/** An L-shaped bar of volume 10: two polygons with a dent, six quads. All coordinates are exact in 32 bits. */
export function sampleBar(): SampleSolid {
  const around = OUTLINE.length;
  const vertices = [0, HEIGHT].flatMap((z) => OUTLINE.map(([x, y]): Corner => [x, y, z]));
  const sides = OUTLINE.map((_, k) => [k, (k + 1) % around, around + ((k + 1) % around), around + k]);
  const bottom = OUTLINE.map((_, k) => around - 1 - k);
  const top = OUTLINE.map((_, k) => around + k);
  const triangles = [
    ...CAP.map(([a, b, c]) => [c, b, a] as const),
    ...CAP.map(([a, b, c]) => [around + a, around + b, around + c] as const),
    ...sides.flatMap(([a, b, c, d]) => [[a!, b!, c!] as const, [a!, c!, d!] as const]),
  ];
  return { vertices, polygons: [bottom, top, ...sides], triangles, volume: 5 * HEIGHT };
}
