import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { ShapeError } from './stl.ts';
import { readViewMesh } from './view-mesh.ts';

/** One triangle, as modules/pricing/geometry/view/view-mesh.ts writes it. */
function triangle(corners = 3): Blob {
  const bytes = new ArrayBuffer(64 + corners * 12 + 12);
  new Uint32Array(bytes, 0, 4).set([0x31_4d_4c_46, corners, 1, 7]);
  new Float64Array(bytes, 16, 6).set([10, 20, 30, 2, 4, 0]);
  new Float32Array(bytes, 64, 9).set([-1, -2, 0, 1, -2, 0, -1, 2, 0]);
  new Uint32Array(bytes, 64 + corners * 12, 3).set([0, 1, 2]);
  return new Blob([deflateRawSync(new Uint8Array(bytes))]);
}

test('a mesh for viewing is read with the size and the number of triangles of the file', async () => {
  const { positions, triangles, size, middle } = await readViewMesh(triangle());
  assert.deepEqual([...positions], [-1, -2, 0, 1, -2, 0, -1, 2, 0]);
  assert.equal(triangles, 7);
  assert.deepEqual(size, [2, 4, 0]);
  assert.deepEqual(middle, [10, 20, 30]);
});

test('anything else is refused', async () => {
  await assert.rejects(readViewMesh(new Blob([deflateRawSync(new Uint8Array(100))])), ShapeError);
  await assert.rejects(readViewMesh(new Blob([deflateRawSync(new Uint8Array(10))])), ShapeError);
  await assert.rejects(readViewMesh(new Blob(['certainly not deflated'])));
});

test('a small file that unpacks to more than a mesh for viewing has is refused', async () => {
  const bomb = new Blob([deflateRawSync(new Uint8Array(64 << 20))]);
  await assert.rejects(readViewMesh(bomb), (error) => error instanceof ShapeError && error.problem === 'too_large');
});
