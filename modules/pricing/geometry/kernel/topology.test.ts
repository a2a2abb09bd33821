import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TriangleSource } from '../formats/triangle-source.ts';
import { type Corner, cornersOf, makeBracket, makePendant } from '../model-maker.ts';
import { sweep } from './sweep.ts';
import { joinMesh } from './topology.ts';
import {
  box,
  checkMesh,
  type Face,
  FEATURETYPE,
  facesOf,
  figures,
  join,
  joined,
  near,
  RING,
  shuffled,
  sourceOf,
  torusSource,
  turned,
} from './topology-under-test.ts';

describe('closed models', () => {
  for (const made of [
    RING,
    makePendant({ diameter: 24, thickness: 1.5, hole: 4, petals: 5 }),
    makeBracket({ leg: 40, thickness: 3, width: 25, fold: 4 }),
  ]) {
    test(`${made.fileName} is one closed shell`, () => {
      const result = joined(facesOf(cornersOf(made.stl)));
      assert.equal(result.verdict, 'closed');
      near(result.volume, made.volume);
      assert.deepEqual(result.findings, []);
      assert.deepEqual(result.repairs, []);
      assert.deepEqual(result.topology, {
        shells: 1,
        openEdges: 0,
        nonManifoldEdges: 0,
        flippedEdges: 0,
        cavities: 0,
        cavityVolume: 0,
      });
      assert.equal(
        result.mesh.positions.length / 3,
        made.triangles / 2 + (made.fileName.startsWith('bracket') ? 2 : 0),
      );
    });
  }

  test('corners and faces keep the order of the file, degenerate faces go', () => {
    const [a, b, c, d]: Corner[] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const { mesh, verdict } = joined([
      [[9, 9, 9], [9, 9, 9], d!],
      [a!, c!, b!],
      [a!, b!, d!],
      [a!, b!, b!],
      [b!, c!, d!],
      [a!, d!, [-0, 1, -0]],
    ]);
    assert.equal(verdict, 'closed');
    // The corner at 9, 9, 9 belongs to no face.
    assert.deepEqual([...mesh.positions], [d, a, c, b].flat());
    assert.deepEqual([...mesh.triangles], [1, 2, 3, 1, 3, 0, 3, 2, 0, 1, 0, 2]);
  });

  test('a hub with very many edges, a mesh of several rounds', () => {
    const around = 20_000;
    const at = (i: number): Corner => [
      Math.fround(Math.cos((2 * Math.PI * i) / around)),
      Math.fround(Math.sin((2 * Math.PI * i) / around)),
      0,
    ];
    const faces = Array.from({ length: around }, (_, i): Face[] => {
      const [p, q] = [at(i), at((i + 1) % around)];
      return [
        [p, q, [0, 0, 1]],
        [q, p, [0, 0, -1]],
      ];
    }).flat();
    const result = joined(faces);
    assert.equal(result.verdict, 'closed');
    near(result.volume, (2 * Math.PI) / 3);
  });

  test('more entries than one round holds', () => {
    const source = torusSource(1300, 600);
    const swept = sweep(source, { seed: 1 });
    const result = joinMesh(source, swept, { seed: 1 });
    assert.equal(result.verdict, 'closed');
    assert.equal(result.topology?.shells, 1);
    assert.equal(result.mesh.positions.length / 3, 1300 * 600);
    near(result.volume, swept.volume, 1e-12);
    result.release();
  });

  test('a table that grew still knows its corners', () => {
    // All first faces, then all second ones …: the corners come early, and are looked for late.
    const bodies = 100_000;
    const faces = [0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2];
    const source: TriangleSource = {
      atMost: 4 * bodies,
      stride: 36,
      offset: 0,
      forEachBlock(into, visit) {
        const size = 20_000;
        const floats = new Float32Array(into.buffer, into.byteOffset, size * 9);
        for (let first = 0; first < 4 * bodies; first += size) {
          for (let i = 0; i < size; i++) {
            const [body, face] = [(first + i) % bodies, Math.floor((first + i) / bodies)];
            for (let k = 0; k < 3; k++) {
              const corner = faces[3 * face + k]!;
              floats[9 * i + 3 * k] = 2 * (body % 100) + (corner === 1 ? 1 : 0);
              floats[9 * i + 3 * k + 1] = 2 * (Math.floor(body / 100) % 100) + (corner === 2 ? 1 : 0);
              floats[9 * i + 3 * k + 2] = 2 * Math.floor(body / 10_000) + (corner === 3 ? 1 : 0);
            }
          }
          visit(size);
        }
      },
    };
    const result = joinMesh(source, sweep(source, { seed: 1 }), { seed: 1 });
    assert.equal(result.topology?.openEdges, 0);
    assert.equal(result.topology?.shells, bodies);
    assert.equal(result.mesh.positions.length / 3, 4 * bodies);
    near(result.volume, bodies / 6);
    result.release();
  });

  test('figures do not depend on order, first corners, motion or seed', () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(angle, angle, fc.infiniteStream(fc.nat()), fc.integer(), (a, b, order, seed) => {
        const moved = facesOf(
          cornersOf(RING.stl).map(([x, y, z]): Corner => {
            const [x1, y1] = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)];
            return [
              Math.fround(x1),
              Math.fround(y1 * Math.cos(b) - z * Math.sin(b)),
              Math.fround(y1 * Math.sin(b) + z * Math.cos(b)),
            ];
          }),
        );
        const result = joined(moved);
        assert.equal(result.verdict, 'closed');
        near(result.volume, RING.volume, 1e-6);
        assert.deepEqual(figures(joined(shuffled(moved, order), seed)), figures(result));
      }),
      { numRuns: 30 },
    );
  });
});

describe('several shells', () => {
  test('bodies side by side, face to face and edge to edge stay bodies of their own', () => {
    for (const [at, nonManifoldEdges] of [
      [[5, 0, 0], 0],
      [[0, 0, 1], 5],
      [[1, 1, 0], 1],
    ] as const) {
      const result = joined([...box([1, 1, 1]), ...box([1, 1, 1], at)]);
      assert.equal(result.verdict, 'closed');
      near(result.volume, 2);
      assert.deepEqual(
        { ...result.topology },
        {
          shells: 2,
          openEdges: 0,
          nonManifoldEdges,
          flippedEdges: 0,
          cavities: 0,
          cavityVolume: 0,
        },
      );
      for (const shell of result.mesh.shells) near(shell.volume, 1);
    }
  });

  test('a hollow is a cavity, and a body in it a body', () => {
    const faces = [...box([6, 6, 6]), ...box([4, 4, 4], [1, 1, 1]).map(turned), ...box([1, 1, 1], [2, 2, 2])];
    const result = joined(faces);
    assert.equal(result.verdict, 'closed');
    near(result.volume, 216 - 64 + 1);
    assert.equal(result.topology?.cavities, 1);
    near(result.topology?.cavityVolume ?? 0, 64);
    assert.deepEqual(
      result.mesh.shells.map((shell) => shell.isCavity),
      [false, true, false],
    );
    const inverted = joined(faces.map(turned));
    assert.deepEqual(inverted.findings, ['inverted']);
    near(inverted.volume, result.volume);
    assert.deepEqual(inverted.mesh.shells, result.mesh.shells);
  });

  test('a body inside out beside another one is turned outward', () => {
    const result = joined([...box([3, 3, 3]), ...box([1, 1, 1], [5, 0, 0]).map(turned)]);
    assert.equal(result.verdict, 'repaired');
    near(result.volume, 28);
    assert.deepEqual(result.repairs, [
      { code: 'faces_turned', faces: 12, volumeChange: Number((2 / 28).toPrecision(9)) },
    ]);
  });

  test('bodies that overlap, or lie in each other, are left to a person', () => {
    for (const other of [
      box([4, 4, 4], [1, 1, 1]),
      box([6, 6, 6], [3, 3, 3]),
      box([1, 1, 1], [0, 0, 0]).map(turned),
      box([2, 2, 9], [2, 2, -1]),
    ]) {
      const result = joined([...box([6, 6, 6]), ...other]);
      assert.equal(result.verdict, 'estimated');
      assert.deepEqual(result.findings, ['overlapping_shells']);
      assert.ok(result.volumeUncertainty >= 0);
    }
  });

  test('bodies that only close by a face both have are left to a person', () => {
    const result = join([...box([1, 1, 1]), ...box([1, 1, 2])]);
    assert.equal(result.verdict, 'estimated');
    assert.deepEqual(result.findings, ['overlapping_shells']);
    near(result.volume, 3);
    result.release();
  });

  test('a shell and its mirror inside out have no volume', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const result = joined([...faces, ...faces.map(turned)]);
    assert.equal(result.verdict, 'unusable');
    assert.ok(result.findings.includes('no_volume'));
  });
});

describe('memory', () => {
  test('a mesh that was not released stays as it is; a released one makes room', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const kept = join(faces);
    const before = kept.mesh.positions.slice();
    const other = join(FEATURETYPE);
    assert.deepEqual(kept.mesh.positions, before);
    other.release();
    other.release();
    const third = join(box([1, 1, 1]));
    const fourth = join(box([2, 2, 2]));
    near(third.volume, 1);
    checkMesh(third);
    checkMesh(fourth);
    assert.equal(third.mesh.positions.buffer, other.mesh.positions.buffer);
    assert.notEqual(third.mesh.positions.buffer, fourth.mesh.positions.buffer);
  });

  test('a source that has grown since it was swept is refused', () => {
    const source = sourceOf(box([1, 1, 1]));
    const swept = sweep(sourceOf(box([1, 1, 1]).slice(1)), { seed: 1 });
    assert.throws(() => joinMesh(source, swept, { seed: 1 }), RangeError);
  });

  test('progress rises to 1', () => {
    const shares: number[] = [];
    const source = sourceOf(FEATURETYPE);
    joinMesh(source, sweep(source, { seed: 1 }), { seed: 1, onProgress: (share) => shares.push(share) }).release();
    assert.equal(shares.at(-1), 1);
    assert.ok(shares.every((share, i) => i === 0 || share >= shares[i - 1]!));
  });
});
