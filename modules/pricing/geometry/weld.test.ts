import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type TriangleSource, triangleBatch } from './triangles.ts';
import { weld } from './weld.ts';

type Point = readonly [number, number, number];

function triangles(corners: readonly Point[]): TriangleSource {
  return {
    atMost: corners.length / 3,
    forEachBatch(visit) {
      const batch = triangleBatch(corners.length / 3);
      batch.coordinates.set(corners.flat());
      batch.count = corners.length / 3;
      visit(batch);
    },
  };
}

function welded(corners: readonly Point[], tolerance: number): number[][] {
  const min = [0, 1, 2].map((k) => Math.min(...corners.map((corner) => corner[k]!)));
  const found: number[][] = [];
  weld(triangles(corners), min, tolerance).forEachBatch(({ coordinates, count }) => {
    for (let i = 0; i < count * 9; i += 3) found.push([...coordinates.subarray(i, i + 3)]);
  });
  return found;
}

describe('welding', () => {
  test('a corner gets the same place whenever it is met, whatever came in between', () => {
    // The middle one lies within reach of both others, in another cell than the first and in that of the last.
    const [first, middle, last] = [
      [1.9, 0, 0],
      [2.5, 0, 0],
      [3.3, 0, 0],
    ] as const satisfies Point[];
    const places = welded([[0, 0, 0], first, middle, last, middle, last], 1);
    assert.deepEqual(places[2], places[1]);
    assert.deepEqual(places[4], places[1]);
    assert.deepEqual(places[5], places[3]);
  });

  test('moves nothing further than the tolerance, and the same corner always to the same place', () => {
    const coordinate = fc.double({ min: -5, max: 5, noNaN: true }).map(Math.fround);
    const point = fc.tuple(coordinate, coordinate, coordinate);
    const pool = fc.array(point, { minLength: 1, maxLength: 30 });
    const corners = pool.chain((points) => fc.array(fc.constantFrom(...points), { minLength: 3, maxLength: 90 }));
    fc.assert(
      fc.property(corners, fc.double({ min: 0.01, max: 2, noNaN: true }), (all, tolerance) => {
        const given = all.slice(0, all.length - (all.length % 3));
        const places = welded(given, tolerance);
        const known = new Map<string, string>();
        given.forEach((corner, i) => {
          const moved = Math.hypot(...corner.map((x, k) => x - places[i]![k]!));
          assert.ok(moved <= tolerance * 1.000001, `moved by ${moved}`);
          const key = corner.map((x) => x + 0).join();
          const place = places[i]!.join();
          assert.equal(known.get(key) ?? place, place);
          known.set(key, place);
        });
      }),
    );
  });

  test('a second pass gives the same places', () => {
    const corners = Array.from({ length: 300 }, (_, i): Point => [Math.sin(i) * 3, Math.cos(i * 1.7) * 3, (i % 7) / 3]);
    const source = weld(triangles(corners), [-3, -3, 0], 0.4);
    const passes: number[][] = [];
    for (let pass = 0; pass < 2; pass++) {
      source.forEachBatch(({ coordinates, count }) => passes.push([...coordinates.subarray(0, count * 9)]));
    }
    assert.deepEqual(passes[1], passes[0]);
  });
});
