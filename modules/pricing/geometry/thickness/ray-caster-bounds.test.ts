import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleSurface } from './samples.ts';
import { meshOf, sphere, tube, turned } from './shells-under-test.ts';

const NODE_BYTES = 128;
const BLOCK_BYTES = 176;
const EMPTY_LANE = 0xffff_ffff;

/** What the kernel was told last: where its memory is, and what lies where. */
const seen: { memory?: WebAssembly.Memory; nodes: number; blocks: number; stack: number; hits: number } = {
  nodes: 0,
  blocks: 0,
  stack: 0,
  hits: 0,
};

/** Listens to what the ray caster hands to its kernel, so that the hierarchy can be read as it lies in memory. */
class ListenedInstance {
  readonly exports: Record<string, unknown>;
  constructor(module: WebAssembly.Module, imports: Record<string, Record<string, unknown>>) {
    const { exports } = new PlainInstance(module, imports);
    seen.memory = imports['env']!['memory'] as WebAssembly.Memory;
    const place = exports['place'] as (...places: number[]) => void;
    this.exports = {
      ...exports,
      place: (...places: number[]) => {
        [seen.nodes = 0, seen.blocks = 0, , seen.stack = 0, seen.hits = 0] = places.slice(4);
        place(...places);
      },
    };
  }
}
const PlainInstance = WebAssembly.Instance;
WebAssembly.Instance = ListenedInstance as typeof PlainInstance;
const { castInto, NONE } = await import('./ray-caster.ts');

type Point = [number, number, number];
type Corners = [Point, Point, Point];
interface Triangles {
  positions: Float32Array;
  triangles: Uint32Array;
}

/** Reads the hierarchy from its root: throws where a child lies outside of what was laid out, or a face is not in its box. */
function hierarchy({ positions, triangles }: Triangles) {
  const { buffer } = seen.memory!;
  const room = (seen.blocks - seen.nodes) / NODE_BYTES;
  assert.ok(seen.blocks + room * BLOCK_BYTES <= buffer.byteLength);
  const floats = new Float32Array(buffer);
  const words = new Int32Array(buffer);
  const times = new Uint8Array(triangles.length / 3);
  const waiting: { node: number; depth: number }[] = [{ node: 0, depth: 1 }];
  const found = { nodes: 0, blocks: 0, depth: 0, room };
  while (waiting.length > 0) {
    const { node, depth } = waiting.pop()!;
    found.nodes++;
    found.depth = Math.max(found.depth, depth);
    assert.ok(node < room, `node ${node} of ${room}`);
    for (let lane = 0; lane < 4; lane++) {
      const at = (seen.nodes + node * NODE_BYTES) / 4 + lane;
      const isUsed = floats[at]! <= floats[at + 12]!;
      const child = words[at + 24]!;
      if (!isUsed) continue;
      if (child >= 0) {
        waiting.push({ node: child, depth: depth + 1 });
        continue;
      }
      found.blocks++;
      assert.ok(~child < room, `block ${~child} of ${room}`);
      for (let slot = 0; slot < 4; slot++) {
        const face = words[(seen.blocks + ~child * BLOCK_BYTES) / 4 + 36 + slot]! >>> 0;
        if (face === EMPTY_LANE) continue;
        times[face]!++;
        for (let c = 0; c < 9; c++) {
          const value = positions[triangles[face * 3 + Math.floor(c / 3)]! * 3 + (c % 3)]!;
          assert.ok(floats[at + (c % 3) * 4]! <= value && value <= floats[at + 12 + (c % 3) * 4]!);
        }
      }
    }
  }
  assert.ok(
    times.every((count) => count === 1),
    'every face is in one leaf',
  );
  return found;
}

const span = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 97);
const corner = fc.tuple(span, span, span);
const anyFace = fc.tuple(corner, corner, corner);
const faceCount = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 400 }));

/** Every box around the same middle: nothing tells the faces apart. */
const sameMiddle = fc
  .array(fc.tuple(span, span, span), { minLength: 1, maxLength: 300 })
  .map((sizes) => sizes.map(([x, y, z]): Corners => [[-x, -y, -z], [x, y, z], [-x, y, z]])); // biome-ignore format: one line
/** Each smaller than the one before by the same share: every split takes a few away. */
const shrinking = fc
  .tuple(faceCount, fc.constantFrom(0.5, 0.9, 11 / 12, 0.08), fc.integer({ min: 1, max: 5 }), anyFace)
  .map(([count, share, alike, face]) =>
    Array.from({ length: count }, (_, n) => {
      const size = share ** Math.floor(n / alike);
      return face.map((point) => point.map((value) => value * size)) as unknown as Corners;
    }),
  );
const slivers = fc.tuple(faceCount, corner, corner).map(([count, a, b]) =>
  Array.from({ length: count }, (_, n): Corners => {
    const c = a.map((value, k) => value + ((b[k]! - value) * n) / count + (k === n % 3 ? 1e-5 : 0));
    return [a, b, c as Point];
  }),
);
const duplicates = fc
  .tuple(faceCount, anyFace)
  .map(([count, face]) => Array.from({ length: count }, () => face as Corners));
const points = fc
  .tuple(faceCount, corner)
  .map(([count, at]) => Array.from({ length: count }, (): Corners => [at, at, at]));
const chance = faceCount.chain((count) => fc.array(anyFace, { minLength: count, maxLength: count }));
const oneHuge = chance.map((faces): Corners[] => [
  [[-1e5, -1e5, 0], [1e5, -1e5, 1], [0, 1e5, 0]], // biome-ignore format: one line
  ...(faces as Corners[]),
]);
const hard = { chance, sameMiddle, shrinking, slivers, duplicates, points, oneHuge };

describe('the hierarchy stays within its memory and holds every face once', () => {
  for (const [name, faces] of Object.entries(hard)) {
    test(name, () => {
      fc.assert(
        fc.property(faces as fc.Arbitrary<Corners[]>, (given) => {
          const mesh = meshOf(given);
          castInto(mesh.positions, mesh.triangles);
          const { nodes, blocks, room } = hierarchy(mesh);
          assert.ok(nodes <= room && blocks <= room);
          if (given.length > 4) assert.ok(nodes < blocks);
          assert.ok(blocks <= Math.max(1, given.length / 2));
        }),
        { numRuns: 200 },
      );
    });
  }

  test('of faces of which the largest is best put apart, again and again', () => {
    const given = Array.from({ length: 30 }, (_, n): Corners => {
      const size = 1000 * 0.08 ** n;
      return [[0, 0, 0], [size, 0, 0], [size, size, size]]; // biome-ignore format: one line
    });
    const mesh = meshOf(given);
    castInto(mesh.positions, mesh.triangles);
    const { blocks } = hierarchy(mesh);
    assert.ok(blocks <= 15, `${blocks} leaves of 30 faces`);
  });

  test('of a mesh that is split a few faces at a time', () => {
    // Along three axes in turn, each group an eleventh nearer to zero: as deep as floats allow.
    const given = Array.from({ length: 30_000 }, (_, n): Corners => {
      const group = Math.floor(n / 5);
      const at = [0, 0, 0].map((_, k) => (group % 3 === k ? 1000 * (11 / 12) ** Math.floor(group / 3) : 0));
      const [x, y, z] = at as Point;
      return [[x, y, z], [x * 1.001, y, z], [x, y * 1.001, z * 1.001]]; // biome-ignore format: one line
    });
    const mesh = meshOf(given);
    castInto(mesh.positions, mesh.triangles);
    const { depth } = hierarchy(mesh);
    // Going through it keeps up to three children waiting at each depth, eight bytes each.
    assert.ok((3 * depth + 1) * 8 <= seen.hits - seen.stack, `depth ${depth}`);
  });
});

/** The ray caster's own test of a face, in 32 bits: distance, or null. `slack` below zero asks for a ray well inside the face. */
function meeting(p: Float32Array, face: number, ray: Float32Array, slack: number): number | null {
  const f = Math.fround;
  const at = face * 9;
  const e1 = [0, 1, 2].map((k) => f(p[at + 3 + k]! - p[at + k]!)) as Point;
  const e2 = [0, 1, 2].map((k) => f(p[at + 6 + k]! - p[at + k]!)) as Point;
  const t = [0, 1, 2].map((k) => f(ray[k]! - p[at + k]!)) as Point;
  const d = [ray[3]!, ray[4]!, ray[5]!] as Point;
  const cross = (a: Point, b: Point): Point => [
    f(f(a[1] * b[2]) - f(a[2] * b[1])),
    f(f(a[2] * b[0]) - f(a[0] * b[2])),
    f(f(a[0] * b[1]) - f(a[1] * b[0])),
  ];
  const dot = (a: Point, b: Point) => f(f(f(a[0] * b[0]) + f(a[1] * b[1])) + f(a[2] * b[2]));
  const q1 = cross(d, e2);
  const det = dot(e1, q1);
  if (det === 0) return null;
  const inv = f(1 / det);
  const q2 = cross(t, e1);
  const [u, v, far] = [f(dot(t, q1) * inv), f(dot(d, q2) * inv), f(dot(e2, q2) * inv)];
  return u >= -slack && v >= -slack && u + v <= 1 + slack && far > 0 ? far : null;
}

/** The face is too thin to say in 32 bits where it is met. */
function isSliver(p: Float32Array, face: number): boolean {
  const side = (a: number, b: number) => [0, 1, 2].map((k) => p[face * 9 + b * 3 + k]! - p[face * 9 + a * 3 + k]!);
  const [u, v] = [side(0, 1), side(0, 2)] as [number[], number[]];
  const normal = [0, 1, 2].map((k) => u[(k + 1) % 3]! * v[(k + 2) % 3]! - u[(k + 2) % 3]! * v[(k + 1) % 3]!);
  return Math.hypot(...normal) < 0.01 * Math.max(Math.hypot(...u), Math.hypot(...v)) ** 2;
}

const rays = fc.array(
  fc
    .tuple(corner, corner)
    .filter(([, way]) => Math.hypot(...way) > 0.1)
    .map(([origin, way]) => Float32Array.from([...origin, ...way.map((part) => part / Math.hypot(...way))])),
  { minLength: 5, maxLength: 15 },
);

describe('rays miss nothing that lies in the open', () => {
  for (const [name, faces] of Object.entries(hard)) {
    test(name, () => {
      fc.assert(
        fc.property(faces as fc.Arbitrary<Corners[]>, rays, (given, shot) => {
          const { positions, triangles } = meshOf(given);
          const caster = castInto(positions, triangles);
          const distances = new Float32Array(shot.length);
          const met = new Uint32Array(shot.length);
          const all = Float32Array.from(shot.flatMap((ray) => [...ray]));
          caster.nearest(all, shot.length, 0, distances, met);
          for (const [n, ray] of shot.entries()) {
            if (met[n] !== NONE) assert.notEqual(meeting(positions, met[n]!, ray, 1e-4), null);
            let certain = Number.POSITIVE_INFINITY;
            for (let face = 0; face < given.length; face++) {
              if (isSliver(positions, face)) continue;
              certain = Math.min(certain, meeting(positions, face, ray, -1e-3) ?? certain);
            }
            assert.ok(distances[n]! <= certain * 1.0001 + 1e-4, `${distances[n]} beyond ${certain}`);
          }
        }),
        { numRuns: 100 },
      );
    });
  }
});

test('next to no ray from a point of the surface slips out between two faces', () => {
  const bodies = { 'long faces': tube(0.5, 10, 30, 256), 'small faces': sphere(10, 96) };
  for (const [name, faces] of Object.entries(bodies)) {
    for (const far of [0, 100]) {
      const mesh = turned(meshOf(faces), 0.7);
      for (let at = 0; at < mesh.positions.length; at += 3) mesh.positions[at]! += far;
      const { count, points, normals } = sampleSurface(mesh, 100_000, 3);
      const given = new Float32Array(count * 6);
      for (let n = 0; n < count; n++) {
        given.set(points.subarray(n * 3, n * 3 + 3), n * 6);
        for (let k = 0; k < 3; k++) given[n * 6 + 3 + k] = -normals[n * 3 + k]!;
      }
      const caster = castInto(mesh.positions, mesh.triangles);
      const met = caster.nearest(given, count, (far + 20) * 1e-5, new Float32Array(count), new Uint32Array(count));
      // Measured over a million: 1 to 10 in a million.
      assert.ok(count - met <= 5, `${name}, ${far} away: ${count - met} of ${count}`);
    }
  }
});
