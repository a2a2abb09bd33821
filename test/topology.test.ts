import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { howToGet, requireServer } from '#platform/testing';

const DEMO = path.resolve(import.meta.dirname, '../app/cli/demo.ts');

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
