import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MUTANTS } from '../mutants/mutants.ts';
import { Random } from './random.ts';
import { runSeeds } from './run-seeds.ts';
import type { WorldResult } from './world.ts';

/** FORGELINE_SEEDS=200 for the long form. */
const FRESH = Number(process.env['FORGELINE_SEEDS'] ?? 3);
const KNOWN = 4;
/** Worlds within which each of these bugs has to be seen. */
const MOST_WORLDS = 40;

function show(failed: readonly WorldResult[]): string {
  return failed
    .flatMap(({ seed, violations }) =>
      violations.map((one) => `seed ${seed}: ${one.invariant} ${one.orderId ?? ''} ${one.detail}`),
    )
    .join('\n');
}

test('worlds keep every invariant, and a seed is the same world in every process', async (t) => {
  const hashes = new Map<number, string>();
  const onWorld = ({ seed, traceHash }: WorldResult) => void hashes.set(seed, traceHash);
  const known = await runSeeds({ from: 1, seeds: KNOWN, onWorld });
  assert.deepEqual(known.failed, [], show(known.failed));
  assert.ok(known.orders >= KNOWN, 'hardly an order was placed');

  const from = 1_000 + Math.floor(Math.random() * 1e9);
  t.diagnostic(`fresh seeds from ${from}: npm run simulate -- --seeds ${FRESH} --from ${from}`);
  const fresh = await runSeeds({ from, seeds: FRESH });
  assert.deepEqual(fresh.failed, [], show(fresh.failed));

  const again = new Map<number, string>();
  await runSeeds({
    from: 3,
    seeds: 2,
    processes: 1,
    onWorld: ({ seed, traceHash }) => void again.set(seed, traceHash),
  });
  for (const [seed, hash] of again) assert.equal(hash, hashes.get(seed), `seed ${seed} was another world`);
  assert.notEqual(hashes.get(3), hashes.get(4));
});

// Two that are seen soon; `npm run simulate -- --mutants` shows all.
for (const name of ['history-skips-amendments', 'shop-shows-others-orders']) {
  test(`the bug ${name} is caught`, async () => {
    const { breaks } = MUTANTS.find((mutant) => mutant.name === name)!;
    const { failed } = await runSeeds({ from: 1, seeds: MOST_WORLDS, mutant: name, untilBroken: breaks });
    const seen = failed.flatMap((world) => world.violations.map(({ invariant }) => invariant));
    assert.ok(seen.includes(breaks), `seen: ${seen.join(', ') || 'nothing'}`);
  });
}

test('a stream of chances is its seed’s', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 5 },
      (
        (random) => () =>
          random.below(1e6)
      )(new Random(seed)),
    );
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const many = new Random(1);
  const mean = Array.from({ length: 10_000 }, () => many.unit()).reduce((a, b) => a + b) / 10_000;
  assert.ok(Math.abs(mean - 0.5) < 0.02, `${mean}`);
});
