import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeTokens } from '#contracts/consistency';
import { consistencyTokens, type WalPosition } from './index.ts';

let now = 1_800_000_000_000;
const tokens = consistencyTokens({ key: 'a key', clock: { now: () => now } });
const place = fc.record(
  {
    server: fc.constantFrom('7714168918907797113', '42'),
    timeline: fc.integer({ min: 1, max: 0xffff_ffff }),
    lsn: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  },
  { noNullPrototype: true },
);
const farther = (a: WalPosition, b: WalPosition) =>
  a.timeline > b.timeline || (a.timeline === b.timeline && a.lsn >= b.lsn);

test('a token says what was signed, for a minute', () => {
  fc.assert(fc.property(place, (position) => assert.deepEqual(tokens.open(tokens.sign(position)), [position])));
  const token = tokens.sign({ server: '1', timeline: 1, lsn: 5n });
  now += 59_000;
  assert.equal(tokens.open(token).length, 1);
  now += 3_000;
  assert.equal(tokens.open(token).length, 0);
});

test('forged, foreign and garbled tokens say nothing, and do not spoil a good one beside them', () => {
  const position = { server: '1', timeline: 1, lsn: 5n };
  const good = tokens.sign(position);
  const foreign = consistencyTokens({ key: 'another key', clock: { now: () => now } }).sign(position);
  const farAhead = good.replace('.0000000000000005.', '.00000000ffffffff.');
  for (const bad of ['', 'x', ',', 'v1.1.1.1.1.1', foreign, farAhead, `${good}x`, good.slice(1), '\u0000'.repeat(9)]) {
    assert.deepEqual(tokens.open(bad), [], bad);
    assert.deepEqual(tokens.open(`${bad}, ${good}`), [position], bad);
  }
});

test('merging keeps the farthest of each server, in whatever order the answers came', () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 12 }), (positions) => {
      const merged = tokens.open(positions.map((position) => tokens.sign(position)).reduce(mergeTokens, ''));
      const servers = new Set(positions.map(({ server }) => server));
      assert.equal(merged.length, servers.size);
      for (const position of positions) {
        assert.ok(merged.some((kept) => kept.server === position.server && farther(kept, position)));
      }
    }),
  );
  assert.equal(mergeTokens('garbage', 'more, of it'), '');
});
