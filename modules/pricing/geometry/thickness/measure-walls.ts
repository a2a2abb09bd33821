import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { thicknessAt, thicknessCurve } from './curve.ts';
import { thinPatches } from './patches.ts';
import { castInto, NONE, type RayCaster } from './ray-caster.ts';
import { faceNormal, type SurfaceSamples, sampleSurface } from './samples.ts';

/** Finds a thin zone of 0.007 % of the area with 99 %: 1 − (1 − 0.00007)^65536. */
const RAYS = 65_536;
/** An exit counts as the opposite side of a wall when it faces away from the ray by no more than 30°. */
const OPPOSITE = Math.cos(Math.PI / 6);
/** Meetings nearer than this share of the model's reach are the surface that the ray starts from. */
const SELF = 1e-5;
/** Around thin walls the shortest way may lean: looked for within this cone. */
const CONE = Math.sin((12 * Math.PI) / 180);
const CONE_RAYS = 8;
/** A leaning way this much shorter than the straight one ends at another wall; in a wedge of 40° it is 1.16 times. */
const SAME_WALL = 1.25;
/** Faces that all lie in each other's boxes keep rays busy for minutes: a model of such is left without an answer. */
const MOST_STEPS = 3e8;
/** Walls thicker than this share of the diagonal, or than most, are not looked at again. */
const THIN = 0.1;

export interface WallOptions {
  /** Decides where the samples lie; the same seed gives the same figures. */
  seed: number;
  rays?: number;
  onProgress?: (share: number) => void;
}

export interface Walls {
  /** Null when no sample met an opposite wall. */
  report: Thickness | null;
  samples: SurfaceSamples;
  look: Look;
}

/** For pictures. Works until the next mesh is measured in this thread. */
export interface Look {
  /** Fills in the thickness at places of the surface that somebody else chose. */
  measureAt(samples: SurfaceSamples): void;
  /** Whether nothing of the model stands between a place on its surface and an eye far away in this direction (of length one). */
  isSeen(place: readonly number[], direction: readonly number[]): boolean;
}

/**
 * Wall thickness of a closed mesh in its own units: from points all over the surface a ray goes inwards until it leaves the
 * body. Several shells are one body where they overlap or touch; the walls of hollows are walls.
 */
export function measureWalls(mesh: Mesh, { seed, rays = RAYS, onProgress }: WallOptions): Walls {
  const samples = sampleSurface(mesh, rays, seed);
  onProgress?.(0.1);
  const caster = castInto(mesh.positions, mesh.triangles);
  onProgress?.(0.6);
  const reach = reachOf(mesh.positions);
  const probe: Probe = { mesh, samples, caster, near: reach.furthest * SELF, normal: [0, 0, 0] };
  caster.allow(MOST_STEPS);
  const straight = throughBody(probe);
  onProgress?.(0.8);
  const thin = Math.min(reach.diagonal * THIN, middleOf(samples.thickness));
  leanAround(probe, straight, thin);
  // Cut short: what is known is no fair sample of the surface.
  if (caster.isSpent()) samples.thickness.fill(Number.NaN);
  onProgress?.(1);
  const look: Look = {
    measureAt(places) {
      caster.allow(MOST_STEPS);
      // Straight ways only: a picture has more places than the measurement has samples.
      throughBody({ ...probe, samples: places });
      if (caster.isSpent()) places.thickness.fill(Number.NaN);
    },
    isSeen: (place, direction) => isFree(probe, place, direction),
  };
  return { report: reportOf(samples, reach.diagonal), samples, look };
}

/** Returns how far each ray went through the body, whatever it met at the end. */
function throughBody(probe: Probe): Float32Array {
  return probe.mesh.shells.length === 1 ? throughOneShell(probe) : throughShells(probe);
}

function isFree({ caster, near }: Probe, place: readonly number[], direction: readonly number[]): boolean {
  const ray = Float32Array.of(...place, ...direction);
  return caster.nearest(ray, 1, 2 * near, new Float32Array(1), new Uint32Array(1)) === 0;
}

interface Probe {
  mesh: Mesh;
  samples: SurfaceSamples;
  caster: RayCaster;
  near: number;
  normal: [number, number, number];
}

/** How far the mesh reaches from the origin, which bounds what 32 bits can tell apart, and its diagonal. */
function reachOf(positions: Float32Array): { furthest: number; diagonal: number } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 3) {
    for (let k = 0; k < 3; k++) {
      const value = positions[at + k]!;
      if (value < low[k]!) low[k] = value;
      if (value > high[k]!) high[k] = value;
    }
  }
  const diagonal = Math.hypot(high[0]! - low[0]!, high[1]! - low[1]!, high[2]! - low[2]!);
  return { furthest: Math.max(diagonal, ...low.map(Math.abs), ...high.map(Math.abs)), diagonal };
}

/** The nearest meeting is the other side. */
function throughOneShell(probe: Probe): Float32Array {
  const { samples, caster, near } = probe;
  const rays = new Float32Array(samples.count * 6);
  for (let n = 0; n < samples.count; n++) inward(samples, n, 0, rays, n * 6);
  const distances = new Float32Array(samples.count);
  const faces = new Uint32Array(samples.count);
  caster.nearest(rays, samples.count, near, distances, faces);
  for (let n = 0; n < samples.count; n++) {
    const isWall = faces[n] !== NONE && opposes(probe, faces[n]!, rays, n * 6);
    samples.thickness[n] = isWall ? distances[n]! : Number.POSITIVE_INFINITY;
  }
  return distances;
}

/**
 * Counts how many bodies the ray is in. It starts a little outside, so that a second face on the same spot is seen: there
 * two bodies touch, and the spot is inside of what they are together.
 */
function throughShells(probe: Probe): Float32Array {
  const { samples, near } = probe;
  const ray = new Float32Array(6);
  const straight = new Float32Array(samples.count).fill(Number.POSITIVE_INFINITY);
  for (let n = 0; n < samples.count; n++) {
    inward(samples, n, 2 * near, ray, 0);
    const exit = wayOut(probe, ray);
    if (!exit) continue;
    straight[n] = exit.distance - 2 * near;
    samples.thickness[n] = opposes(probe, exit.face, ray, 0) ? straight[n]! : Number.POSITIVE_INFINITY;
  }
  return straight;
}

/** Where a ray that starts a little outside leaves all bodies. Null: it did not start outside of all of them. */
function wayOut({ caster, near }: Probe, ray: Float32Array): { distance: number; face: number } | null {
  const hits = caster.all(ray, 0);
  if (!hits) return null;
  const { count, distances, sides, faces } = hits;
  let through = 0;
  for (let k = 0; k < count; k++) through += sides[k]!;
  // What is left at infinity must be nothing: whatever it began with, it began inside another body.
  if (through !== 0) return null;
  let inside = 0;
  let at = 0;
  while (at < count && distances[at]! < 4 * near) inside -= sides[at++]!;
  if (inside < 1) return null;
  for (; at < count; at++) {
    inside -= sides[at]!;
    if (inside > 0) continue;
    const entersAgain = at + 1 < count && distances[at + 1]! - distances[at]! < near && sides[at + 1]! < 0;
    if (!entersAgain) return { distance: distances[at]!, face: faces[at]! };
  }
  return null;
}

/**
 * Where the wall is thin, tries rays that lean a little, and keeps the shortest way to an opposite side: in a wedge the straight
 * one is longer, or leaves too slantingly to count. A much shorter way leads to another wall, whose own samples tell of it.
 */
function leanAround(probe: Probe, straight: Float32Array, below: number): void {
  const { samples, caster, near, mesh } = probe;
  const thin: number[] = [];
  for (let n = 0; n < samples.count; n++) if (straight[n]! < below) thin.push(n);
  if (mesh.shells.length > 1) {
    leanThroughShells(probe, thin, straight);
    return;
  }
  const rays = new Float32Array(thin.length * CONE_RAYS * 6);
  const total = thin.length * CONE_RAYS;
  for (let i = 0; i < total; i++) lean(samples, thin[Math.floor(i / CONE_RAYS)]!, i % CONE_RAYS, rays, i * 6);
  const distances = new Float32Array(total);
  const faces = new Uint32Array(total);
  caster.nearest(rays, total, near, distances, faces);
  for (let i = 0; i < total; i++) {
    const n = thin[Math.floor(i / CONE_RAYS)]!;
    const distance = distances[i]!;
    if (faces[i] === NONE || distance >= samples.thickness[n]! || distance * SAME_WALL < straight[n]!) continue;
    if (opposes(probe, faces[i]!, rays, i * 6)) samples.thickness[n] = distance;
  }
}

/** The same, counting bodies. */
function leanThroughShells(probe: Probe, thin: readonly number[], straight: Float32Array): void {
  const { samples, near } = probe;
  const ray = new Float32Array(6);
  for (const n of thin) {
    for (let step = 0; step < CONE_RAYS; step += 2) {
      lean(samples, n, step, ray, 0);
      for (let k = 0; k < 3; k++) ray[k] = ray[k]! - 2 * near * ray[k + 3]!;
      const exit = wayOut(probe, ray);
      if (!exit) continue;
      const distance = exit.distance - 2 * near;
      if (distance >= samples.thickness[n]! || distance * SAME_WALL < straight[n]!) continue;
      if (opposes(probe, exit.face, ray, 0)) samples.thickness[n] = distance;
    }
  }
}

function inward({ points, normals }: SurfaceSamples, n: number, back: number, rays: Float32Array, at: number): void {
  for (let k = 0; k < 3; k++) {
    rays[at + k] = points[n * 3 + k]! + back * normals[n * 3 + k]!;
    rays[at + 3 + k] = -normals[n * 3 + k]!;
  }
}

/** A direction on the cone around the inward one, `step` of them around. */
function lean({ points, normals }: SurfaceSamples, n: number, step: number, rays: Float32Array, at: number): void {
  const [x, y, z] = [normals[n * 3]!, normals[n * 3 + 1]!, normals[n * 3 + 2]!];
  // Any vector across the normal.
  const [ux, uy, uz] = Math.abs(x) < 0.6 ? unit(0, -z, y) : unit(z, 0, -x);
  const [vx, vy, vz] = [y * uz - z * uy, z * ux - x * uz, x * uy - y * ux];
  const turn = (step / CONE_RAYS) * 2 * Math.PI;
  const [c, s] = [Math.cos(turn) * CONE, Math.sin(turn) * CONE];
  const straight = Math.sqrt(1 - CONE * CONE);
  rays[at] = points[n * 3]!;
  rays[at + 1] = points[n * 3 + 1]!;
  rays[at + 2] = points[n * 3 + 2]!;
  rays[at + 3] = c * ux + s * vx - straight * x;
  rays[at + 4] = c * uy + s * vy - straight * y;
  rays[at + 5] = c * uz + s * vz - straight * z;
}

function unit(x: number, y: number, z: number): [number, number, number] {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

function opposes({ mesh, normal }: Probe, face: number, rays: Float32Array, at: number): boolean {
  const length = faceNormal(mesh.positions, mesh.triangles, face, normal);
  const along = rays[at + 3]! * normal[0] + rays[at + 4]! * normal[1] + rays[at + 5]! * normal[2];
  return along > OPPOSITE * length;
}

/** Of the walls that were met; 0 when there are none. */
function middleOf(thickness: Float32Array): number {
  const walls = thickness.filter(Number.isFinite).sort();
  return walls[walls.length >> 1] ?? 0;
}

function reportOf(samples: SurfaceSamples, diagonal: number): Thickness | null {
  const outside = samples.thickness.filter((value) => !Number.isNaN(value)).sort();
  const walls = outside.filter(Number.isFinite);
  if (walls.length === 0) return null;
  const curve = thicknessCurve(walls, outside.length);
  const p01 = thicknessAt(walls, outside.length, 0.001);
  const middle = walls[walls.length >> 1]!;
  return {
    rays: walls.length,
    p01: sixDigits(p01),
    curve: curve.map(([thickness, share]) => [sixDigits(thickness), sixDigits(share)]),
    patches: thinPatches(samples, walls[0]!, Math.max(p01, Math.min(middle, diagonal * THIN))),
  };
}

export function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
