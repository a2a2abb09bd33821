import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mesh } from '../mesh.ts';
import { decodeViewMesh, encodeViewMesh } from './view-mesh.ts';

/** A bumpy sheet of n × n squares. */
function sheet(n: number): Mesh {
  const positions = new Float32Array((n + 1) ** 2 * 3);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= n; j++) positions.set([i, j, 10 * Math.sin(i / 50) + 100], (i * (n + 1) + j) * 3);
  }
  const triangles = new Uint32Array(n * n * 6);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const a = i * (n + 1) + j;
      triangles.set([a, a + n + 1, a + 1, a + 1, a + n + 1, a + n + 2], (i * n + j) * 6);
    }
  }
  return { positions, triangles, shellOf: new Uint32Array(n * n * 2), shells: [] };
}

test('a mesh comes back, about the middle of its box', () => {
  const mesh = sheet(20);
  const box = { min: [0, 0, 100], max: [20, 20, 110] };
  const view = decodeViewMesh(encodeViewMesh(mesh, box));
  assert.deepEqual(view.middle, [10, 10, 105]);
  assert.deepEqual(view.size, [20, 20, 10]);
  assert.deepEqual(view.triangles, mesh.triangles);
  assert.equal(view.trianglesOfFile, 800);
  assert.deepEqual([...view.positions.subarray(0, 3)], [-10, -10, -5]);
});

test('more than a picture needs is thinned out, and stays where it was', () => {
  const n = 720;
  const view = decodeViewMesh(encodeViewMesh(sheet(n), { min: [0, 0, 90], max: [n, n, 110] }));
  assert.equal(view.trianglesOfFile, n * n * 2);
  const shown = view.triangles.length / 3;
  assert.ok(shown > 50_000 && shown <= 400_000, `${shown} triangles`);
  assert.ok(view.triangles.every((corner) => corner < view.positions.length / 3));
  assert.ok(view.positions.every((value, at) => Math.abs(value) <= (at % 3 === 2 ? 10.01 : n / 2 + 0.01)));
});

test('anything else is refused', () => {
  assert.throws(() => decodeViewMesh(new Uint8Array([0x03, 0x00])));
});
