import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { OrdersPage } from '#contracts/crm';
import type { CommandAnswer, OrderDigestPage, OrderHistory, OrderView } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import type { ReadModelState } from '#contracts/read-models';
import { diskBlobs } from '#platform/blobs';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { partnerOrders } from '../app/cli/demo-life.ts';
import { type Cast, hireEverybody } from '../app/cli/demo-people.ts';
import { startTopology, type Topology } from '../app/cli/topology.ts';
import { asGuest, eventually, signIn, type Visitor } from '../app/visitor.ts';

const I = '/api/internal/v1';
const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
/** Of those whom the demo hires. */
const STAFF_PASSWORD = 'a throw-away sentence';
const BUYER = { email: 'buyer@backup.example', name: 'Bella Buyer' };
const ITEM = { unit: 'mm', material: 'silver-925', quantity: 3 } as const;
/** Orders that are compared in everything; of the others that they are there. */
const LOOKED_AT = 12;
const TERMS = { currency: 'EUR', leadTier: 'standard' } as const;

let folder: string;
let first: Topology;
let cast: Cast;
const heard: string[] = [];
const receiver = createServer((request, response) => {
  request.resume();
  heard.push(String(request.headers['webhook-id']));
  response.end();
});

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'forgeline-backup-'));
  receiver.listen(0, '127.0.0.1');
  first = await startTopology({ kind: 'all', dataDir: path.join(folder, 'first') });
  cast = await hireEverybody(first, NO_TRACE);
});
after(async () => {
  await first?.stop();
  receiver.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function run(script: 'backup' | 'restore', ...args: string[]) {
  const file = path.resolve(import.meta.dirname, `../app/cli/${script}.ts`);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number };
}

interface Taken {
  folder: string;
  startedAt: string;
  rows: number;
  blobs: { count: number; copied: number };
}

async function backUp(dataDir: string): Promise<Taken> {
  const { code, stdout, stderr } = await run(
    'backup',
    '--to',
    path.join(folder, 'kept'),
    '--data-dir',
    dataDir,
    '--json',
  );
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Taken;
}

async function quoteOf(buyer: Visitor, modelId: string): Promise<Quote> {
  const body = { ...TERMS, items: [{ modelId, ...ITEM }] };
  const { id } = await buyer.call<Quote>(`${I}/pricing/quotes`, { method: 'POST', body });
  return eventually('the quote is ready', async () => {
    const quote = await buyer.call<Quote>(`${I}/pricing/quotes/${id}`);
    return quote.state === 'ready' ? quote : null;
  });
}

async function place(buyer: Visitor, quoteId: string): Promise<string> {
  const body = {
    commandId: newId(),
    quoteId,
    accept: true,
    ...TERMS,
    deliveryAddress: { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' },
    contact: { name: BUYER.name, email: BUYER.email },
  };
  return (await buyer.call<CommandAnswer>(`${I}/orders`, { method: 'POST', body })).orderId;
}

/** Every order by id, as the seller's list shows them. */
async function listed(seller: Visitor): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: OrdersPage = await seller.call(`${I}/crm/orders?limit=100${query}`);
    for (const { id, version, status } of page.items) found.set(id, `${version} ${status}`);
    cursor = page.next;
  }
  return found;
}

/** The same, as their owner knows them. */
async function trueOrders({ gatewayOrigin }: Topology): Promise<Map<string, string>> {
  const admin = await signIn(gatewayOrigin, 'admin@forgeline.example', STAFF_PASSWORD);
  const found = new Map<string, string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `&after=${encodeURIComponent(cursor)}` : '';
    const page: OrderDigestPage = await admin.call(`${I}/orders?limit=100${query}`);
    for (const { id, version, status } of page.items) found.set(id, `${version} ${status}`);
    cursor = page.next;
  }
  return found;
}

/** Generous: two installations and four programs start, each compiling itself. */
const WITHIN_MS = 480_000;

test('a backup under load, restored on an empty machine, has every order that was promised before it', {
  timeout: WITHIN_MS,
}, async (t) => {
  const { admin } = cast;
  await admin.call(`${I}/partners/clients/${cast.clientId}/endpoints`, {
    method: 'POST',
    body: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, events: ['order.*'] },
  });
  const buyer = await asGuest(first.gatewayOrigin);
  const ring = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await buyer.call<Model>(`${I}/pricing/models?fileName=ring.stl`, { method: 'POST', body: ring });
  const quote = await quoteOf(buyer, model.id);
  await partnerOrders(cast, () => {});
  await eventually('the partner is told', async () => (heard.length >= 3 ? true : null));

  const promised: { orderId: string; at: string }[] = [];
  let placing = true;
  const load = (async () => {
    while (placing) {
      promised.push({ orderId: await place(buyer, quote.id), at: new Date().toISOString() });
      await pause(50);
    }
  })();
  await eventually('there is load', async () => (promised.length >= 20 ? true : null));
  const taken = await backUp(first.dataDir);
  await eventually('there is load after it', async () => (promised.at(-1)!.at > taken.startedAt ? true : null));
  placing = false;
  await load;
  const mustBeThere = promised.filter(({ at }) => at < taken.startedAt).map(({ orderId }) => orderId);
  const before = new Map<string, OrderView>();
  for (const orderId of mustBeThere.slice(-LOOKED_AT))
    before.set(orderId, await cast.seller.call<OrderView>(`${I}/orders/${orderId}`));
  const told = heard.length;
  await first.kill('all', 'SIGKILL');

  const dataDir = path.join(folder, 'second');
  const restored = await run('restore', '--from', path.join(folder, 'kept'), '--data-dir', dataDir, '--json');
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(JSON.parse(restored.stdout).rows, taken.rows);
  for (const room of JSON.parse(restored.stdout).rooms) assert.deepEqual([room.room, room.left], [room.room, 0]);
  assert.equal(statSync(path.join(dataDir, 'secret')).mode & 0o077, 0);
  const second = await startTopology({ kind: 'all', dataDir });
  t.after(() => second.stop());
  t.diagnostic(`${mustBeThere.length} of ${promised.length} orders were promised before, ${taken.rows} rows`);
  assert.ok(mustBeThere.length >= 20);

  const seller = await signIn(second.gatewayOrigin, 'seller@forgeline.example', STAFF_PASSWORD);
  for (const orderId of before.keys()) {
    assert.deepEqual(await seller.call<OrderView>(`${I}/orders/${orderId}`), before.get(orderId));
    const { entries } = await seller.call<OrderHistory>(`${I}/orders/${orderId}/history`);
    assert.deepEqual(
      entries.map(({ version, status }) => [version, status]),
      [
        [1, 'submitted'],
        [2, 'priced'],
        [3, 'confirmed'],
      ],
    );
  }
  const truth = await trueOrders(second);
  for (const orderId of mustBeThere) assert.equal(truth.get(orderId), '3 confirmed');
  await eventually("the sellers' list is the truth", async () => {
    const shown = await listed(seller);
    return assert.deepEqual([...shown].sort(), [...truth].sort()) === undefined || null;
  });
  const secondAdmin = await signIn(second.gatewayOrigin, 'admin@forgeline.example', STAFF_PASSWORD);
  for (const room of ['shop', 'crm', 'mes', 'partners']) {
    const asked = new Date().toISOString();
    await secondAdmin.raw(`${I}/${room}/read-model/check`, { method: 'POST' });
    const state = await eventually(`${room} has compared itself with the truth`, async () => {
      const seen = await secondAdmin.call<ReadModelState>(`${I}/${room}/read-model`);
      return seen.checkedAt !== null && seen.checkedAt > asked ? seen : null;
    });
    assert.deepEqual([state.state, state.drift, state.repaired], ['equal', 0, 0], room);
  }

  const file = await seller.raw(`${I}/pricing/files/${model.sha256}`);
  assert.ok(ring.equals(Buffer.from(await file.arrayBuffer())), 'the model is there, byte by byte');
  const again = await asGuest(second.gatewayOrigin);
  const upload = `${I}/pricing/models?fileName=ring.stl`;
  const repeated = await quoteOf(again, (await again.call<Model>(upload, { method: 'POST', body: ring })).id);
  assert.deepEqual([repeated.total, repeated.items[0]!.unitPrice], [quote.total, quote.items[0]!.unitPrice]);

  const newOrder = await place(again, repeated.id);
  const numbers = await Promise.all(
    [...before.keys(), newOrder].map(async (id) => (await seller.call<OrderView>(`${I}/orders/${id}`)).order.number),
  );
  const highest = Math.max(...numbers.slice(0, -1).map((number) => Number(number.slice(3))));
  assert.ok(Number(numbers.at(-1)!.slice(3)) > highest + 1000, 'no number is given out twice');
  assert.equal(heard.length, told, 'nobody is told a second time');

  const incremental = await backUp(dataDir);
  assert.deepEqual([incremental.blobs.copied, incremental.blobs.count], [0, taken.blobs.count]);
});

test('a folder that is in use, and a backup that was tampered with, are refused and nothing is left', async () => {
  const kept = path.join(folder, 'kept');
  const target = path.join(folder, 'third');
  const into = (dataDir: string) => run('restore', '--from', kept, '--data-dir', dataDir);
  const used = await into(first.dataDir);
  assert.equal(used.code, 1);
  assert.match(used.stderr, /is not empty/);

  const [backup] = readdirSync(kept)
    .filter((name) => name !== 'blobs')
    .sort()
    .reverse();
  const table = path.join(kept, backup!, 'databases/identity/orders.orders.zst');
  const content = readFileSync(table);
  writeFileSync(table, content.with(content.length >> 1, content[content.length >> 1]! ^ 1));
  const damaged = await into(target);
  writeFileSync(table, content);
  assert.deepEqual([damaged.code, existsSync(target)], [1, false]);
  assert.match(damaged.stderr, /orders\.orders\.zst is not what was written/);

  const [blob] = await Array.fromAsync(diskBlobs({ dir: path.join(kept, 'blobs') }).list());
  const file = diskBlobs({ dir: path.join(kept, 'blobs') }).path!(blob!.sha256);
  writeFileSync(file, Buffer.alloc(blob!.bytes));
  const rotten = await into(target);
  assert.deepEqual([rotten.code, readdirSync(target)], [1, []]);
  assert.match(rotten.stderr, /is damaged/);
});

test('a restore that somebody ends in the middle leaves an empty folder', async () => {
  const target = path.join(folder, 'fourth');
  const script = path.resolve(import.meta.dirname, '../app/cli/restore.ts');
  const args = [script, '--from', path.join(folder, 'kept'), '--data-dir', target];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = Promise.all([text(child.stderr), once(child, 'exit')]);
  const hasBegun = async () => existsSync(path.join(target, 'postgres')) || null;
  await eventually('the server’s folder is there', hasBegun);
  child.kill('SIGTERM');
  const [stderr, [code]] = await ended;
  assert.deepEqual([code, readdirSync(target)], [1, []], stderr);
  assert.match(stderr, /was given up/);
});

test('a command that makes no sense says what would', async () => {
  assert.match((await run('backup')).stderr, /--to DIR/);
  const { code, stderr } = await run('backup', '--to', folder, '--data-dir', path.join(folder, 'nothing'));
  assert.equal(code, 1);
  assert.match(stderr, /no installation/);
});
