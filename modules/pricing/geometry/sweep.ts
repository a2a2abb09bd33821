import { edgeHigh, edgeLow, sameZero, vertexHigh, vertexLow } from './edge-hash.ts';
import { FaceFilter, type FaceMemory, FaceSet, SuspectFaces } from './face-set.ts';
import type { TriangleBatch, TriangleSource } from './triangles.ts';

/** Faces remembered at once, in 16 MB. */
const FACES_AT_ONCE = 1_000_000;

/** Sums over triangles. `boundary` is zero (both lanes) exactly when the triangles close, but for one chance in 2⁶⁴. */
export interface Sums {
  triangles: number;
  /** Signed, about the first vertex of the file. */
  volume: number;
  area: number;
  /** Sum of the face normals times their areas: zero on a closed surface. */
  vectorArea: [number, number, number];
  boundary: [number, number];
}

export interface Sweep {
  all: Sums;
  /** Faces that repeat an earlier one with the same direction: `all` minus these is the mesh without duplicates. */
  repeated: Sums;
  min: [number, number, number];
  max: [number, number, number];
  /** Where `volume` was taken about. */
  reference: [number, number, number];
}

/**
 * Measures a mesh in one streaming pass (two or more above a million triangles), whatever the order of its triangles.
 * Memory: one block and at most 32 MB of faces. Coordinates that are not finite make `area` not finite.
 */
export function sweep(source: TriangleSource, seed: number): Sweep {
  if (source.atMost <= FACES_AT_ONCE) return sweepOnce(source, seed, new FaceSet(source.atMost));
  const filter = new FaceFilter();
  const result = sweepOnce(source, seed, filter);
  const shares = Math.ceil(filter.suspects / FACES_AT_ONCE);
  for (let share = 0; share < shares; share++) {
    const { repeated } = sweepOnce(source, seed, new SuspectFaces(filter, shares, share));
    result.repeated = combine(result.repeated, repeated, 1);
  }
  return result;
}

function sweepOnce(source: TriangleSource, seed: number, faces: FaceMemory): Sweep {
  const sweeper = new Sweeper(faces, seed);
  source.forEachBatch((batch) => sweeper.add(batch));
  return sweeper.result();
}

export function isClosed(sums: Sums): boolean {
  return sums.boundary[0] === 0 && sums.boundary[1] === 0;
}

export function difference(a: Sums, b: Sums): Sums {
  return combine(a, b, -1);
}

function combine(a: Sums, b: Sums, sign: 1 | -1): Sums {
  return {
    triangles: a.triangles + sign * b.triangles,
    volume: a.volume + sign * b.volume,
    area: a.area + sign * b.area,
    vectorArea: [0, 1, 2].map((k) => a.vectorArea[k]! + sign * b.vectorArea[k]!) as [number, number, number],
    boundary: [(a.boundary[0] + sign * b.boundary[0]) | 0, (a.boundary[1] + sign * b.boundary[1]) | 0],
  };
}

// Places in the Float64Array of running sums.
const VOLUME = 0;
const AREA = 1;
const NORMAL = 2;
const SLOTS = 5;

class Sweeper {
  readonly #faces: FaceMemory;
  readonly #seed: number;
  readonly #all = new Float64Array(SLOTS);
  readonly #repeated = new Float64Array(SLOTS);
  readonly #boundary = new Int32Array(4);
  readonly #min = new Float64Array(3).fill(Number.POSITIVE_INFINITY);
  readonly #max = new Float64Array(3).fill(Number.NEGATIVE_INFINITY);
  readonly #reference = new Float64Array(3);
  #triangles = 0;
  #repeats = 0;

  constructor(faces: FaceMemory, seed: number) {
    this.#faces = faces;
    this.#seed = seed;
  }

  add(batch: TriangleBatch): void {
    const f = batch.coordinates;
    const u = batch.bits;
    const faces = this.#faces;
    const seed = this.#seed;
    const otherSeed = ~seed;
    if (this.#triangles === 0) this.#reference.set(f.subarray(0, 3));
    const rx = this.#reference[0]!;
    const ry = this.#reference[1]!;
    const rz = this.#reference[2]!;
    let volume = 0;
    let area = 0;
    let normalX = 0;
    let normalY = 0;
    let normalZ = 0;
    let boundaryLow = this.#boundary[0]!;
    let boundaryHigh = this.#boundary[1]!;
    let minX = this.#min[0]!;
    let minY = this.#min[1]!;
    let minZ = this.#min[2]!;
    let maxX = this.#max[0]!;
    let maxY = this.#max[1]!;
    let maxZ = this.#max[2]!;

    for (let i = 0, end = batch.count * 9; i < end; i += 9) {
      const x0 = f[i]!;
      const y0 = f[i + 1]!;
      const z0 = f[i + 2]!;
      const x1 = f[i + 3]!;
      const y1 = f[i + 4]!;
      const z1 = f[i + 5]!;
      const x2 = f[i + 6]!;
      const y2 = f[i + 7]!;
      const z2 = f[i + 8]!;
      if (x0 < minX) minX = x0;
      if (x0 > maxX) maxX = x0;
      if (x1 < minX) minX = x1;
      if (x1 > maxX) maxX = x1;
      if (x2 < minX) minX = x2;
      if (x2 > maxX) maxX = x2;
      if (y0 < minY) minY = y0;
      if (y0 > maxY) maxY = y0;
      if (y1 < minY) minY = y1;
      if (y1 > maxY) maxY = y1;
      if (y2 < minY) minY = y2;
      if (y2 > maxY) maxY = y2;
      if (z0 < minZ) minZ = z0;
      if (z0 > maxZ) maxZ = z0;
      if (z1 < minZ) minZ = z1;
      if (z1 > maxZ) maxZ = z1;
      if (z2 < minZ) minZ = z2;
      if (z2 > maxZ) maxZ = z2;

      const nx = (y1 - y0) * (z2 - z0) - (z1 - z0) * (y2 - y0);
      const ny = (z1 - z0) * (x2 - x0) - (x1 - x0) * (z2 - z0);
      const nz = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0);
      const sixVolume = (x0 - rx) * nx + (y0 - ry) * ny + (z0 - rz) * nz;
      const twoArea = Math.sqrt(nx * nx + ny * ny + nz * nz);
      volume += sixVolume;
      area += twoArea;
      normalX += nx;
      normalY += ny;
      normalZ += nz;

      const ux0 = sameZero(u[i]!);
      const uy0 = sameZero(u[i + 1]!);
      const uz0 = sameZero(u[i + 2]!);
      const ux1 = sameZero(u[i + 3]!);
      const uy1 = sameZero(u[i + 4]!);
      const uz1 = sameZero(u[i + 5]!);
      const ux2 = sameZero(u[i + 6]!);
      const uy2 = sameZero(u[i + 7]!);
      const uz2 = sameZero(u[i + 8]!);
      const a = vertexLow(ux0, uy0, uz0, seed);
      const b = vertexLow(ux1, uy1, uz1, seed);
      const c = vertexLow(ux2, uy2, uz2, seed);
      const low = (edgeLow(a, b) + edgeLow(b, c) + edgeLow(c, a)) | 0;
      const d = vertexHigh(ux0, uy0, uz0, otherSeed);
      const e = vertexHigh(ux1, uy1, uz1, otherSeed);
      const g = vertexHigh(ux2, uy2, uz2, otherSeed);
      const high = (edgeHigh(d, e) + edgeHigh(e, g) + edgeHigh(g, d)) | 0;
      boundaryLow = (boundaryLow + low) | 0;
      boundaryHigh = (boundaryHigh + high) | 0;

      // A face's share of the boundary sum does not depend on which corner comes first: it is the face's own key.
      // Degenerate faces have the key 0, bound nothing and are not looked up.
      if ((low | high) !== 0 && faces.seenBefore(low, high)) this.#repeat(sixVolume, twoArea, nx, ny, nz, low, high);
    }

    const all = this.#all;
    all[VOLUME]! += volume;
    all[AREA]! += area;
    all[NORMAL]! += normalX;
    all[NORMAL + 1]! += normalY;
    all[NORMAL + 2]! += normalZ;
    this.#boundary[0] = boundaryLow;
    this.#boundary[1] = boundaryHigh;
    this.#min.set([minX, minY, minZ]);
    this.#max.set([maxX, maxY, maxZ]);
    this.#triangles += batch.count;
  }

  result(): Sweep {
    const boundary = this.#boundary;
    return {
      all: toSums(this.#triangles, this.#all, boundary[0]!, boundary[1]!),
      repeated: toSums(this.#repeats, this.#repeated, boundary[2]!, boundary[3]!),
      min: triple(this.#min),
      max: triple(this.#max),
      reference: triple(this.#reference),
    };
  }

  #repeat(sixVolume: number, twoArea: number, nx: number, ny: number, nz: number, low: number, high: number): void {
    const sums = this.#repeated;
    sums[VOLUME]! += sixVolume;
    sums[AREA]! += twoArea;
    sums[NORMAL]! += nx;
    sums[NORMAL + 1]! += ny;
    sums[NORMAL + 2]! += nz;
    this.#boundary[2] = this.#boundary[2]! + low;
    this.#boundary[3] = this.#boundary[3]! + high;
    this.#repeats++;
  }
}

function toSums(triangles: number, sums: Float64Array, low: number, high: number): Sums {
  return {
    triangles,
    volume: sums[VOLUME]! / 6,
    area: sums[AREA]! / 2,
    vectorArea: [sums[NORMAL]! / 2, sums[NORMAL + 1]! / 2, sums[NORMAL + 2]! / 2],
    boundary: [low, high],
  };
}

function triple(values: Float64Array): [number, number, number] {
  return [values[0]!, values[1]!, values[2]!];
}
