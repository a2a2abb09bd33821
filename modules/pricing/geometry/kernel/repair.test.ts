import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Corner, cornersOf } from '../model-maker.ts';
import type { Joined } from './topology.ts';
import {
  box,
  type Face,
  FEATURETYPE,
  facesOf,
  figures,
  join,
  joined,
  near,
  RING,
  shuffled,
  turned,
} from './topology-under-test.ts';

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
    assert.deepEqual(result.findings, ['unwelded_corners']);
    const repair = result.repairs.find(({ code }) => code === 'faces_turned');
    assert.equal(repair?.faces, 1159);
    assert.ok(Math.abs(repair?.volumeChange ?? 0) > 0.1);
  });

  const shake = (i: number) => 4e-6 * Math.sin(i * 12.9898);
  const shaken = FEATURETYPE.map(
    (face, i) => face.map((corner, k) => corner.map((x, m) => x + shake(9 * i + 3 * k + m))) as unknown as Face,
  );

  test('shaken within the tolerance: welded', () => {
    const result = joined(shaken);
    assert.equal(result.verdict, 'repaired');
    isFeaturetype(result, 2e-5);
  });

  test('torn further than the tolerance: not welded', () => {
    const [lid, rest] = [box([1, 1, 1]).slice(2, 4), [...box([1, 1, 1]).slice(0, 2), ...box([1, 1, 1]).slice(4)]];
    const lifted = (by: number) => lid.map((face) => face.map(([x, y, z]) => [x, y, z + by]) as unknown as Face);
    const tolerance = 1e-5 * Math.sqrt(3);
    assert.equal(joined([...rest, ...lifted(0.9 * tolerance)]).verdict, 'repaired');
    assert.ok(!joined([...rest, ...lifted(1.2 * tolerance)]).repairs.some(({ code }) => code === 'corners_welded'));
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
      shaken,
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

describe('copies', () => {
  test('a shell and a copy of it that is nearly the same are not both priced', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const moved = faces.map((face) => face.map(([x, y, z]): Corner => [x + 5e-6, y, z]) as unknown as Face);
    const result = joined([...faces, ...moved]);
    assert.equal(result.verdict, 'estimated');
    assert.deepEqual(result.findings, ['overlapping_shells']);
    near(result.volumeUncertainty, RING.volume, 1e-5);
  });

  test('a copy inside out leaves nothing', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const moved = faces.map((face) => turned(face).map(([x, y, z]): Corner => [x + 5e-6, y, z]) as unknown as Face);
    assert.notEqual(joined([...faces, ...moved]).verdict, 'closed');
  });

  test('three times the same shell is once', () => {
    const faces = facesOf(cornersOf(RING.stl));
    const result = joined([...faces, ...faces, ...faces]);
    near(result.volume, RING.volume);
    assert.deepEqual(result.repairs, [
      { code: 'duplicate_shells_removed', faces: 2 * RING.triangles, volumeChange: -2 },
    ]);
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

  test('faces that meet, but not corner to corner, leave only a seam', () => {
    const faces = box([2, 2, 2]);
    // Both sides of an edge keep it; one of them has a corner in its middle.
    const [a, b, c] = faces[0]!;
    const middle = a.map((x, k) => (x + b[k]!) / 2) as unknown as Corner;
    const result = joined([[a, middle, c], [middle, b, c], ...faces.slice(1)]);
    assert.equal(result.verdict, 'repaired');
    near(result.volume, 8);
    assert.equal(result.volumeUncertainty, 0);
    assert.deepEqual(result.findings, ['unwelded_corners']);
    assert.deepEqual(result.repairs, [{ code: 'holes_filled', faces: 1, volumeChange: 0 }]);
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

  test('holes that meet in a corner are filled one by one', () => {
    const [top, bottom]: Corner[] = [
      [0, 0, 1],
      [0, 0, -1],
    ];
    const belt: Corner[] = [
      [1, 0, 0],
      [0, 1, 0],
      [-1, 0, 0],
      [0, -1, 0],
    ];
    const faces = belt.flatMap((p, i): Face[] => [
      [p, belt[(i + 1) % 4]!, top!],
      [belt[(i + 1) % 4]!, p, bottom!],
    ]);
    for (const missing of [
      [0, 4],
      [2, 6],
    ]) {
      const result = joined(faces.filter((_, i) => !missing.includes(i)));
      near(result.volume, 4 / 3);
      assert.deepEqual(
        result.repairs.map(({ code, faces }) => [code, faces]),
        [['holes_filled', 2]],
      );
    }
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
