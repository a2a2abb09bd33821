/** Meshes for the tests of topology.ts, and what holds for every one that was joined. */
import { readFileSync } from 'node:fs';
import type { TriangleSource } from '../formats/triangle-source.ts';
import { type Corner, cornersOf, makeRing } from '../model-maker.ts';
import { sweep } from './sweep.ts';
import { type Joined, joinMesh } from './topology.ts';

export type Face = readonly [Corner, Corner, Corner];

export const RING = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 48 });
export const FEATURETYPE = facesOf(cornersOf(readFileSync(new URL('../fixtures/featuretype.stl', import.meta.url))));

export function facesOf(corners: readonly Corner[]): Face[] {
  return Array.from({ length: corners.length / 3 }, (_, i) => corners.slice(3 * i, 3 * i + 3) as unknown as Face);
}

export function sourceOf(faces: readonly Face[]): TriangleSource {
  const stride = 36;
  return {
    atMost: faces.length,
    stride,
    offset: 0,
    forEachBlock(into, visit) {
      const capacity = Math.floor(into.length / stride);
      const floats = new Float32Array(into.buffer, into.byteOffset, capacity * 9);
      for (let first = 0; first < faces.length; first += capacity) {
        const part = faces.slice(first, first + capacity);
        part.forEach((face, i) => {
          for (let k = 0; k < 9; k++) floats[9 * i + k] = face[Math.floor(k / 3)]![k % 3]!;
        });
        visit(part.length);
      }
    },
  };
}

export function join(faces: readonly Face[], seed = 42): Joined {
  const source = sourceOf(faces);
  return joinMesh(source, sweep(source, { seed }), { seed });
}

/** Joins, checks what holds for every mesh, and gives the memory back. */
export function joined(faces: readonly Face[], seed?: number): Joined {
  const result = join(faces, seed);
  checkMesh(result);
  result.release();
  return result;
}

/** Every corner used, no degenerate face, every shell closed, figures of shells that add up. */
export function checkMesh({ mesh, volume, area, topology }: Joined): void {
  const { positions, triangles, shellOf, shells } = mesh;
  if (topology !== null) must(shells.length === topology.shells);
  const used = new Uint8Array(positions.length / 3);
  const edges = new Map<string, number>();
  const faces = new Uint32Array(shells.length);
  for (let face = 0; face < shellOf.length; face++) {
    const [a, b, c] = triangles.subarray(3 * face, 3 * face + 3) as unknown as [number, number, number];
    must(a !== b && b !== c && c !== a);
    faces[shellOf[face]!]!++;
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      used[from] = 1;
      const key = `${shellOf[face]} ${Math.min(from, to)} ${Math.max(from, to)}`;
      edges.set(key, (edges.get(key) ?? 0) + Math.sign(to - from));
    }
  }
  must([...edges.values()].every((sum) => sum === 0));
  must(used.every((seen) => seen === 1));
  shells.forEach((shell, i) => {
    must(shell.faces === faces[i]);
    must(shell.isClosed);
  });
  const sum = shells.reduce((all, shell) => all + shell.volume, 0);
  near(Math.abs(sum), volume, 1e-9);
  if (shells.length > 0) {
    near(
      shells.reduce((all, shell) => all + shell.area, 0),
      area,
      1e-9,
    );
  }
}

export function near(actual: number, expected: number, precision = 1e-7): void {
  must(Math.abs(actual - expected) <= precision * Math.max(1e-3, Math.abs(expected)), `${actual} not ${expected}`);
}

/** What must not depend on the order of the file or on the seed. */
export function figures({ verdict, volume, volumeUncertainty, area, findings, repairs, topology }: Joined) {
  const nine = (value: number | null) => value && Number(value.toPrecision(9));
  return {
    verdict,
    volume: nine(volume),
    uncertainty: nine(volumeUncertainty),
    area: nine(area),
    findings,
    repairs: repairs.map(({ code, faces }) => ({ code, faces })),
    topology: topology && { ...topology, cavityVolume: nine(topology.cavityVolume) },
  };
}

export function turned([a, b, c]: Face): Face {
  return [a, c, b];
}

export function box(size: Corner, at: Corner = [0, 0, 0]): Face[] {
  const corner = (x: number, y: number, z: number): Corner => [
    at[0] + x * size[0],
    at[1] + y * size[1],
    at[2] + z * size[2],
  ];
  const [a, b, c, d] = [corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0), corner(0, 1, 0)];
  const [e, f, g, h] = [corner(0, 0, 1), corner(1, 0, 1), corner(1, 1, 1), corner(0, 1, 1)];
  const quads = [
    [a, d, c, b],
    [e, f, g, h],
    [a, b, f, e],
    [b, c, g, f],
    [c, d, h, g],
    [d, a, e, h],
  ] as const;
  return quads.flatMap(([p, q, r, s]): Face[] => [
    [p, q, r],
    [p, r, s],
  ]);
}

export function shuffled(faces: readonly Face[], order: Iterator<number>): Face[] {
  return faces
    .map((face) => {
      const by = order.next().value as number;
      return { rank: by, face: [0, 1, 2].map((k) => face[(k + by) % 3]!) as unknown as Face };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ face }) => face);
}

/** A torus as a grid, made while it is read. */
export function torusSource(across: number, around: number): TriangleSource {
  const at = (u: number, v: number) => {
    const [p, t] = [((u % across) / across) * 2 * Math.PI, ((v % around) / around) * 2 * Math.PI];
    return [(30 + 8 * Math.cos(t)) * Math.cos(p), (30 + 8 * Math.cos(t)) * Math.sin(p), 8 * Math.sin(t)];
  };
  const grid = new Float32Array(across * around * 3);
  for (let i = 0; i < across * around; i++) grid.set(at(i % across, Math.floor(i / across)), 3 * i);
  const faces = 2 * across * around;
  return {
    atMost: faces,
    stride: 36,
    offset: 0,
    forEachBlock(into, visit) {
      const floats = new Float32Array(into.buffer, into.byteOffset, Math.floor(into.length / 36) * 9);
      let held = 0;
      for (let face = 0; face < faces; face++) {
        const [u, v] = [(face >> 1) % across, Math.floor((face >> 1) / across)];
        const corners = face & 1 ? [u, v, u + 1, v + 1, u, v + 1] : [u, v, u + 1, v, u + 1, v + 1];
        for (let k = 0; k < 3; k++) {
          const from = 3 * ((corners[2 * k]! % across) + across * (corners[2 * k + 1]! % around));
          for (let axis = 0; axis < 3; axis++) floats[9 * held + 3 * k + axis] = grid[from + axis]!;
        }
        if (++held * 9 < floats.length) continue;
        visit(held);
        held = 0;
      }
      if (held > 0) visit(held);
    },
  };
}

function must(holds: boolean, message = 'the mesh is not sound'): void {
  if (!holds) throw new Error(message);
}
