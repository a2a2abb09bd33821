import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TriangleSource } from '../formats/triangle-source.ts';
import { type Corner, cornersOf, makeBracket, makePendant, makeRing } from '../model-maker.ts';
import { sweep } from './sweep.ts';
import { type Joined, joinMesh } from './topology.ts';

type Face = readonly [Corner, Corner, Corner];

const RING = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 48 });
const FEATURETYPE = facesOf(cornersOf(readFileSync(new URL('../fixtures/featuretype.stl', import.meta.url))));

function facesOf(corners: readonly Corner[]): Face[] {
  return Array.from({ length: corners.length / 3 }, (_, i) => corners.slice(3 * i, 3 * i + 3) as unknown as Face);
}

function sourceOf(faces: readonly Face[]): TriangleSource {
  const stride = 36;
  return {
    atMost: faces.length,
    stride,
    offset: 0,
    forEachBlock(into, visit) {
      const capacity = Math.floor(into.length / stride);
      const floats = new Float32Array(into.buffer, into.byteOffset, capacity * 9);
      for (let first = 0; first < faces.length; first += capacity) {
        const part = faces.slice(first, first + capacity);
        part.forEach((face, i) => {
          for (let k = 0; k < 9; k++) floats[9 * i + k] = face[Math.floor(k / 3)]![k % 3]!;
        });
        visit(part.length);
      }
    },
  };
}

function join(faces: readonly Face[], seed = 42): Joined {
  const source = sourceOf(faces);
  return joinMesh(source, sweep(source, { seed }), { seed });
}

/** Joins, checks what holds for every mesh, and gives the memory back. */
function joined(faces: readonly Face[], seed?: number): Joined {
  const result = join(faces, seed);
  checkMesh(result);
  result.release();
  return result;
}

/** Every corner used, no degenerate face, every shell closed, figures of shells that add up. */
function checkMesh({ mesh, volume, area, topology }: Joined): void {
  const { positions, triangles, shellOf, shells } = mesh;
  if (topology !== null) assert.equal(shells.length, topology.shells);
  const used = new Uint8Array(positions.length / 3);
  const edges = new Map<string, number>();
  const faces = new Uint32Array(shells.length);
  for (let face = 0; face < shellOf.length; face++) {
    const [a, b, c] = triangles.subarray(3 * face, 3 * face + 3) as unknown as [number, number, number];
    assert.ok(a !== b && b !== c && c !== a);
    faces[shellOf[face]!]!++;
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      used[from] = 1;
      const key = `${shellOf[face]} ${Math.min(from, to)} ${Math.max(from, to)}`;
      edges.set(key, (edges.get(key) ?? 0) + Math.sign(to - from));
    }
  }
  assert.ok([...edges.values()].every((sum) => sum === 0));
  assert.ok(used.every((seen) => seen === 1));
  shells.forEach((shell, i) => {
    assert.equal(shell.faces, faces[i]);
    assert.ok(shell.isClosed);
  });
  const sum = shells.reduce((all, shell) => all + shell.volume, 0);
  near(Math.abs(sum), volume, 1e-9);
  if (shells.length > 0) {
    near(
      shells.reduce((all, shell) => all + shell.area, 0),
      area,
      1e-9,
    );
  }
}

function near(actual: number, expected: number, precision = 1e-7): void {
  assert.ok(Math.abs(actual - expected) <= precision * Math.max(1e-3, Math.abs(expected)), `${actual} not ${expected}`);
}

/** What must not depend on the order of the file or on the seed. */
function figures({ verdict, volume, volumeUncertainty, area, findings, repairs, topology }: Joined) {
  const nine = (value: number | null) => value && Number(value.toPrecision(9));
  return {
    verdict,
    volume: nine(volume),
    uncertainty: nine(volumeUncertainty),
    area: nine(area),
    findings,
    repairs: repairs.map(({ code, faces }) => ({ code, faces })),
    topology: topology && { ...topology, cavityVolume: nine(topology.cavityVolume) },
  };
}

function turned([a, b, c]: Face): Face {
  return [a, c, b];
}

function box(size: Corner, at: Corner = [0, 0, 0]): Face[] {
  const corner = (x: number, y: number, z: number): Corner => [
    at[0] + x * size[0],
    at[1] + y * size[1],
    at[2] + z * size[2],
  ];
  const [a, b, c, d] = [corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0), corner(0, 1, 0)];
  const [e, f, g, h] = [corner(0, 0, 1), corner(1, 0, 1), corner(1, 1, 1), corner(0, 1, 1)];
  const quads = [
    [a, d, c, b],
    [e, f, g, h],
    [a, b, f, e],
    [b, c, g, f],
    [c, d, h, g],
    [d, a, e, h],
  ] as const;
  return quads.flatMap(([p, q, r, s]): Face[] => [
    [p, q, r],
    [p, r, s],
  ]);
}

function shuffled(faces: readonly Face[], order: Iterator<number>): Face[] {
  return faces
    .map((face) => {
      const by = order.next().value as number;
      return { rank: by, face: [0, 1, 2].map((k) => face[(k + by) % 3]!) as unknown as Face };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ face }) => face);
}

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

/** A torus as a grid, made while it is read. */
function torusSource(across: number, around: number): TriangleSource {
  const at = (u: number, v: number) => {
    const [p, t] = [((u % across) / across) * 2 * Math.PI, ((v % around) / around) * 2 * Math.PI];
    return [(30 + 8 * Math.cos(t)) * Math.cos(p), (30 + 8 * Math.cos(t)) * Math.sin(p), 8 * Math.sin(t)];
  };
  const grid = new Float32Array(across * around * 3);
  for (let i = 0; i < across * around; i++) grid.set(at(i % across, Math.floor(i / across)), 3 * i);
  const faces = 2 * across * around;
  return {
    atMost: faces,
    stride: 36,
    offset: 0,
    forEachBlock(into, visit) {
      const floats = new Float32Array(into.buffer, into.byteOffset, Math.floor(into.length / 36) * 9);
      let held = 0;
      for (let face = 0; face < faces; face++) {
        const [u, v] = [(face >> 1) % across, Math.floor((face >> 1) / across)];
        const corners = face & 1 ? [u, v, u + 1, v + 1, u, v + 1] : [u, v, u + 1, v, u + 1, v + 1];
        for (let k = 0; k < 3; k++) {
          const from = 3 * ((corners[2 * k]! % across) + across * (corners[2 * k + 1]! % around));
          for (let axis = 0; axis < 3; axis++) floats[9 * held + 3 * k + axis] = grid[from + axis]!;
        }
        if (++held * 9 < floats.length) continue;
        visit(held);
        held = 0;
      }
      if (held > 0) visit(held);
    },
  };
}

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

describe('a real CAD export', () => {
  function isFeaturetype(result: Joined, precision = 1e-7): void {
    near(result.volume, 11.62773343, precision);
    near(result.area, 53.82738612, precision);
  }

  test('whose corners differ in their last bits is closed by welding', () => {
    const result = joined(FEATURETYPE);
    assert.equal(result.verdict, 'repaired');
    assert.deepEqual(result.findings, ['unwelded_corners']);
    assert.equal(result.topology?.openEdges, 576);
    assert.equal(result.topology?.shells, 1);
    isFeaturetype(result);
  });

  test('inside out: the same, with a note', () => {
    const result = joined(FEATURETYPE.map(turned));
    assert.equal(result.verdict, 'repaired');
    assert.deepEqual(result.findings, ['unwelded_corners', 'inverted']);
    isFeaturetype(result);
  });

  test('there twice, or some faces twice: counted once, and said', () => {
    const twice = joined([...FEATURETYPE, ...FEATURETYPE.toReversed()]);
    isFeaturetype(twice);
    assert.deepEqual(twice.repairs[0], { code: 'duplicate_shells_removed', faces: 3476, volumeChange: -1 });
    const some = joined([...FEATURETYPE, ...FEATURETYPE.slice(100, 150)]);
    isFeaturetype(some);
    assert.deepEqual(some.repairs[0], { code: 'duplicate_faces_removed', faces: 50, volumeChange: null });
    assert.deepEqual(some.findings, ['unwelded_corners', 'duplicate_faces']);
  });

  test('with faces turned the wrong way: turned back, with what it changes', () => {
    const result = joined(FEATURETYPE.map((face, i) => (i % 3 === 0 ? turned(face) : face)));
    assert.equal(result.verdict, 'repaired');
    isFeaturetype(result);
    const repair = result.repairs.find(({ code }) => code === 'faces_turned');
    assert.equal(repair?.faces, 1159);
    assert.ok(Math.abs(repair?.volumeChange ?? 0) > 0.1);
  });

  test('shaken within the tolerance: welded', () => {
    const shake = (i: number) => 4e-6 * Math.sin(i * 12.9898);
    const result = joined(
      FEATURETYPE.map(
        (face, i) => face.map((corner, k) => corner.map((x, m) => x + shake(9 * i + 3 * k + m))) as never,
      ),
    );
    assert.equal(result.verdict, 'repaired');
    isFeaturetype(result, 2e-5);
  });

  test('with a hole: filled, estimated, and how far it may be off', () => {
    const result = joined(FEATURETYPE.slice(10));
    assert.equal(result.verdict, 'estimated');
    assert.ok(result.findings.includes('open_boundary'));
    assert.ok(result.repairs.some(({ code, faces }) => code === 'holes_filled' && faces > 0));
    assert.ok(Math.abs(result.volume - 11.62773343) <= result.volumeUncertainty, `${result.volumeUncertainty}`);
    assert.ok(result.volumeUncertainty < 0.1 * result.volume);
  });

  test('broken in any of these ways, the order changes no figure', () => {
    const variants: Face[][] = [
      FEATURETYPE,
      FEATURETYPE.slice(10),
      [...FEATURETYPE, ...FEATURETYPE],
      FEATURETYPE.map((face, i) => (i % 3 === 0 ? turned(face) : face)),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...variants), fc.infiniteStream(fc.nat()), fc.integer(), (faces, order, seed) => {
        assert.deepEqual(figures(joined(shuffled(faces, order), seed)), figures(joined(faces)));
      }),
      { numRuns: 12 },
    );
  });
});

describe('open and torn meshes', () => {
  test('a box without a side is filled flat', () => {
    const result = joined(box([2, 2, 2], [100, 100, 100]).slice(2));
    assert.equal(result.verdict, 'estimated');
    assert.deepEqual(result.findings, ['open_boundary']);
    near(result.volume, 8);
    assert.ok(result.volumeUncertainty > 0);
    assert.deepEqual(result.repairs, [
      { code: 'holes_filled', faces: 4, volumeChange: result.repairs[0]!.volumeChange },
    ]);
  });

  test('one face too few is one face more', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const result = joined(faces.slice(1));
    near(result.volume, RING.volume);
    assert.deepEqual(
      result.repairs.map(({ code, faces }) => [code, faces]),
      [['holes_filled', 1]],
    );
  });

  test('a Möbius strip has no outside', () => {
    const around = 24;
    const at = (i: number, side: number): Corner => {
      const turn = (2 * Math.PI * i) / around;
      const s = i >= around ? -side : side;
      const t = (2 * Math.PI * (i % around)) / around;
      const r = 5 + s * Math.cos(t / 2);
      return [
        Math.fround(r * Math.cos(turn % (2 * Math.PI))),
        Math.fround(r * Math.sin(t)),
        Math.fround(s * Math.sin(t / 2)),
      ];
    };
    const faces = Array.from({ length: around }, (_, i): Face[] => [
      [at(i, -1), at(i + 1, -1), at(i + 1, 1)],
      [at(i, -1), at(i + 1, 1), at(i, 1)],
    ]).flat();
    const rounded = faces.map((face) => face.map((c) => c.map((x) => Math.round(x * 1024) / 1024)) as unknown as Face);
    const result = joined(rounded);
    assert.ok(result.topology!.flippedEdges > 0);
    assert.ok(['estimated', 'unusable'].includes(result.verdict));
  });

  test('whatever the triangles, the mesh is sound and the verdict keeps open ones from being priced', () => {
    const coordinate = fc.integer({ min: 0, max: 2 });
    const corner = fc.tuple(coordinate, coordinate, coordinate);
    const faces = fc.array(fc.tuple(corner, corner, corner), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(faces, fc.boolean(), (soup, withBox) => {
        const all: Face[] = withBox ? [...box([2, 2, 2]), ...soup] : soup;
        const result = joined(all);
        const counts = new Map<string, number>();
        for (const [a, b, c] of all) {
          for (const [from, to] of [
            [a, b],
            [b, c],
            [c, a],
          ] as const) {
            const [p, q] = [from.join(), to.join()];
            const key = p < q ? `${p} ${q}` : `${q} ${p}`;
            if (p !== q && new Set([a, b, c].map(String)).size === 3) {
              counts.set(key, (counts.get(key) ?? 0) + (p < q ? 1 : 1000));
            }
          }
        }
        const faceCounts = [...counts.values()].map((n) => [n % 1000, Math.floor(n / 1000)] as const);
        assert.equal(result.topology?.openEdges, faceCounts.filter(([p, q]) => p + q === 1).length);
        assert.equal(result.topology?.nonManifoldEdges, faceCounts.filter(([p, q]) => p + q > 2).length);
        assert.equal(result.topology?.flippedEdges, faceCounts.filter(([p, q]) => p + q === 2 && p !== q).length);
        assert.ok(result.volume >= 0 && result.volumeUncertainty >= 0);
        if (result.verdict === 'closed') assert.ok(faceCounts.every(([p, q]) => p === q));
      }),
      { numRuns: 1500 },
    );
  });

  test('a soup makes the table grow, and is never priced', () => {
    const triangles = 60_000;
    const soup = Array.from({ length: triangles }, (_, i): Face => {
      const at = (k: number): Corner =>
        [0, 1, 2].map((m) => (Math.imul(9 * i + 3 * k + m, 0x9e3779b1) >>> 8) / 1e5) as never;
      return [at(0), at(1), at(2)];
    });
    const result = join(soup);
    assert.equal(result.topology?.openEdges, 3 * triangles);
    assert.ok(['estimated', 'unusable'].includes(result.verdict));
    assert.ok(result.findings.includes('open_boundary'));
    result.release();
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
