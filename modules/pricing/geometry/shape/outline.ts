import type { Mesh } from '../mesh.ts';
import type { Moments } from './surface-moments.ts';
import { symmetricEigen, type Vector } from './symmetric-eigen.ts';

/** Points that two shapes are compared by. */
export const OUTLINE_POINTS = 2048;

/** How a shape lies in its file: principal axes and two corners that stand out, all that aligning it needs. */
export interface Frame {
  centroid: Vector;
  /** Unit vectors, by rising eigenvalue of the surface's covariance; right-handed. */
  axes: [Vector, Vector, Vector];
  /** Those eigenvalues, square file units. */
  values: Vector;
  /** From the centroid to the corner furthest from it. */
  far: Vector;
  /** From the centroid to the corner furthest from the line through it and `far`. */
  wide: Vector;
}

/** A shape as it is compared with another one: its frame, and points of its surface. */
export interface Outline extends Frame {
  /** x, y, z, file units. */
  points: Float32Array;
  /** Of the face under each point, outwards, of length one. */
  normals: Float32Array;
}

export function frameOf(mesh: Mesh, { centroid, surface }: Pick<Moments, 'centroid' | 'surface'>): Frame {
  const { values, vectors } = symmetricEigen(surface);
  const [a, b] = vectors;
  const far = mostOf(mesh, centroid, lengthSquared);
  return {
    centroid,
    axes: [a, b, cross(a, b)],
    values,
    far,
    wide: mostOf(mesh, centroid, (v) => lengthSquared(cross(v, far))),
  };
}

function mostOf({ positions: p }: Mesh, [x, y, z]: Vector, measure: (v: Vector) => number): Vector {
  let best: Vector = [0, 0, 0];
  let most = -1;
  const v: Vector = [0, 0, 0];
  for (let i = 0; i < p.length; i += 3) {
    v[0] = p[i]! - x;
    v[1] = p[i + 1]! - y;
    v[2] = p[i + 2]! - z;
    const value = measure(v);
    if (value <= most) continue;
    most = value;
    best = [v[0], v[1], v[2]];
  }
  return best;
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function lengthSquared(v: Vector): number {
  return dot(v, v);
}

const NUMBERS = 21;
const BYTES_A_POINT = 24;

/** As bytes: 21 doubles, then six floats a point. */
export function packOutline({ centroid, axes, values, far, wide, points, normals }: Outline): Uint8Array {
  const head = Float64Array.from([...centroid, ...axes.flat(), ...values, ...far, ...wide]);
  const bytes = new Uint8Array(head.byteLength + points.byteLength + normals.byteLength);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(new Uint8Array(points.buffer, points.byteOffset, points.byteLength), head.byteLength);
  bytes.set(
    new Uint8Array(normals.buffer, normals.byteOffset, normals.byteLength),
    head.byteLength + points.byteLength,
  );
  return bytes;
}

/** The other way round. */
export function unpackOutline(packed: Uint8Array): Outline {
  const bytes = packed.slice();
  const head = new Float64Array(bytes.buffer, 0, NUMBERS);
  const at = (n: number): Vector => [head[n]!, head[n + 1]!, head[n + 2]!];
  const from = head.byteLength;
  const count = Math.floor((bytes.length - from) / BYTES_A_POINT);
  return {
    centroid: at(0),
    axes: [at(3), at(6), at(9)],
    values: at(12),
    far: at(15),
    wide: at(18),
    points: new Float32Array(bytes.buffer, from, count * 3),
    normals: new Float32Array(bytes.buffer, from + count * 12, count * 3),
  };
}
