/** Where the picture of a model is taken from. No perspective. */
export type Vector = readonly [number, number, number];

export interface Camera {
  width: number;
  height: number;
  right: Vector;
  up: Vector;
  /** From the model to the eye. */
  out: Vector;
  /** Pixels per unit. */
  scale: number;
  /** What lies in the middle of the picture. */
  middle: Vector;
}

const MARGIN = 0.06;
/** Where one stands when nothing else calls for attention: a little above, a little to the right. */
const USUAL: Vector = [0.54, -0.73, 0.42];
/** The other corners to look from. */
const OTHERS: readonly Vector[] = [
  [-0.54, -0.73, 0.42],
  [0.73, 0.54, 0.42],
  [-0.73, 0.54, 0.42],
  [0.54, -0.73, -0.42],
  [-0.54, 0.73, -0.42],
];
/** How squarely a place must face the eye to be told from its colour: cosine of 66°. */
const FACING = 0.4;
/** How much the view turns towards a place that no corner shows. */
const TOWARDS = 1.3;

/** A view that holds all of the model and, where there is a way, shows the spot unhidden. */
export function cameraTowards(
  positions: Float32Array,
  { width, height }: { width: number; height: number },
  spot: { place: readonly number[]; normal: Vector } | null,
  isSeen: (place: readonly number[], direction: readonly number[]) => boolean = () => true,
): Camera {
  const out = directionTo(spot, isSeen);
  const right = unit(cross([0, 0, 1], out), [1, 0, 0]);
  const up = cross(out, right);
  const { low, high } = extentAlong(positions, [right, up, out]);
  const margin = 1 - 2 * MARGIN;
  const scale =
    margin * Math.min(width / Math.max(high[0] - low[0], 1e-30), height / Math.max(high[1] - low[1], 1e-30));
  const mid = [0, 1, 2].map((k) => (low[k]! + high[k]!) / 2);
  const middle = [0, 1, 2].map((k) => mid[0]! * right[k]! + mid[1]! * up[k]! + mid[2]! * out[k]!);
  return { width, height, right, up, out, scale, middle: middle as unknown as Vector };
}

function directionTo(
  spot: { place: readonly number[]; normal: Vector } | null,
  isSeen: (place: readonly number[], direction: readonly number[]) => boolean,
): Vector {
  const usual = unit(USUAL, USUAL);
  if (!spot) return usual;
  const corners = [USUAL, ...OTHERS].map((corner) => unit(corner, usual));
  const turned = corners.map((corner) => unit(plus(corner, spot.normal, TOWARDS), corner));
  const ways = [...corners, ...turned, unit(plus(spot.normal, usual, 0.15), usual)];
  const shows = (way: Vector) => dot(way, spot.normal) > FACING && isSeen(spot.place, way);
  return ways.find(shows) ?? turned[0]!;
}

function extentAlong(positions: Float32Array, axes: readonly [Vector, Vector, Vector]): { low: Vector; high: Vector } {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < 3; k++) {
    const [x, y, z] = axes[k]!;
    for (let at = 0; at < positions.length; at += 3) {
      const along = positions[at]! * x + positions[at + 1]! * y + positions[at + 2]! * z;
      if (along < low[k]!) low[k] = along;
      if (along > high[k]!) high[k] = along;
    }
  }
  return { low, high };
}

/** Every corner as it is seen: pixels to the right, upwards, and towards the eye. */
export function projected(
  positions: Float32Array,
  { width, height, right, up, out, scale, middle }: Camera,
): Float32Array {
  const seen = new Float32Array(positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    const x = positions[at]! - middle[0];
    const y = positions[at + 1]! - middle[1];
    const z = positions[at + 2]! - middle[2];
    seen[at] = width / 2 + scale * (x * right[0] + y * right[1] + z * right[2]);
    // Upwards: a face that looks at the eye goes round to the left.
    seen[at + 1] = height / 2 + scale * (x * up[0] + y * up[1] + z * up[2]);
    seen[at + 2] = scale * (x * out[0] + y * out[1] + z * out[2]);
  }
  return seen;
}

/** The way back: writes where a pixel at this depth lies in the model. */
export function intoModel(
  { width, height, right, up, out, scale, middle }: Camera,
  x: number,
  y: number,
  depth: number,
  into: Float32Array,
  at: number,
): void {
  const [u, v] = [x - width / 2, y - height / 2];
  for (let k = 0; k < 3; k++) into[at + k] = middle[k]! + (u * right[k]! + v * up[k]! + depth * out[k]!) / scale;
}

function plus(a: Vector, b: Vector, times: number): Vector {
  return [a[0] + times * b[0], a[1] + times * b[1], a[2] + times * b[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(v: Vector, otherwise: Vector): Vector {
  const length = Math.sqrt(dot(v, v));
  return length > 1e-6 ? [v[0] / length, v[1] / length, v[2] / length] : otherwise;
}
