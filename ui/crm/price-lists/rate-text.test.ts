import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePlain, parseRate, rateText } from './rate-text.ts';

describe('rates as people write them', () => {
  test('what is shown reads back as what was stored', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (tenThousandths) => {
        const minor = tenThousandths / 10_000;
        assert.equal(parseRate(rateText(minor)), minor);
      }),
    );
  });

  for (const [text, minor] of [
    ['15,583', 1558.3],
    ['15.583', 1558.3],
    ['1 250,5', 125_050],
    ['0', 0],
    ['.5', 50],
    ['2.', 200],
  ] as const) {
    test(`"${text}" is ${minor} minor units`, () => assert.equal(parseRate(text), minor));
  }

  for (const text of ['', '-1', '1e3', '1,250.00', 'много', '.']) {
    test(`"${text}" is no number`, () => assert.ok(Number.isNaN(parsePlain(text))));
  }
});
