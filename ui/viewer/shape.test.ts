import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureEdges } from './edges.ts';
import { faceNormals, readStl, ShapeError } from './stl.ts';

type Point = [number, number, number];

const BOX: Point[] = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n & 1 ? 30 : 10, n & 2 ? 25 : 20, n & 4 ? 2 : 0]);
const FACES = [
  [0, 2, 3, 1],
  [4, 5, 7, 6],
  [0, 1, 5, 4],
  [2, 6, 7, 3],
  [0, 4, 6, 2],
  [1, 3, 7, 5],
];
/** A box of 20 × 5 × 2 as twelve triangles, away from the origin. */
const triangles = FACES.flatMap(([a, b, c, d]) => [
  [BOX[a!]!, BOX[b!]!, BOX[c!]!],
  [BOX[a!]!, BOX[c!]!, BOX[d!]!],
]);

function binary(header = ''): ArrayBuffer {
  const bytes = new ArrayBuffer(84 + 50 * triangles.length);
  new Uint8Array(bytes).set(new TextEncoder().encode(header));
  const view = new DataView(bytes);
  view.setUint32(80, triangles.length, true);
  for (const [n, corners] of triangles.entries()) {
    for (const [at, value] of corners.flat().entries()) view.setFloat32(84 + 50 * n + 12 + 4 * at, value, true);
  }
  return bytes;
}

function ascii(): ArrayBuffer {
  const facets = triangles.map(
    (corners) =>
      `facet normal 0 0 0\n outer loop\n${corners.map((p) => `  vertex ${p.join(' ')}\n`).join('')} endloop\nendfacet\n`,
  );
  return new TextEncoder().encode(`solid box\n${facets.join('')}endsolid box\n`).buffer;
}

for (const [name, bytes] of [
  ['binary', binary()],
  ['binary that begins with "solid"', binary('solid made by some CAD')],
  ['ASCII', ascii()],
] as const) {
  test(`${name}: size, place and lines of a box`, () => {
    const shape = readStl(bytes);
    assert.equal(shape.triangles, 12);
    assert.deepEqual(shape.size, [20, 5, 2]);
    assert.deepEqual(Math.max(...shape.positions), 10);
    const normals = faceNormals(shape.positions);
    assert.equal(featureEdges(shape.positions, normals).length / 6, 12);
  });
}

test('what is no model says so', () => {
  const refused = (bytes: ArrayBuffer, problem: string) =>
    assert.throws(
      () => readStl(bytes),
      (error) => error instanceof ShapeError && error.problem === problem,
    );
  refused(new TextEncoder().encode('PK\u0003\u0004 not an STL').buffer, 'unreadable');
  refused(new ArrayBuffer(84), 'empty');
  refused(new TextEncoder().encode('solid nothing\nendsolid').buffer, 'empty');
  refused(binary().slice(0, 300), 'unreadable');
});
