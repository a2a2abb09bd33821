import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UNITS } from '#contracts/basics';
import type { Thickness } from '#contracts/pricing';
import { MILLIMETRES } from './price.ts';
import { wallCheck } from './wall-check.ts';

const positive = fc.double({ min: 0.01, max: 100, noNaN: true });

/** A curve that rises in both, patches at a ladder of limits. */
const thickness: fc.Arbitrary<Thickness> = fc
  .record({
    steps: fc.array(fc.tuple(positive, positive), { minLength: 1, maxLength: 12 }),
    rungs: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
    perRung: fc.integer({ min: 1, max: 6 }),
    p01: positive,
  })
  .map(({ steps, rungs, perRung, p01 }) => {
    const all = steps.reduce((sum, [, share]) => sum + share, 0);
    let at = 0;
    let share = 0;
    const curve = steps.map(([width, part], i): [number, number] => {
      at += width;
      if (i > 0) share += part;
      return [at, share / all];
    });
    const patches = rungs
      .toSorted((a, b) => a - b)
      .flatMap((rung) =>
        Array.from({ length: perRung }, (_, i) => ({
          below: rung / 4,
          at: [i, 0, 0] as [number, number, number],
          area: perRung - i,
          thinnest: rung / 8,
        })),
      );
    return { rays: 1000, p01, curve, patches };
  });

const close = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(b), 1e-6), `${a} ≈ ${b}`);

describe('walls against a limit', () => {
  test('the share is what the curve says at its points, and never falls as the limit rises', () => {
    fc.assert(
      fc.property(thickness, positive, positive, (walls, a, b) => {
        for (const [limit, share] of walls.curve) close(wallCheck(walls, 'mm', limit).shareBelow, share);
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(wallCheck(walls, 'mm', less).shareBelow <= wallCheck(walls, 'mm', more).shareBelow);
      }),
    );
  });

  test('between two points the share lies on their straight line', () => {
    const walls = {
      rays: 1,
      p01: 0.1,
      patches: [],
      curve: [
        [1, 0],
        [3, 0.5],
        [4, 0.6],
      ] as [number, number][],
    };
    assert.equal(wallCheck(walls, 'mm', 2).shareBelow, 0.25);
    assert.equal(wallCheck(walls, 'mm', 3.5).shareBelow, 0.55);
    assert.equal(wallCheck(walls, 'mm', 0.5).shareBelow, 0);
    assert.equal(wallCheck(walls, 'mm', 9).shareBelow, 0.6);
    assert.equal(wallCheck({ ...walls, curve: [] }, 'mm', 9).shareBelow, 0);
  });

  test('patches are the largest three of the highest rung that the limit reaches', () => {
    fc.assert(
      fc.property(thickness, fc.double({ min: 0.1, max: 12, noNaN: true }), (walls, limit) => {
        const { patches } = wallCheck(walls, 'mm', limit);
        const reached = walls.patches.filter(({ below }) => below <= limit);
        const rung = Math.max(...reached.map(({ below }) => below));
        const expected = reached.filter(({ below }) => below === rung).slice(0, 3);
        assert.deepEqual(
          patches.map(({ at }) => at),
          expected.map(({ at }) => at),
        );
        assert.ok(patches.every(({ thinnestMm }) => thinnestMm <= limit));
      }),
    );
  });

  test('the same body in another unit has the same walls in millimetres', () => {
    fc.assert(
      fc.property(thickness, positive, fc.constantFrom(...UNITS), (walls, limit, unit) => {
        const factor = MILLIMETRES[unit];
        const inUnit: Thickness = {
          ...walls,
          p01: walls.p01 / factor,
          curve: walls.curve.map(([at, share]) => [at / factor, share]),
          patches: walls.patches.map((patch) => ({
            ...patch,
            below: patch.below / factor,
            thinnest: patch.thinnest / factor,
            area: patch.area / factor ** 2,
          })),
        };
        const [here, there] = [wallCheck(walls, 'mm', limit), wallCheck(inUnit, unit, limit)];
        assert.equal(there.limitMm, limit);
        close(there.shareBelow, here.shareBelow);
        close(there.p01Mm, here.p01Mm);
        // A limit on a rung may fall to either side of it by the last digit.
        fc.pre(walls.patches.every(({ below }) => Math.abs(below / limit - 1) > 1e-9));
        assert.equal(there.patches.length, here.patches.length);
        there.patches.forEach((patch, i) => {
          close(patch.areaMm2, here.patches[i]!.areaMm2);
          close(patch.thinnestMm, here.patches[i]!.thinnestMm);
        });
      }),
    );
  });
});
