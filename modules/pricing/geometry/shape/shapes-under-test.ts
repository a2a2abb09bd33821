/** Models for the tests of shapes and for their bench, and what is done to them. */

import { examine, measure } from '../analyse.ts';
import { bytesInMemory } from '../byte-source.ts';
import { joinMesh } from '../kernel/topology.ts';
import type { Mesh } from '../mesh.ts';
import { type Corner, writeStl } from '../model-maker.ts';
import type { ShapeDescriptor } from './describe-shape.ts';

export type Corners = readonly Corner[];

/** A number from 0 to 1 after the other, the same for the same seed. */
export function series(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Turned about a random axis by a random angle, and moved by up to `reach`. */
export function moved(corners: Corners, random: () => number, reach: number): Corner[] {
  const q = [0, 0, 0, 0].map(() => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const size = Math.hypot(...q);
  const [w, x, y, z] = q.map((value) => value / size) as [number, number, number, number];
  const by = [0, 1, 2].map(() => (2 * random() - 1) * reach) as [number, number, number];
  return corners.map(([a, b, c]) => [
    (1 - 2 * (y * y + z * z)) * a + 2 * (x * y - w * z) * b + 2 * (x * z + w * y) * c + by[0],
    2 * (x * y + w * z) * a + (1 - 2 * (x * x + z * z)) * b + 2 * (y * z - w * x) * c + by[1],
    2 * (x * z - w * y) * a + 2 * (y * z + w * x) * b + (1 - 2 * (x * x + y * y)) * c + by[2],
  ]);
}

export function scaled(corners: Corners, by: number): Corner[] {
  return corners.map(([x, y, z]) => [x * by, y * by, z * by]);
}

/** In a plane, faces turned so that they look outwards again. */
export function mirrored(corners: Corners): Corner[] {
  const flipped: Corner[] = corners.map(([x, y, z]) => [-x, y, z]);
  return flipped.map((_, i) => flipped[i - (i % 3) + ((3 - (i % 3)) % 3)]!);
}

/** Faces in another order, each from another corner. */
export function shuffled(corners: Corners, random: () => number): Corner[] {
  const order = Array.from({ length: corners.length / 3 }, (_, face) => face);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.flatMap((face) => {
    const first = Math.floor(random() * 3);
    return [0, 1, 2].map((k) => corners[face * 3 + ((first + k) % 3)]!);
  });
}

/** Each face in four, by the middles of its sides: the same shape, tessellated finer. */
export function subdivided(corners: Corners): Corner[] {
  const middle = (a: Corner, b: Corner): Corner => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
  const finer: Corner[] = [];
  for (let i = 0; i < corners.length; i += 3) {
    const [a, b, c] = [corners[i]!, corners[i + 1]!, corners[i + 2]!];
    const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
    finer.push(a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca);
  }
  return finer;
}

export interface Known {
  shape: ShapeDescriptor | null;
  fingerprint: string;
  volume: number;
  area: number;
  triangles: number;
}

/** What the kernel says of a soup of triangles in a file, walls left out. */
export function known(stl: Uint8Array, fingerprintSeed = 77n): Known {
  const source = bytesInMemory(stl);
  const options = { seed: 1, fingerprintSeed, rays: 0, withViews: false, withShape: true };
  const first = measure(source, options);
  const { measurement, shape } = examine(source, first, options);
  const { volume, area, triangles } = measurement;
  return { shape, fingerprint: first.fingerprint!, volume, area, triangles };
}

export function knownCorners(corners: Corners): Known {
  return known(writeStl(corners));
}

/** Joins the triangles of a file and gives the mesh to `use`. */
export function withMesh<T>(stl: Uint8Array, use: (mesh: Mesh) => T): T {
  const first = measure(bytesInMemory(stl), { seed: 1 });
  const joined = joinMesh(first.model.triangles, first.swept, { seed: 1 });
  try {
    return use(joined.mesh);
  } finally {
    joined.release();
  }
}
