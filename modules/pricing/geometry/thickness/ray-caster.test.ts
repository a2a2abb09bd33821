import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { castInto, MOST_HITS, NONE } from './ray-caster.ts';
import { box, insideOut, meshOf, sphere } from './shells-under-test.ts';

/** Möller–Trumbore in 64 bits over every face: all meetings, nearest first. */
function meetings(positions: Float32Array, ray: Float32Array): { distance: number; face: number }[] {
  const sub = (a: number[], b: number[]) => [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!];
  const cross = (a: number[], b: number[]) => [
    a[1]! * b[2]! - a[2]! * b[1]!,
    a[2]! * b[0]! - a[0]! * b[2]!,
    a[0]! * b[1]! - a[1]! * b[0]!,
  ];
  const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const [origin, way] = [[...ray.slice(0, 3)], [...ray.slice(3)]];
  const found: { distance: number; face: number }[] = [];
  for (let face = 0; face * 9 < positions.length; face++) {
    const [a, b, c] = [0, 3, 6].map((k) => [...positions.slice(face * 9 + k, face * 9 + k + 3)]) as number[][];
    const [e1, e2] = [sub(b!, a!), sub(c!, a!)];
    const p = cross(way, e2);
    const det = dot(e1, p);
    if (Math.abs(det) < 1e-9) continue;
    const t = sub(origin, a!);
    const u = dot(t, p) / det;
    const q = cross(t, e1);
    const v = dot(way, q) / det;
    const distance = dot(e2, q) / det;
    if (u >= 0 && v >= 0 && u + v <= 1 && distance > 0) found.push({ distance, face });
  }
  return found.sort((a, b) => a.distance - b.distance);
}

const coordinate = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 97);
const point = fc.tuple(coordinate, coordinate, coordinate);
const direction = point
  .filter(([x, y, z]) => Math.hypot(x, y, z) > 0.1)
  .map(([x, y, z]) => [x, y, z].map((part) => part / Math.hypot(x, y, z)));
const rays = fc.array(
  fc.tuple(point, direction).map(([origin, way]) => Float32Array.from([...origin, ...way])),
  { minLength: 1, maxLength: 20 },
);

test('rays meet what a search of every face meets', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(point, point, point), { minLength: 1, maxLength: 60 }), rays, (faces, given) => {
      const { positions, triangles } = meshOf(faces);
      const caster = castInto(positions, triangles);
      const distances = new Float32Array(given.length);
      const found = new Uint32Array(given.length);
      const met = caster.nearest(
        Float32Array.from(given.flatMap((ray) => [...ray])),
        given.length,
        0,
        distances,
        found,
      );
      assert.equal(met, found.filter((face) => face !== NONE).length);
      for (const [n, ray] of given.entries()) {
        const expected = meetings(positions, ray);
        // A ray along an edge or a face may go either way in 32 bits: those are few, and told apart by moving the ray a little.
        if (isTight(positions, ray)) continue;
        assert.equal(found[n] !== NONE, expected.length > 0);
        if (expected.length > 0) assert.ok(Math.abs(distances[n]! - expected[0]!.distance) < 1e-3);
        assert.equal(caster.all(ray, 0)?.count, expected.length);
      }
    }),
    { numRuns: 150 },
  );
});

/** Whether moving the ray's origin a little changes what it meets. */
function isTight(positions: Float32Array, ray: Float32Array): boolean {
  const there = meetings(positions, ray).map(({ face }) => face);
  return Array.from({ length: 6 }, (_, n) => {
    const moved = Float32Array.from(ray);
    moved[n >> 1]! += n % 2 === 0 ? 1e-3 : -1e-3;
    return meetings(positions, moved).map(({ face }) => face);
  }).some((faces) => faces.join() !== there.join());
}

describe('a body', () => {
  test('is entered and left in turn', () => {
    const { positions, triangles } = meshOf(sphere(10, 24), insideOut(sphere(9, 24)));
    const hits = castInto(positions, triangles).all(Float32Array.of(-20, 0.1, 0.2, 1, 0, 0), 0);
    assert.deepEqual([...hits!.sides.subarray(0, hits!.count)], [-1, 1, -1, 1]);
    assert.deepEqual([...hits!.distances.subarray(0, 4)].map(Math.round), [10, 11, 29, 30]);
  });

  test('has no gaps between its faces', () => {
    const { positions, triangles } = meshOf(sphere(10, 64));
    const caster = castInto(positions, triangles);
    const count = 20_000;
    const given = new Float32Array(count * 6);
    for (let n = 0; n < count; n++) {
      // Straight at corners and edges as well: every fourth goes through a corner.
      const corner = ((n * 7919) % (positions.length / 3)) * 3;
      const [x, y, z] = [0, 1, 2].map((k) => positions[corner + k]! + (n % 4 === 0 ? 0 : Math.sin(n * (k + 1.3))));
      const length = Math.hypot(x!, y!, z!);
      given.set([0, 0, 0, x! / length, y! / length, z! / length], n * 6);
    }
    assert.equal(caster.nearest(given, count, 1e-3, new Float32Array(count), new Uint32Array(count)), count);
  });
});

test('one face, two, five: each is found', () => {
  for (const count of [1, 2, 3, 4, 5, 12]) {
    const { positions, triangles } = meshOf(box([0, 0, 0], [1, 1, 1]).slice(0, count));
    const caster = castInto(positions, triangles);
    for (let face = 0; face < count; face++) {
      const at = [0, 1, 2].map(
        (k) => (positions[face * 9 + k]! + positions[face * 9 + 3 + k]! + positions[face * 9 + 6 + k]!) / 3,
      );
      const away = [0.36, 0.48, 0.8];
      const ray = Float32Array.from([...at.map((part, k) => part - away[k]! * 3), ...away]);
      const hits = caster.all(ray, 0)!;
      assert.ok([...hits.faces.subarray(0, hits.count)].includes(face), `face ${face} of ${count}`);
    }
  }
});

test('more meetings than fit are said to be so, and costly rays stop', () => {
  const stack = Array.from({ length: MOST_HITS + 1 }, (_, n) => {
    const z = n / 64;
    return [[0, 0, z], [1, 0, z], [0, 1, z]] as const; // biome-ignore format: one line
  });
  const { positions, triangles } = meshOf(stack);
  const caster = castInto(positions, triangles);
  const ray = Float32Array.of(0.2, 0.2, -1, 0, 0, 1);
  assert.equal(caster.all(ray, 0), null);
  assert.equal(caster.all(ray, 1.5)?.count, MOST_HITS - 32);
  caster.allow(100);
  assert.equal(caster.all(ray, 1.5), null);
  assert.ok(caster.isSpent());
  assert.equal(caster.nearest(ray, 1, 0, new Float32Array(1), new Uint32Array(1)), 0);
});
