import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Corner, cornersOf, makeBracket, makePendant, makeRing } from '../model-maker.ts';
import { isClosed, type Sweep, sweep } from './sweep.ts';
import {
  box,
  moved,
  packedSourceOf,
  rounded,
  type Soup,
  shuffled,
  sourceOf,
  sphere,
  subdivided,
  torus,
  triangles,
  turned,
  volumeOf,
} from './sweep-under-test.ts';

const PRINT_SEED = 0x0123456789abcdef_fedcba9876543210n;

function swept(soup: readonly Corner[], seed = 1): Sweep {
  return sweep(sourceOf(soup), { seed, fingerprintSeed: PRINT_SEED });
}

function close(actual: number, expected: number, tolerance = 1e-7, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${what} ${actual}, expected ${expected}`);
}

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const angles = fc.tuple(angle, angle, angle);
const shift = fc.double({ min: -5000, max: 5000, noNaN: true });
const shifts = fc.tuple(shift, shift, shift);

test('a box, to the last digit, however finely it is divided', () => {
  for (const depth of [0, 1, 3, 5]) {
    let soup = box([1, 2, 3], [3, 5, 7]);
    for (let n = 0; n < depth; n++) soup = subdivided(soup);
    const figures = swept(shuffled(soup, depth + 1));
    assert.equal(figures.triangles, 12 * 4 ** depth);
    close(figures.volume, 24, 1e-14);
    close(figures.area, 52, 1e-14);
    assert.deepEqual(
      [figures.min, figures.max],
      [
        [1, 2, 3],
        [3, 5, 7],
      ],
    );
    assert.deepEqual(
      figures.vectorArea.map((x) => Math.abs(x) < 1e-12),
      [true, true, true],
    );
    assert.equal(figures.boundary, 0n);
    assert.ok(isClosed(figures));
  }
});

test('volumes of round things agree with another sum in double precision, turned, moved, divided and shuffled', () => {
  const solids = [
    sphere(10, 4),
    torus(9, 2, 96, 32),
    cornersOf(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl),
  ];
  solids.push(cornersOf(makePendant({ diameter: 25, thickness: 1.5, hole: 2, petals: 6 }).stl));
  solids.push(cornersOf(makeBracket({ leg: 30, thickness: 2, width: 20, fold: 3 }).stl));
  fc.assert(
    fc.property(fc.nat(solids.length - 1), angles, shifts, fc.nat(), fc.boolean(), (which, turn, by, key, divide) => {
      const whole = turned(solids[which]!, turn);
      const soup = shuffled(moved(divide ? rounded(subdivided(whole)) : whole, by), key);
      const figures = swept(soup);
      close(figures.volume, volumeOf(soup), 1e-7, 'volume');
      assert.equal(figures.boundary, 0n);
    }),
    { numRuns: 25 },
  );
});

test('a fine sphere and a fine torus have the volumes of the books', () => {
  close(swept(sphere(10, 7)).volume, (4 / 3) * Math.PI * 1000, 1e-3);
  close(swept(torus(9, 2, 512, 256)).volume, 2 * Math.PI ** 2 * 9 * 4, 2e-4);
});

test('moments of a box are those of the books', () => {
  const [min, max] = [[-1, 2, 3] as const, [4, 4, 9] as const];
  const { reference, volume, firstMoment, secondMoment } = swept(shuffled(subdivided(box(min, max)), 3));
  const low = [0, 1, 2].map((k) => min[k]! - reference[k]!);
  const high = [0, 1, 2].map((k) => max[k]! - reference[k]!);
  const mean = (k: number, power: number) =>
    (high[k]! ** (power + 1) - low[k]! ** (power + 1)) / (power + 1) / (high[k]! - low[k]!);
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-10, `${actual} ${expected}`);
  for (const k of [0, 1, 2]) near(firstMoment[k]!, volume * mean(k, 1));
  for (const k of [0, 1, 2]) near(secondMoment[k]!, volume * mean(k, 2));
  for (const k of [0, 1, 2]) near(secondMoment[3 + k]!, volume * mean(k, 1) * mean((k + 1) % 3, 1));
});

test('what points down hangs over, except what the part stands on', () => {
  const column = box([0, 0, 0], [1, 1, 2]);
  const roof = box([-1, -1, 2], [2, 2, 3]);
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 7 }), (key, z, atOnce) => {
      const soup = moved(shuffled([...column, ...roof], key), [5, 5, z]);
      const figures = sweep(sourceOf(soup, atOnce), { seed: 1 });
      close(figures.baseArea, 1, 1e-12);
      close(figures.overhangArea, 9, 1e-12);
    }),
  );
  const standing = swept(column);
  assert.deepEqual([standing.baseArea, standing.overhangArea], [1, 0]);
  // A point stands on nothing; at 45° exactly, nothing hangs; a little flatter, everything does.
  const roofAt = (slope: number) => turned(box([0, 0, 0], [4, 4, 4]), [slope, 0, 0]);
  assert.equal(swept(roofAt(Math.PI / 4 + 0.01)).baseArea, 0);
  close(swept(roofAt(Math.PI / 4 + 0.01)).overhangArea, 16, 1e-6);
});

test('any coordinate that is not finite makes the area not finite, and leaves no trace in the next mesh', () => {
  const soup = box([0, 0, 0], [1, 1, 1]);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let at = 0; at < soup.length * 3; at++) {
      const spoilt = soup.map((corner, i) => corner.map((x, k) => (3 * i + k === at ? bad : x)) as unknown as Corner);
      assert.ok(!Number.isFinite(swept(spoilt).area), `${bad} at ${at}`);
    }
  }
  assert.equal(swept(soup).volume, 1);
});

test('the figures do not depend on the layout, and hardly on how the triangles come in blocks', () => {
  const soup = torus(9, 2, 30, 11);
  soup.push(...soup.slice(0, 3));
  const whole = swept(soup);
  assert.deepEqual(sweep(packedSourceOf(soup), { seed: 1, fingerprintSeed: PRINT_SEED }), whole);
  for (const atOnce of [1, 2, 7, 100]) {
    const seen: number[] = [];
    const options = { seed: 1, fingerprintSeed: PRINT_SEED, onBlock: (count: number) => seen.push(count) };
    const parts = sweep(sourceOf(soup, atOnce), options);
    close(parts.volume, whole.volume, 1e-12);
    close(parts.area, whole.area, 1e-12);
    const { triangles: count, min, max, boundary, fingerprint } = parts;
    assert.deepEqual(
      { count, min, max, boundary, fingerprint },
      {
        count: whole.triangles,
        min: whole.min,
        max: whole.max,
        boundary: whole.boundary,
        fingerprint: whole.fingerprint,
      },
    );
    assert.equal(seen.length, Math.ceil(whole.triangles / atOnce));
    assert.equal(seen.at(-1), whole.triangles);
  }
});

test('nothing at all has an empty box and no fingerprint that was not asked for', () => {
  const nothing = sweep(sourceOf([]), { seed: 1 });
  assert.deepEqual([nothing.triangles, nothing.volume, nothing.area, nothing.boundary], [0, 0, 0, 0n]);
  assert.deepEqual([nothing.min[0], nothing.max[0], nothing.fingerprint], [Infinity, -Infinity, null]);
});

// Corners on a coarse grid with halves and signs: the round, mirrored coordinates that a weak hash would not tell apart.
const gridCorner = fc.tuple(
  ...[0, 1, 2].map(() => fc.integer({ min: -3, max: 3 }).map((n) => n / 2 + 0)),
) as fc.Arbitrary<[number, number, number]>;
const tetrahedra = fc.array(fc.tuple(gridCorner, gridCorner, gridCorner, gridCorner), { minLength: 1, maxLength: 12 });
const closedMesh = tetrahedra.map((all): Soup => all.flatMap(([a, b, c, d]) => [a, c, b, a, b, d, b, c, d, a, d, c]));
const seed = fc.oneof(fc.integer(), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }));

const same = (a: Corner, b: Corner) => a.every((x, k) => x === b[k]);
const bounds = ([a, b, c]: readonly [Corner, Corner, Corner]) => !same(a, b) && !same(b, c) && !same(c, a);

test('the boundary is zero for every closed mesh, in any order, with −0 for 0, with degenerate faces between', () => {
  fc.assert(
    fc.property(closedMesh, fc.nat(), seed, fc.boolean(), gridCorner, gridCorner, (mesh, key, from, print, a, b) => {
      const soup = shuffled([...mesh, a, a, b, a, b, a, b, a, a], key).map(
        (corner, i) =>
          corner.map((x, k) => (x === 0 && ((key >> ((i + k) % 30)) & 1) === 1 ? -0 : x)) as unknown as Corner,
      );
      const options = { seed: from, ...(print ? { fingerprintSeed: PRINT_SEED } : {}) };
      assert.equal(sweep(sourceOf(soup), options).boundary, 0n);
    }),
    { numRuns: 300 },
  );
});

test('the boundary is not zero once a face is removed, turned over, doubled or moved', () => {
  fc.assert(
    fc.property(closedMesh, fc.nat(), seed, fc.boolean(), gridCorner, (mesh, which, from, print, elsewhere) => {
      const faces = triangles(mesh);
      const at = which % faces.length;
      const [a, b, c] = faces[at]!;
      fc.pre(bounds([a, b, c]) && !same(a, elsewhere));
      const others = faces.filter((_, i) => i !== at).flat();
      const options = { seed: from, ...(print ? { fingerprintSeed: PRINT_SEED } : {}) };
      const boundary = (soup: Soup) => sweep(sourceOf(soup), options).boundary;
      assert.notEqual(boundary(others), 0n);
      assert.notEqual(boundary([...others, c, b, a]), 0n);
      assert.notEqual(boundary([...mesh, a, b, c]), 0n);
      assert.notEqual(boundary([...others, elsewhere, b, c]), 0n);
    }),
    { numRuns: 300 },
  );
});

test('holes that mirror or repeat each other do not cancel', () => {
  // Of a cube about the origin every pair of triangles is each other's image in some way.
  const faces = triangles(subdivided(box([-1, -1, -1], [1, 1, 1])));
  for (let i = 0; i < faces.length; i++) {
    for (let k = 0; k < i; k++) {
      const rest = faces.filter((_, n) => n !== i && n !== k).flat();
      assert.notEqual(sweep(sourceOf(rest), { seed: i }).boundary, 0n);
      const turnedOver = [...rest, ...[...faces[i]!].reverse(), ...[...faces[k]!].reverse()];
      assert.notEqual(sweep(sourceOf(turnedOver), { seed: k }).boundary, 0n);
    }
  }
});

test('every bit of the boundary of an open mesh depends on the seed', () => {
  const open = box([0, 0, 0], [1, 1, 1]).slice(3);
  const runs = 512;
  const ones = new Array<number>(64).fill(0);
  for (let n = 0; n < runs; n++) {
    const { boundary } = sweep(sourceOf(open), { seed: n });
    for (let bit = 0; bit < 64; bit++) ones[bit]! += Number((boundary >> BigInt(bit)) & 1n);
  }
  // The lowest bits of a determinant are zero a little more often than not: 5/8 and less.
  for (const [bit, count] of ones.entries()) {
    assert.ok(count > runs / 4 && count < (3 * runs) / 4, `bit ${bit}: ${count} of ${runs}`);
  }
});

test('the fingerprint is that of the triangles, not of their order or first corners, nor of the seed of the job', () => {
  const soup = cornersOf(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl);
  const print = swept(soup).fingerprint;
  assert.match(print ?? '', /^[0-9a-f]{32}$/);
  fc.assert(
    fc.property(fc.nat(), fc.integer(), (key, job) => assert.equal(swept(shuffled(soup, key), job).fingerprint, print)),
    { numRuns: 20 },
  );
  assert.notEqual(sweep(sourceOf(soup), { seed: 1, fingerprintSeed: PRINT_SEED + 1n }).fingerprint, print);
  assert.notEqual(sweep(sourceOf(soup), { seed: 1, fingerprintSeed: PRINT_SEED + (1n << 64n) }).fingerprint, print);
});

test('the fingerprint changes with a mirror, a moved corner, a removed, doubled or turned triangle, another diagonal', () => {
  fc.assert(
    fc.property(closedMesh, fc.nat(), fc.nat(2), gridCorner, (mesh, which, corner, to) => {
      const at = 3 * (which % (mesh.length / 3));
      const [a, b, c] = mesh.slice(at, at + 3) as [Corner, Corner, Corner];
      fc.pre(bounds([a, b, c]) && !same(mesh[at + corner]!, to));
      const print = swept(mesh).fingerprint;
      const rest = [...mesh.slice(0, at), ...mesh.slice(at + 3)];
      assert.notEqual(swept(rest).fingerprint, print);
      assert.notEqual(swept([...mesh, a, b, c]).fingerprint, print);
      assert.notEqual(swept([...rest, c, b, a]).fingerprint, print);
      assert.notEqual(swept(mesh.map((old, i) => (i === at + corner ? to : old))).fingerprint, print);
    }),
    { numRuns: 200 },
  );
  const ring = cornersOf(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl);
  const mirrored = triangles(ring).flatMap(([a, b, c]): Corner[] =>
    [a, c, b].map(([x, y, z]): Corner => [x, y, Math.fround(17 - z)]),
  );
  assert.notEqual(swept(mirrored).fingerprint, swept(ring).fingerprint);
  // Inside out, a closed mesh has every edge that it had before: only whole faces tell.
  const insideOut = triangles(ring).flatMap(([a, b, c]) => [a, c, b]);
  const halves = (soup: readonly Corner[]) => swept(soup).fingerprint!.match(/.{16}/g)!;
  const [before, afterwards] = [halves(ring), halves(insideOut)];
  assert.deepEqual([before[0] === afterwards[0], before[1] === afterwards[1]], [false, false]);
  // Same corners, same edges of the square, another diagonal: a hash of edges alone would see less of it.
  const [a, b, c, d]: Corner[] = [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
    [0, 1, 0],
  ];
  assert.notEqual(swept([a!, b!, c!, a!, c!, d!]).fingerprint, swept([a!, b!, d!, b!, c!, d!]).fingerprint);
});
