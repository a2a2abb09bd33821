import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FEATURETYPE } from '../kernel/topology-under-test.ts';
import { type Corner, cornersOf, makeBracket, makePendant, makeRing, writeStl } from '../model-maker.ts';
import { compareShapes } from './compare-shapes.ts';
import { packOutline, unpackOutline } from './outline.ts';
import { proposalOf, UNIT_RATIOS, unlikeness, vectorDistance } from './shape-distance.ts';
import {
  type Corners,
  knownCorners,
  mirrored,
  moved,
  scaled,
  series,
  shuffled,
  subdivided,
  withMesh,
} from './shapes-under-test.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { wallQuantiles } from './wall-quantiles.ts';

const RING = cornersOf(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl);
const PENDANT = cornersOf(makePendant({ diameter: 20, thickness: 2, hole: 3, petals: 5 }).stl);
const BRACKET = cornersOf(makeBracket({ leg: 20, thickness: 2, width: 15, fold: 2 }).stl);
const FEATURES: Corners = FEATURETYPE.flat();
const MODELS = { RING, PENDANT, BRACKET, FEATURES };
/** A box with legs of three lengths: no symmetry of its own. */
const CHIRAL = chiral();

function chiral(): Corner[] {
  const at = (x: number, y: number, z: number): Corner => [x, y, z];
  const [o, a, b, c] = [at(0, 0, 0), at(7, 0, 0), at(1, 4, 0), at(0.5, 0.3, 2)];
  return [o, b, a, o, a, c, a, b, c, b, o, c];
}

const shapeOf = (corners: Corners) => knownCorners(corners).shape!;

function fits(own: Corners, other: Corners) {
  const [mine, theirs] = [shapeOf(own), shapeOf(other)];
  const proposal = proposalOf(mine, theirs);
  if (!proposal) return null;
  const { scale, mirrored: hand } = proposal;
  const likeness = { outline: theirs.outline, scale, ...(hand !== null && { mirrored: hand }) };
  return { proposal, fit: withMesh(writeStl(own), (mesh) => compareShapes(mesh, [likeness]))[0]! };
}

describe('the vector of a shape', () => {
  test('of a box is that of its formulas', () => {
    const [a, b, c] = [2, 3, 5];
    const corners = box(a, b, c);
    const { vector } = shapeOf(corners);
    const area = 2 * (a * b + b * c + c * a);
    const length = Math.sqrt(area);
    assert.ok(Math.abs(vector[0]! - (a * b * c) / length ** 3) < 1e-7);
    for (const [k, side] of [a, b, c].entries()) {
      // Two faces across the side lie half of it away; the other four are even along it.
      const across = 2 * ((a * b * c) / side);
      const mean = (across * (side / 2) ** 2 + (area - across) * (side ** 2 / 12)) / area;
      assert.ok(Math.abs(vector[1 + k]! - mean / area) < 1e-7);
      assert.ok(Math.abs(vector[4 + k]! - side ** 2 / 12 / area) < 1e-7);
    }
    assert.ok(Math.abs(vector[7]!) < 1e-7);
    assert.ok(Math.abs(vector[9]! - Math.hypot(a, b, c) / 2 / length) < 1e-7);
  });

  test('does not feel motion, order, subdivision, unit or a mirror; only its hand feels the mirror', () => {
    for (const [name, corners] of Object.entries({ ...MODELS, CHIRAL })) {
      const whole = shapeOf(corners);
      fc.assert(
        fc.property(fc.nat(), fc.constantFrom(...UNIT_RATIOS), fc.boolean(), (seed, ratio, mirror) => {
          const random = series(seed);
          const turned = shuffled(
            moved(scaled(mirror ? mirrored(corners) : corners, ratio), random, 20 * ratio),
            random,
          );
          const other = shapeOf(seed % 2 === 0 ? subdivided(turned) : turned);
          const distance = vectorDistance(whole.vector, other.vector);
          assert.ok(distance < 3e-6, `${name}: ${distance}`);
          if (Math.abs(whole.chirality) > 1e-4) assert.equal(whole.chirality * other.chirality < 0, mirror, name);
          assert.ok(Math.abs(other.logArea - whole.logArea - 2 * Math.log(ratio)) < 1e-5);
        }),
        { numRuns: 8 },
      );
    }
  });

  test('has a hand where the shape has one', () => {
    assert.ok(Math.abs(shapeOf(CHIRAL).chirality) > 1e-4);
    assert.ok(Math.abs(shapeOf(RING).chirality) < 1e-4);
  });
});

describe('laying one shape on the other', () => {
  test('finds it moved, shuffled, subdivided and in another unit, also where axes are not clear', () => {
    for (const [name, corners] of Object.entries({ ...MODELS, CHIRAL, CUBE: box(3, 3, 3) })) {
      for (const [seed, ratio] of UNIT_RATIOS.entries()) {
        const random = series(seed + 1);
        const other = shuffled(subdivided(moved(scaled(corners, 1 / ratio), random, 20 / ratio)), random);
        const found = fits(corners, other);
        assert.ok(found?.fit && !found.fit.mirrored, `${name} times ${ratio}: ${JSON.stringify(found)}`);
        assert.equal(found.proposal.scale, ratio);
      }
    }
  });

  test('tells a mirror image from the shape itself', () => {
    const random = series(5);
    assert.equal(fits(CHIRAL, moved(mirrored(CHIRAL), random, 5))!.fit!.mirrored, true);
    assert.equal(fits(CHIRAL, moved(CHIRAL, random, 5))!.fit!.mirrored, false);
    assert.equal(
      fits(PENDANT, moved(mirrored(PENDANT), random, 5))!.fit!.mirrored,
      false,
      'it is its own mirror image',
    );
  });

  test('sees what the numbers would let pass', () => {
    const other = shapeOf(moved(PENDANT, series(9), 5));
    const [right] = withMesh(writeStl(PENDANT), (mesh) => compareShapes(mesh, [{ outline: other.outline, scale: 1 }]));
    assert.ok(right);
    for (const scale of [1.002, 0.998]) {
      const [wrong] = withMesh(writeStl(PENDANT), (mesh) => compareShapes(mesh, [{ outline: other.outline, scale }]));
      assert.equal(wrong, null);
    }
    const [ring] = withMesh(writeStl(RING), (mesh) => compareShapes(mesh, [{ outline: other.outline, scale: 1 }]));
    assert.equal(ring, null);
  });

  test('survives being stored', () => {
    const { outline } = shapeOf(BRACKET);
    assert.deepEqual(unpackOutline(packOutline(outline)), outline);
  });
});

test('what is alike is less unlike than what is not', () => {
  const ring = shapeOf(RING);
  const wider = shapeOf(cornersOf(makeRing({ diameter: 17.5, width: 4.5, thickness: 2 }).stl));
  assert.ok(unlikeness(ring, wider) < 0.1);
  assert.ok(unlikeness(ring, shapeOf(BRACKET)) > 2 * unlikeness(ring, wider));
  assert.equal(unlikeness(ring, ring), 0);
});

test('walls are told at shares of the area', () => {
  const curve: [number, number][] = [
    [1, 0],
    [2, 0.5],
    [4, 0.6],
  ];
  const [first, , tenth, , half, most] = wallQuantiles(curve, 2);
  assert.ok(Math.abs(first! - 0.51) < 1e-9 && Math.abs(tenth! - 0.6) < 1e-9 && half === 1 && most === 2);
  assert.deepEqual(wallQuantiles([], 2), []);
});

test('eigenvectors turn a matrix into its eigenvalues', () => {
  const value = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(value, value, value, value, value, value), ([xx, xy, xz, yy, yz, zz]) => {
      const { values, vectors } = symmetricEigen([xx, xy, xz, yy, yz, zz]);
      assert.ok(values[0] <= values[1] && values[1] <= values[2]);
      for (const [k, [x, y, z]] of vectors.entries()) {
        const image = [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z];
        for (const [i, each] of [x, y, z].entries()) assert.ok(Math.abs(image[i]! - values[k]! * each) < 1e-11);
      }
    }),
  );
});

function box(a: number, b: number, c: number): Corner[] {
  const at = (n: number): Corner => [n & 1 ? a : 0, n & 2 ? b : 0, n & 4 ? c : 0];
  const quads = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ] as const;
  return quads.flatMap(([p, q, r, s]) => [p, q, r, p, r, s].map(at));
}
