import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PolygonCutter } from './polygon.ts';

/** A polygon in the plane z = x + 2y whose corners lie around the middle at any distance: star-shaped, dents everywhere. */
function star(radii: readonly number[]): Float32Array {
  return Float32Array.from(
    radii.flatMap((radius, k) => {
      const angle = (2 * Math.PI * k) / radii.length;
      const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      return [x, y, x + 2 * y];
    }),
  );
}

/** Seen along z. */
function areaOf(vertices: Float32Array, corners: readonly number[]): number {
  let sum = 0;
  corners.forEach((corner, k) => {
    const next = corners[(k + 1) % corners.length]!;
    sum += vertices[3 * corner]! * vertices[3 * next + 1]! - vertices[3 * next]! * vertices[3 * corner + 1]!;
  });
  return sum / 2;
}

function trianglesOf(cutter: PolygonCutter): number[][] {
  return Array.from({ length: cutter.triangles.length / 3 }, (_, k) => cutter.triangles.slice(3 * k, 3 * k + 3));
}

const indices = (count: number) => Array.from({ length: count }, (_, k) => k);

describe('polygons', () => {
  test('with dents are cut into triangles that lie within them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 10, noNaN: true }), { minLength: 4, maxLength: 40 }), (radii) => {
        const vertices = star(radii);
        const cutter = new PolygonCutter();
        assert.equal(cutter.cut(vertices, indices(radii.length), radii.length), radii.length - 2);
        const areas = trianglesOf(cutter).map((triangle) => areaOf(vertices, triangle));
        const whole = areaOf(vertices, indices(radii.length));
        assert.ok(Math.abs(areas.reduce((sum, area) => sum + area, 0) - whole) < 1e-4 * whole);
        assert.ok(Math.min(...areas) > -1e-4 * whole, `${areas}`);
      }),
    );
  });

  test('of any shape keep their boundary', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })), {
      minLength: 3,
      maxLength: 14,
    });
    fc.assert(
      fc.property(points, (corners) => {
        const vertices = Float32Array.from(corners.flatMap(([x, y]) => [x, y, 0]));
        const cutter = new PolygonCutter();
        assert.equal(cutter.cut(vertices, indices(corners.length), corners.length), corners.length - 2);
        const edges = new Map<string, number>();
        for (const triangle of trianglesOf(cutter)) {
          triangle.forEach((from, k) => {
            const to = triangle[(k + 1) % 3]!;
            edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1);
            edges.set(`${to} ${from}`, (edges.get(`${to} ${from}`) ?? 0) - 1);
          });
        }
        const boundary = [...edges].filter(([, times]) => times > 0).map(([edge]) => edge);
        assert.deepEqual(boundary.sort(), corners.map((_, k) => `${k} ${(k + 1) % corners.length}`).sort());
      }),
    );
  });

  test('without end of dents do not take without end', () => {
    const cutter = new PolygonCutter();
    const comb = indices(60_000).map((k) => (k % 2 === 0 ? 10 : 9));
    const vertices = star(comb);
    for (let k = 0; k < 3; k++) assert.equal(cutter.cut(vertices, indices(60_000), 60_000), 59_998);
    assert.equal(cutter.exhausted, true);
  });
});
