import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UNITS, type Unit } from '#contracts/basics';
import { MILLIMETRES } from './price.ts';
import { unitQuestion } from './unit-question.ts';

const SIDES = { least: 3, most: 300 };
const bodyOf = (longest: number, unit: Unit | null = null) => ({
  box: {
    min: [0, 0, 0] as [number, number, number],
    max: [longest / 2, longest, longest / 3] as [number, number, number],
  },
  unit,
});

test('a size that is usual is not asked about', () => {
  for (const longest of [3, 17, 300]) assert.equal(unitQuestion(bodyOf(longest), 'mm', SIDES), null);
});

test('a ring drawn in inches and taken for millimetres is asked about', () => {
  const question = unitQuestion(bodyOf(0.7), 'mm', SIDES);
  assert.deepEqual(question, { suggested: 'in', longestMm: 0.7, suggestedLongestMm: 17.78 });
});

test('a part drawn in metres is asked about, and one that fits no unit is not', () => {
  assert.equal(unitQuestion(bodyOf(0.05), 'mm', SIDES)?.suggested, 'm');
  assert.equal(unitQuestion(bodyOf(17), 'm', SIDES)?.suggested, 'mm');
  assert.equal(unitQuestion(bodyOf(1e7), 'mm', SIDES), null);
});

test('a file that names another unit is asked about, however usual the size', () => {
  assert.equal(unitQuestion(bodyOf(17, 'in'), 'mm', SIDES)?.suggested, 'in');
  assert.equal(unitQuestion(bodyOf(17, 'mm'), 'mm', SIDES), null);
});

test('what is suggested is another unit, and the file’s own or one whose size the process takes', () => {
  const stated = fc.constantFrom<Unit | null>(null, ...UNITS);
  const longest = fc.double({ min: 1e-4, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(longest, stated, fc.constantFrom(...UNITS), (size, named, unit) => {
      const question = unitQuestion(bodyOf(size, named), unit, SIDES);
      if (!question) return;
      assert.notEqual(question.suggested, unit);
      const mm = size * MILLIMETRES[question.suggested];
      assert.ok(question.suggested === named || (mm >= SIDES.least && mm <= SIDES.most));
      assert.ok(Math.abs(question.suggestedLongestMm / mm - 1) < 1e-3);
    }),
  );
});
