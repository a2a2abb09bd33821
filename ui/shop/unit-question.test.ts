import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unitQuestion } from './unit-question.ts';

test('a usual size raises no question', () => {
  assert.equal(unitQuestion(21.5, 'mm'), null);
  assert.equal(unitQuestion(0.85, 'in'), null);
});

test('a grain of a part asks for inches and larger units', () => {
  assert.deepEqual(unitQuestion(0.85, 'mm'), { kind: 'tiny', candidates: ['cm', 'in', 'ft'] });
});

test('a giant asks for what would make it usual', () => {
  assert.deepEqual(unitQuestion(40, 'in'), { kind: 'huge', candidates: ['mm', 'cm'] });
  assert.deepEqual(unitQuestion(5_000, 'mm'), { kind: 'huge', candidates: [] });
});
