import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { howToGet, requireServer } from '#platform/testing';
import { floorMakes, partnerOrders, readModelsAt, readTruth } from '../app/cli/demo-life.ts';
import { hireEverybody } from '../app/cli/demo-people.ts';
import { proveHistory } from '../app/cli/demo-proof.ts';
import { roomOf } from '../app/cli/gateway.ts';
import { startTopology } from '../app/cli/topology.ts';
import { driveSales } from '../app/demo/drive.ts';

const DEMO = path.resolve(import.meta.dirname, '../app/cli/demo.ts');

const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const silent = () => {};

interface Answer {
  status: string;
  history: { version: number; status: string; actor: string; at: string }[];
  price: { minor: number; currency: string };
  traceId: string;
  readModels: { crm: number; mes: number; partners: number };
  elapsedMs: number;
  topology: string;
}

/** What `npm run demo -- --json` says as its last line, once it has ended with 0. */
async function demo(topology: 'all' | 'split'): Promise<Answer> {
  const child = spawn(process.execPath, [DEMO, '--json', `--topology=${topology}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer;
}

/** What must not depend on how many processes there are. */
function lifeOf({ status, history, price, readModels }: Answer) {
  return { status, price, readModels, statuses: history.map(({ version, status: at }) => [version, at]) };
}

const skip = requireServer('rabbitmq') === null && howToGet(['rabbitmq']);

test('the same life of an order, in one process and in one per role over RabbitMQ', { skip }, async () => {
  const one = await demo('all');
  const many = await demo('split');
  assert.equal(one.status, 'shipped');
  assert.match(one.traceId, /^[0-9a-f]{32}$/);
  assert.deepEqual(lifeOf(many), lifeOf(one));
  assert.deepEqual([one.topology, many.topology], ['all', 'split']);
  const last = one.history.at(-1)!;
  assert.deepEqual(one.readModels, { crm: last.version, mes: last.version, partners: last.version });
});

test('a killed process holds up only itself, and catches up when it is back', { skip }, async (t) => {
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
