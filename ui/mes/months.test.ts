import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockText } from './clock-text.ts';
import { monthOf, neighbourMonth } from './months.ts';

test('a month is the floor’s, and its neighbours cross the year', () => {
  assert.equal(monthOf(Date.parse('2026-11-30T21:30:00Z'), 'Europe/Moscow'), '2026-12');
  assert.equal(monthOf(Date.parse('2026-11-30T20:30:00Z'), 'Europe/Moscow'), '2026-11');
  assert.equal(neighbourMonth('2026-12', 1), '2027-01');
  assert.equal(neighbourMonth('2026-01', -1), '2025-12');
});

test('worked time is written as a clock', () => {
  assert.deepEqual([0, 65, 3725].map(clockText), ['00:00', '01:05', '1:02:05']);
});
