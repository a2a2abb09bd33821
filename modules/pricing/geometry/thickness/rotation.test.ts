import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { cornersOf, makePendant, makeRing } from '../model-maker.ts';
import { measureWalls } from './measure-walls.ts';
import { box, insideOut, meshOf, prism, sphere, stairs, tube } from './shells-under-test.ts';

const RAYS = 65_536;
/** Thin towards an edge: p0.1 is a length that 65 of the samples are below, and as uncertain (2.9 % measured over 30 ways to lie). */
const TAPERS = new Set(['wedge']);
const BY_CHANCE = 0.2;

/** Any way a part may lie: four normal numbers make a rotation. */
const rotation = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: -1000, max: 1000 })))
  .filter((q) => Math.hypot(...q) > 100)
  .map((q) => q.map((part) => part / Math.hypot(...q)) as [number, number, number, number]);

function rotated(mesh: Mesh, [w, x, y, z]: readonly [number, number, number, number]): Mesh {
  const rows = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
  const positions = mesh.positions.map((_, at) => {
    const from = at - (at % 3);
    return [0, 1, 2].reduce((sum, k) => sum + rows[at % 3]![k]! * mesh.positions[from + k]!, 0);
  });
  return { ...mesh, positions };
}

function made(stl: Buffer): Mesh {
  const corners = cornersOf(stl);
  return meshOf(
    Array.from({ length: corners.length / 3 }, (_, n) => [corners[3 * n]!, corners[3 * n + 1]!, corners[3 * n + 2]!]),
  );
}

const bodies: Record<string, Mesh> = {
  'hollow box': meshOf(box([0, 0, 0], [20, 20, 20]), insideOut(box([1, 1, 1], [19, 19, 19]))),
  'hollow ball': meshOf(sphere(10, 64), insideOut(sphere(9, 64))),
  tube: meshOf(tube(9, 10, 30, 128)),
  groove: meshOf(stairs([[0, 5], [15, 0.8], [25, 5]], 40, 30)), // biome-ignore format: one line
  wedge: meshOf(prism([[0, 0], [20, 0], [20, 6]], 10)), // biome-ignore format: one line
  'overlapping boxes': meshOf(box([0, 0, 0], [10, 10, 10]), box([9, 2, 2], [25, 4, 8])),
  ring: made(makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl),
  pendant: made(makePendant({ diameter: 24, thickness: 1.2, hole: 3, petals: 6 }).stl),
};

/** As the price room reads the curve. */
function shareBelow({ curve }: Thickness, limit: number): number {
  const next = curve.findIndex(([thickness]) => thickness >= limit);
  if (next === 0) return 0;
  if (next === -1) return curve.at(-1)![1];
  const [x0, y0] = curve[next - 1]!;
  const [x1, y1] = curve[next]!;
  return y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0);
}

describe('however a part lies, its walls are the same within 2 %', () => {
  for (const [name, mesh] of Object.entries(bodies)) {
    test(name, () => {
      const here = measureWalls(mesh, { seed: 1, rays: RAYS }).report!;
      // Between the walls that a part has, not at one: there a hair decides.
      const limits = [0.05, 0.3, 0.6, 0.9].map((share) => limitAt(here, share));
      fc.assert(
        fc.property(rotation, (way) => {
          const there = measureWalls(rotated(mesh, way), { seed: 1, rays: RAYS }).report!;
          const off = Math.abs(there.p01 / here.p01 - 1);
          assert.ok(off < (TAPERS.has(name) ? BY_CHANCE : 0.02), `p0.1 ${there.p01}, not ${here.p01}`);
          for (const limit of limits) {
            const [a, b] = [shareBelow(here, limit), shareBelow(there, limit)];
            // Two percent, and what chance does to so many samples.
            const slack = 0.02 * a + 5 * Math.sqrt((a * (1 - Math.min(1, a))) / RAYS) + 1e-4;
            assert.ok(Math.abs(a - b) < slack, `${b} below ${limit}, not ${a}`);
          }
        }),
        { numRuns: 4, endOnFailure: true },
      );
    });
  }
});

/** A limit a little above the wall at this share of the area. */
function limitAt({ curve }: Thickness, share: number): number {
  const at = curve.find(([, below]) => below >= share) ?? curve.at(-1)!;
  return at[0] * 1.02;
}
