import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedRead } from './shared-read.ts';

test('one read serves all who ask in its time, and a failed one nobody after it', async () => {
  let now = 0;
  let reads = 0;
  let fails = false;
  const ask = sharedRead({ now: () => now }, 1_000, async () => {
    reads += 1;
    if (fails) throw new Error('away');
    return reads;
  });
  assert.deepEqual(await Promise.all([ask(), ask()]), [1, 1]);
  now = 999;
  assert.equal(await ask(), 1);
  now = 1_000;
  fails = true;
  await assert.rejects(ask());
  fails = false;
  assert.equal(await ask(), 3);
});
