import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mesh } from './mesh.ts';
import { overhangArea } from './overhang.ts';

/** A tent on a table: a box of 4 × 4 × 2 whose top is wider than its foot by `lean` on each side. */
function funnel(lean: number, shake = 0): Mesh {
  const ring = (half: number, z: number) => [-1, 1].flatMap((y) => [-1, 1].map((x) => [x * half, y * half * 1, z]));
  const corners = [...ring(2, 0), ...ring(2 + lean, 2)];
  corners[1]![2] = shake;
  const quads = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ];
  const triangles = quads.flatMap(([a, b, c, d]) => [a!, b!, c!, a!, c!, d!]);
  return {
    positions: Float32Array.from(corners.flat()),
    triangles: Uint32Array.from(triangles),
    shellOf: new Uint32Array(12),
    shells: [],
  };
}

test('what stands on the ground does not hang over', () => {
  assert.equal(overhangArea(funnel(0)), 0);
  assert.equal(overhangArea(funnel(0, 1e-5)), 0);
});

test('sides that lean out by more than 45° do', () => {
  assert.equal(overhangArea(funnel(1.9)), 0);
  const lean = 4;
  const slope = Math.hypot(lean, 2);
  // Four trapezia between sides of 4 and of 4 + 2 · lean.
  const expected = 4 * ((4 + 4 + 2 * lean) / 2) * slope;
  assert.ok(Math.abs(overhangArea(funnel(lean)) - expected) < 1e-3);
});
