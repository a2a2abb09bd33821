import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { IsDateTime } from 'typebox/format';
import { IsoTime } from '#contracts/basics';

const check = Compile(IsoTime);

/** A time as we write it with one place of it different. */
const nearlyTimes = fc
  .tuple(
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2199-12-31') }),
    fc.nat(27),
    fc.constantFrom('', ...'0123456789-:TZ.+ /a٣'),
    fc.boolean(),
  )
  .map(([date, at, instead, isWhole]) => {
    const text = isWhole ? date.toISOString().replace(/\.\d+/, '') : date.toISOString();
    return text.slice(0, at) + instead + text.slice(at + 1);
  });

test('a text is a time exactly where the schema library says so', () => {
  const asBefore = (text: string) => assert.equal(check.Check(text), IsDateTime(text), text);
  fc.assert(fc.property(nearlyTimes, asBefore), { numRuns: 20_000 });
  fc.assert(fc.property(fc.date({ noInvalidDate: true }), (date) => asBefore(date.toISOString())));
  for (const text of [
    '2026-02-30T00:00:00Z',
    '2026-02-28T24:00:00Z',
    '2024-02-29T23:59:59.1Z',
    '2026-01-01T00:00:00.Z',
  ]) {
    asBefore(text);
  }
  assert.ok(check.Check('2026-12-01T14:00:41.123456Z'));
});
