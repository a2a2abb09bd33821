/** The same life of an order in one process and in many, and with processes killed in the middle of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { requireServer } from '#platform/testing';
import { floorMakes, partnerOrders, readModelsAt, readTruth } from '../app/cli/demo-life.ts';
import { hireEverybody } from '../app/cli/demo-people.ts';
import { proveHistory } from '../app/cli/demo-proof.ts';
import { roomOf } from '../app/cli/gateway.ts';
import { startTopology } from '../app/cli/topology.ts';
import { driveSales } from '../app/demo/drive.ts';

const DEMO = path.resolve(import.meta.dirname, '../app/cli/demo.ts');
const withoutBroker = requireServer('rabbitmq') === null && 'RabbitMQ is not installed: npm run provision';
const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const silent = () => {};

for (const kind of ['all', 'split'] as const) {
  test(`the demo takes an order through its whole life: ${kind}`, {
    skip: kind === 'split' && withoutBroker,
  }, async () => {
    const demo = spawn(process.execPath, [DEMO, '--json', `--topology=${kind}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, complaints, [code]] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'exit')]);
    assert.equal(code, 0, complaints);
    const answer = JSON.parse(output.trim().split('\n').at(-1)!);
    const last = answer.history.at(-1);
    assert.deepEqual([answer.status, last.status, answer.topology], ['shipped', 'shipped', kind]);
    assert.deepEqual(answer.readModels, { crm: last.version, mes: last.version, partners: last.version });
    assert.match(answer.traceId, /^[0-9a-f]{32}$/);
    assert.ok(Number.isInteger(answer.price.minor) && answer.price.minor > 0);
  });
}

test('a killed process holds up only itself, and catches up when it is back', { skip: withoutBroker }, async (t) => {
  const topology = await startTopology({ kind: 'split' });
  t.after(() => topology.stop());
  const cast = await hireEverybody(topology, NO_TRACE);

  await Promise.all([topology.kill('crm'), topology.kill('mes')]);
  const orderId = await partnerOrders(cast, silent);
  await driveSales(cast, orderId, 'approved');
  await Promise.all([topology.startAgain('crm'), topology.startAgain('mes')]);
  const approved = await readTruth(cast, orderId);
  await readModelsAt(cast, orderId, approved.order.version);

  const making = floorMakes(cast, orderId, silent).catch((error: unknown) => error);
  await topology.kill('orders');
  await topology.startAgain('orders');
  // Whoever met the room while it was away was told so; nothing that was accepted is lost.
  if ((await making) instanceof Error) await floorMakes(cast, orderId, silent);
  const { order, history } = await readTruth(cast, orderId);
  proveHistory(order, history);
  await readModelsAt(cast, orderId, order.version);
});

test('the gateway knows which room answers a path', () => {
  const paths = {
    '/api/internal/v1/crm/orders?limit=5': 'crm',
    '/api/internal/v1/orders': 'orders',
    '/api/external/v1/orders': 'partners',
    '/crm/orders/1': 'crm',
    '/mes': 'mes',
    '/crmx': 'shop',
    '/': 'shop',
  };
  for (const [url, room] of Object.entries(paths)) assert.equal(roomOf(url), room, url);
});
