import { readFileSync, writeFileSync } from 'node:fs';
import { cornerGrid, faceOf } from './made-models.ts';

/** A mesh and rays into it, the same for every peer. Rays: origin and direction of length one, six floats each. */
export interface RayTask {
  positions: Float32Array;
  triangles: Uint32Array;
  rays: Float32Array;
}

/** Rays from just below random faces inwards, as for wall thickness; every one meets the other side. */
export function writeRayTask(path: string, faces: number, rays: number): void {
  const across = Math.round(Math.sqrt(faces / 4.4));
  const around = Math.round(faces / 2 / across);
  const positions = cornerGrid(around, across);
  const triangles = new Uint32Array(6 * around * across);
  for (let face = 0; 3 * face < triangles.length; face++) triangles.set(faceOf(face, around, across), 3 * face);
  const task = { positions, triangles, rays: raysInto(positions, triangles, rays) };
  const counts = Uint32Array.of(positions.length, triangles.length, task.rays.length);
  writeFileSync(path, Buffer.concat([counts, positions, triangles, task.rays].map((part) => Buffer.from(part.buffer))));
}

export function readRayTask(path: string): RayTask {
  const { buffer, byteOffset } = readFileSync(path);
  const [corners = 0, numbers = 0, floats = 0] = new Uint32Array(buffer, byteOffset, 3);
  const at = (words: number) => byteOffset + 12 + 4 * words;
  return {
    positions: new Float32Array(buffer, at(0), corners),
    triangles: new Uint32Array(buffer, at(corners), numbers),
    rays: new Float32Array(buffer, at(corners + numbers), floats),
  };
}

function raysInto(p: Float32Array, triangles: Uint32Array, count: number): Float32Array {
  const rays = new Float32Array(6 * count);
  for (let ray = 0; ray < count; ray++) {
    const face = 3 * Math.floor((Math.random() * triangles.length) / 3);
    const [a, b, c] = [3 * triangles[face]!, 3 * triangles[face + 1]!, 3 * triangles[face + 2]!];
    const u = [0, 1, 2].map((k) => p[b + k]! - p[a + k]!) as Vector;
    const v = [0, 1, 2].map((k) => p[c + k]! - p[a + k]!) as Vector;
    const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as Vector;
    const length = Math.hypot(...normal);
    for (let k = 0; k < 3; k++) {
      const inward = -normal[k]! / length;
      rays[6 * ray + k] = (p[a + k]! + p[b + k]! + p[c + k]!) / 3 + inward * 1e-3;
      rays[6 * ray + 3 + k] = inward;
    }
  }
  return rays;
}

type Vector = [number, number, number];

/** Casts all rays `rounds` times after one to warm up; prints rays a second of CPU (the median round) and the meetings found. */
export function reportRays(rays: number, rounds: number, cast: () => number): void {
  let hits = cast();
  const seconds = Array.from({ length: rounds }, () => {
    const begun = process.threadCpuUsage();
    hits = cast();
    const { user, system } = process.threadCpuUsage(begun);
    return (user + system) / 1e6;
  }).sort((a, b) => a - b);
  console.log(JSON.stringify({ raysPerSecond: rays / seconds[Math.floor(rounds / 2)]!, hits }));
}
