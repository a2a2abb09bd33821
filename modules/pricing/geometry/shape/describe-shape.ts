import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { sampleSurface } from '../thickness/samples.ts';
import { distanceHistogram } from './distance-histogram.ts';
import { frameOf, OUTLINE_POINTS, type Outline } from './outline.ts';
import { type Moments, momentsOf } from './surface-moments.ts';
import { symmetricEigen, type Vector } from './symmetric-eigen.ts';
import { wallQuantiles } from './wall-quantiles.ts';

/** What a shape is known by, wherever it stands, however it is turned and whatever its unit is. */
export interface ShapeDescriptor {
  /**
   * V/L³; three eigenvalues of the surface's covariance /L² and three of the body's, smallest first; |mean r²x| /L³; mean r⁴
   * /L⁴; largest r /L; with L = √area. Exact integrals: two triangulations of one shape have the same.
   */
  vector: number[];
  /** Of the vector a = mean r²x and the covariance M: det[a, Ma, M²a] by their lengths. A mirror image has the opposite. */
  chirality: number;
  /** ln(area), file units. */
  logArea: number;
  /** How often two points of the surface lie so far apart (`distanceHistogram`): for similar shapes only. */
  distances: number[];
  /** Wall thickness at rising shares of the area, /L; empty where walls were not measured. */
  walls: number[];
  outline: Outline;
}

/** Any number: the same points for the same file. */
const SAMPLE_SEED = 20_260_101;

/** Null for a mesh without area. `thickness` is the report's. */
export function describeShape(mesh: Mesh, thickness: Thickness | null = null): ShapeDescriptor | null {
  const moments = momentsOf(mesh);
  if (!moments) return null;
  const length = Math.sqrt(moments.area);
  const samples = sampleSurface(mesh, OUTLINE_POINTS, SAMPLE_SEED);
  return {
    vector: vectorOf(moments, length),
    chirality: chiralityOf(moments, length),
    logArea: Math.log(moments.area),
    distances: distanceHistogram(samples.points, moments.radius),
    walls: thickness ? wallQuantiles(thickness.curve, length) : [],
    outline: {
      ...frameOf(mesh, moments),
      points: Float32Array.from(samples.points),
      normals: Float32Array.from(samples.normals),
    },
  };
}

function vectorOf({ surface, body, third, fourth, radius, volume }: Moments, length: number): number[] {
  const square = length * length;
  const values = (moment: number[]) => symmetricEigen(moment).values.map((value) => value / square);
  return [
    volume / length ** 3,
    ...values(surface),
    ...(body ? values(body) : [0, 0, 0]),
    Math.hypot(...third) / length ** 3,
    fourth / length ** 4,
    radius / length,
  ];
}

/** Below this share of L³ the vector a is noise. */
const NO_DIRECTION = 1e-6;

function chiralityOf({ surface, third }: Moments, length: number): number {
  if (Math.hypot(...third) < NO_DIRECTION * length ** 3) return 0;
  const a = unit(third);
  const b = times(surface, a);
  const c = times(surface, b);
  const size = Math.hypot(...b) * Math.hypot(...c);
  return size === 0 ? 0 : determinant(a, b, c) / size;
}

function unit(v: Vector): Vector {
  const size = Math.hypot(...v);
  return [v[0] / size, v[1] / size, v[2] / size];
}

function times(m: readonly number[], [x, y, z]: Vector): Vector {
  const [xx, xy, xz, yy, yz, zz] = m as [number, number, number, number, number, number];
  return [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z];
}

function determinant(a: Vector, b: Vector, c: Vector): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}
