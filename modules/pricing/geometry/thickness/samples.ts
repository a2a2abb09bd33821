import type { Mesh } from '../mesh.ts';

/** Points of a surface, each standing for the same share of its area. */
export interface SurfaceSamples {
  count: number;
  /** What one sample stands for, square file units. */
  areaEach: number;
  /** x, y, z. */
  points: Float32Array;
  /** Of the face, outwards, of length one. */
  normals: Float32Array;
  faces: Uint32Array;
  /** Wall under the point; infinity: thick, or none that has an opposite. NaN: the point is not on the outside of the body. */
  thickness: Float32Array;
}

/**
 * About `count` points, each face as many as its share of the area asks for. Where they lie depends on the seed and on a
 * face's own corners, not on the order of the faces. None on a surface without area.
 */
export function sampleSurface(mesh: Mesh, count: number, seed: number): SurfaceSamples {
  const { positions: p, triangles } = mesh;
  const faces = triangles.length / 3;
  const normal: [number, number, number] = [0, 0, 0];
  let total = 0;
  for (let face = 0; face < faces; face++) total += faceNormal(p, triangles, face, normal) / 2;
  if (!(total > 0) || !Number.isFinite(total)) return emptySamples(0, 0);
  const bits = new Uint32Array(p.buffer, p.byteOffset, p.length);
  const starts = new Uint32Array(faces);
  const counts = new Uint32Array(faces);
  let sum = 0;
  for (let face = 0; face < faces; face++) {
    starts[face] = faceHash(bits, triangles, face, seed);
    const wanted = (faceNormal(p, triangles, face, normal) / 2 / total) * count;
    const whole = Math.floor(wanted);
    const each = whole + (randomOf(starts[face]!, 0) < wanted - whole ? 1 : 0);
    counts[face] = each;
    sum += each;
  }
  const samples = emptySamples(sum, sum > 0 ? total / sum : 0);
  let n = 0;
  for (let face = 0; face < faces; face++) {
    if (counts[face] === 0) continue;
    const length = faceNormal(p, triangles, face, normal);
    for (let k = 0; k < 3; k++) normal[k] = normal[k]! / length;
    for (let each = 0; each < counts[face]!; each++, n++) {
      samples.faces[n] = face;
      samples.normals.set(normal, n * 3);
      place(samples.points, n * 3, p, triangles, face, [
        (randomOf(starts[face]!, 1) + each * EVENLY[0]) % 1,
        (randomOf(starts[face]!, 2) + each * EVENLY[1]) % 1,
      ]);
    }
  }
  return samples;
}

function emptySamples(count: number, areaEach: number): SurfaceSamples {
  return {
    count,
    areaEach,
    points: new Float32Array(count * 3),
    normals: new Float32Array(count * 3),
    faces: new Uint32Array(count),
    thickness: new Float32Array(count).fill(Number.NaN),
  };
}

/** Steps of the series that fills a square most evenly (Roberts, R2): 1/p and 1/p² with p³ = p + 1. */
const EVENLY = [0.7548776662466927, 0.5698402909980532] as const;

/** A point of the face, from its smallest corner on: the same from whichever corner the file begins. */
function place(
  points: Float32Array,
  at: number,
  p: Float32Array,
  triangles: Uint32Array,
  face: number,
  [r, along]: readonly [number, number],
): void {
  const first = firstCorner(p, triangles, face);
  const side = Math.sqrt(r);
  const weights = [1 - side, side * (1 - along), side * along];
  for (let k = 0; k < 3; k++) {
    let sum = 0;
    for (let c = 0; c < 3; c++) sum += weights[c]! * p[triangles[face * 3 + ((first + c) % 3)]! * 3 + k]!;
    points[at + k] = sum;
  }
}

function firstCorner(p: Float32Array, triangles: Uint32Array, face: number): number {
  let first = 0;
  for (let c = 1; c < 3; c++) {
    const a = triangles[face * 3 + c]! * 3;
    const b = triangles[face * 3 + first]! * 3;
    const before = p[a]! - p[b]! || p[a + 1]! - p[b + 1]! || p[a + 2]! - p[b + 2]!;
    if (before < 0) first = c;
  }
  return first;
}

/** The same from whichever corner the file begins. */
function faceHash(bits: Uint32Array, triangles: Uint32Array, face: number, seed: number): number {
  let sum = 0;
  for (let c = 0; c < 3; c++) {
    const at = triangles[face * 3 + c]! * 3;
    let h = seed | 0;
    for (let k = 0; k < 3; k++) {
      h = Math.imul(h ^ bits[at + k]!, 0x85ebca6b);
      h ^= h >>> 13;
    }
    sum = (sum + Math.imul(h ^ (h >>> 16), 0xc2b2ae35)) | 0;
  }
  return sum >>> 0;
}

/** The `n`-th number from 0 to 1 of a series (mulberry32 at any place of it). */
export function randomOf(series: number, n: number): number {
  let t = (series + Math.imul(n + 1, 0x6d2b79f5)) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** Writes the cross product of two sides, and returns its length: twice the area. */
export function faceNormal(
  p: Float32Array,
  triangles: Uint32Array,
  face: number,
  into: [number, number, number],
): number {
  const a = triangles[face * 3]! * 3;
  const b = triangles[face * 3 + 1]! * 3;
  const c = triangles[face * 3 + 2]! * 3;
  const ux = p[b]! - p[a]!;
  const uy = p[b + 1]! - p[a + 1]!;
  const uz = p[b + 2]! - p[a + 2]!;
  const vx = p[c]! - p[a]!;
  const vy = p[c + 1]! - p[a + 1]!;
  const vz = p[c + 2]! - p[a + 2]!;
  into[0] = uy * vz - uz * vy;
  into[1] = uz * vx - ux * vz;
  into[2] = ux * vy - uy * vx;
  return Math.sqrt(into[0] * into[0] + into[1] * into[1] + into[2] * into[2]);
}
