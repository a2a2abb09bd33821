import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMinor } from './money-text.ts';

const amounts: [string, number | null][] = [
  ['1250', 125_000],
  ['1 250,5', 125_050],
  ['1\u00a0250.05', 125_005],
  ['0.29', 29],
  ['4.35', 435],
  ['0', 0],
  ['', null],
  ['12.345', null],
  ['1,250.00', null],
  ['-5', null],
  ['1e3', null],
  ['много', null],
];
for (const [text, minor] of amounts) {
  test(`"${text}" is ${minor}`, () => assert.equal(parseMinor(text), minor));
}
