import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { howToGet, requireServer } from '#platform/testing';
import { type Cast, hireEverybody } from '../app/cli/demo-people.ts';
import { type Cluster, startCluster } from './chaos/cluster.ts';
import { rollingRestart } from './chaos/rolling.ts';

/** The long form is `npm run chaos -- --rolling`: both copies, 200 requests a second. */
const RATE = 50;
const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

const missing = (['rabbitmq', 'haproxy'] as const).filter((name) => requireServer(name) === null);
const skip = missing.length > 0 && howToGet(missing);

let cluster: Cluster;
let cast: Cast;
before(async () => {
  if (skip) return;
  cluster = await startCluster({ copies: 2, env: { FORGELINE_DRAIN_MS: '1000' } });
  cast = await hireEverybody(cluster, NO_TRACE);
});
after(() => cluster?.stop());

test('two copies of every role: one of each is restarted under load and no request fails', { skip }, async (t) => {
  const members = cluster.members.filter(({ name }) => name.endsWith('-1'));
  const rolling = await rollingRestart(cluster, cast, { rate: RATE, members });
  t.diagnostic(`${Object.values(rolling.sent).reduce((a, b) => a + b)} requests, ${rolling.restarted.length} restarts`);
  assert.deepEqual(rolling.failures, []);
  assert.equal(rolling.restarted.length, 8);
  assert.ok(rolling.streamsResumed > 0, 'no live list met a restart');
});
