/** A volume that counts a place twice, or a part of the body against it, is never certain. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Corner } from '../model-maker.ts';
import { box, type Face, joined, near, turned } from './topology-under-test.ts';

describe('a surface that winds twice about a place', () => {
  test('a rod through a plate, though neither end nor middle of a face lies in the other', () => {
    const result = joined([...box([20, 20, 1]), ...box([0.5, 0.5, 9], [3, 4, -4])]);
    assert.equal(result.verdict, 'estimated');
    assert.deepEqual(result.findings, ['overlapping_shells']);
    assert.ok(result.volumeUncertainty > 0);
  });

  test('one shell that passes through itself', () => {
    const result = joined(figureOfEight(96, 12, 0.25));
    assert.equal(result.topology?.shells, 1);
    assert.deepEqual(result.findings, ['overlapping_shells']);
    const apart = joined(figureOfEight(96, 12, 0.25, 0.6));
    assert.equal(apart.verdict, 'closed');
  });
});

test('bodies that touch, and walls of no thickness, are as certain as others', () => {
  const sheet: Face[] = [
    [
      [1, 1, 4],
      [3, 1, 4],
      [3, 3, 4],
    ],
    [
      [3, 1, 4],
      [1, 1, 4],
      [3, 3, 4],
    ],
  ];
  for (const other of [box([2, 2, 2], [1, 1, 2]), box([2, 2, 1e-5], [1, 1, 2]), sheet]) {
    assert.equal(joined([...box([4, 4, 2]), ...other]).verdict, 'closed');
  }
});

test('whatever boxes are put together: a certain volume is what they fill', () => {
  const side = fc.integer({ min: 1, max: 8 });
  const place = fc.integer({ min: 0, max: 8 });
  const block = fc.record({
    size: fc.tuple(side, side, side),
    at: fc.tuple(place, place, place),
    isTurned: fc.constantFrom(false, false, false, true),
  });
  fc.assert(
    fc.property(fc.array(block, { minLength: 2, maxLength: 4 }), (blocks) => {
      const faces = blocks.flatMap(({ size, at, isTurned }) => (isTurned ? box(size, at).map(turned) : box(size, at)));
      const { verdict, volume } = joined(faces);
      if (verdict === 'closed' || verdict === 'repaired') near(volume, filledBy(blocks), 0.01);
    }),
    { numRuns: 400 },
  );
});

interface Block {
  size: Corner;
  at: Corner;
  isTurned: boolean;
}

/** Unit cubes about which the blocks do not wind to nothing. One that repeats another counts once. */
function filledBy(blocks: readonly Block[]): number {
  const different = [...new Map(blocks.map((each) => [JSON.stringify(each), each])).values()];
  let filled = 0;
  for (let x = 0; x < 16; x++) {
    for (let y = 0; y < 16; y++) {
      for (let z = 0; z < 16; z++) {
        const winding = different
          .filter(({ size, at }) => [x, y, z].every((value, k) => value >= at[k]! && value < at[k]! + size[k]!))
          .reduce((sum, { isTurned }) => sum + (isTurned ? -1 : 1), 0);
        if (winding !== 0) filled++;
      }
    }
  }
  return filled;
}

/** A tube along ∞; `apart` lifts one strand over the other. */
function figureOfEight(around: number, across: number, radius: number, apart = 0): Face[] {
  const at = (i: number, k: number): Corner => {
    const t = (2 * Math.PI * (i % around)) / around;
    const turn = (2 * Math.PI * (k % across)) / across;
    const [dx, dy] = [-2 * Math.sin(t), 2 * Math.cos(2 * t)];
    const length = Math.hypot(dx, dy);
    const out = radius * Math.cos(turn);
    return [
      Math.fround(2 * Math.cos(t) + (out * dy) / length),
      Math.fround(Math.sin(2 * t) - (out * dx) / length),
      Math.fround(apart * Math.sin(t) + radius * Math.sin(turn)),
    ];
  };
  return Array.from({ length: around * across }, (_, n): Face[] => {
    const [i, k] = [Math.floor(n / across), n % across];
    const [a, b, c, d] = [at(i, k), at(i + 1, k), at(i + 1, k + 1), at(i, k + 1)];
    return [
      [a, b, c],
      [a, c, d],
    ];
  }).flat();
}
