import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { howToGet, requireServer } from '#platform/testing';
import { rollingRestart } from './chaos/rolling.ts';
import { runOnce } from './chaos/run.ts';
import { openWorld, type World } from './chaos/world.ts';

/** The long forms are `npm run chaos -- --rolling` and `npm run chaos -- --runs 30`. */
const RATE = 50;
const SEED = Number(process.env['FORGELINE_CHAOS_SEED'] ?? 6);

const missing = (['rabbitmq', 'haproxy'] as const).filter((name) => requireServer(name) === null);
const skip = missing.length > 0 && howToGet(missing);

let world: World;
before(async () => {
  if (!skip) world = await openWorld({ mutant: null });
});
after(() => world?.close());

test('two copies of every role: one of each is restarted under load and no request fails', { skip }, async (t) => {
  const { cluster, cast } = world;
  const members = cluster.members.filter(({ name }) => name.endsWith('-1'));
  const rolling = await rollingRestart(cluster, cast, { rate: RATE, members });
  t.diagnostic(`${Object.values(rolling.sent).reduce((a, b) => a + b)} requests, ${rolling.restarted.length} restarts`);
  assert.deepEqual(rolling.failures, []);
  assert.equal(rolling.restarted.length, 8);
  assert.ok(rolling.streamsResumed > 0, 'no live list met a restart');
});

test(`a run of faults under load (seed ${SEED}) breaks no invariant`, { skip }, async (t) => {
  const { violations, struck, missed, counts } = await runOnce(world, SEED, null);
  for (const [name, evidence] of Object.entries(struck)) t.diagnostic(`${name}: ${evidence}`);
  assert.deepEqual(violations, [], `npm run chaos -- --seed ${SEED} shows it again`);
  assert.deepEqual(missed, [], 'a fault found nothing to strike');
  assert.ok(counts.orders > 0, 'nobody ordered anything');
});
