import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exportLimit, Fault } from './index.ts';

const anna = { id: 'anna' };
const boris = { id: 'boris' };
const vera = { id: 'vera' };

async function* pieces(...given: string[]): AsyncGenerator<string> {
  yield* given;
}

function isLimited(error: unknown): boolean {
  return error instanceof Fault && error.code === 'rate.limited' && error.retryAfterSeconds === 10;
}

test('one export per person and a few in all, until they are read or broken off', async () => {
  const limit = exportLimit({ atOnce: 2 });
  const first = await limit.open(anna, pieces('a', 'b'));
  await assert.rejects(limit.open(anna, pieces('c')), isLimited);
  const second = await limit.open(boris, pieces('d'));
  await assert.rejects(limit.open(vera, pieces('e')), isLimited);

  assert.equal(await text(first), 'ab');
  const third = await limit.open(vera, pieces('e'));
  second.destroy();
  await once(second, 'close');
  assert.equal(await text(await limit.open(boris, pieces())), '');
  assert.equal(await text(third), 'e');
});

test('an export that fails before its first piece is a refusal, and gives its place back', async () => {
  const limit = exportLimit({ atOnce: 1 });
  // biome-ignore lint/correctness/useYield: it fails before.
  const broken = (async function* (): AsyncGenerator<string> {
    throw new Error('the database is away');
  })();
  await assert.rejects(limit.open(anna, broken), /away/);
  assert.equal(await text(await limit.open(anna, pieces('a'))), 'a');
});
