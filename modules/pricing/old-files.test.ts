import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { janitor } from '#platform/database';
import { makeRing } from './geometry/index.ts';
import { holdFiles } from './hold-files.ts';
import { oldUploads, unwantedFiles } from './old-files.ts';
import { type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';

let room: PricingUnderTest;
before(async () => {
  room = await pricingUnderTest();
});
after(() => room.close());

/** A ring like no other. */
const ring = (diameter: number) => makeRing({ diameter, width: 4, thickness: 1.6 }).stl;

function tidy(): Promise<void> {
  const leftovers = [oldUploads(30), unwantedFiles(room.blobs)];
  return janitor({ sql: room.sql, room: 'pricing', leftovers, log: room.log, metrics: room.metrics }).tidy();
}

async function isThere(sha256: string): Promise<[upload: boolean, file: boolean]> {
  const rows = await room.sql`select from model where sha256 = ${sha256}`;
  return [rows.length > 0, await room.blobs.has(sha256)];
}

test('an old upload goes with its file, unless a quote names it, another upload has it, or somebody holds the files', async () => {
  const anna = room.actor('customer');
  const boris = room.actor('customer');
  const [lonely, quoted, shared, young] = await Promise.all(
    [ring(15), ring(16), ring(17), ring(18)].map(async (stl) => (await room.upload(anna, stl)).body.sha256),
  );
  const again = await room.upload(boris, ring(17));
  await room.sql`update model set uploaded_at = now() - interval '31 days'
    where sha256 = any (${[lonely!, quoted!, shared!]}) and id <> ${again.body.id}`;
  const quote = { items: [{ modelId: await idOf(quoted!), unit: 'mm', material: 'brass', quantity: 1 }] };
  const asked = await room.call(anna, 'POST', '/quotes', { ...quote, currency: 'EUR', leadTier: 'standard' });
  assert.ok(asked.status < 300, JSON.stringify(asked.body));

  const release = await holdFiles(room.database.url('pricing'));
  await tidy();
  assert.deepEqual(await isThere(lonely!), [false, true], 'held: the file stays');
  await release();
  await tidy();
  assert.deepEqual(await isThere(lonely!), [false, false]);
  for (const kept of [quoted!, shared!, young!]) assert.deepEqual(await isThere(kept), [true, true]);
});

async function idOf(sha256: string): Promise<string> {
  const [row] = await room.sql<{ id: string }[]>`select id from model where sha256 = ${sha256}`;
  return row!.id;
}

test('a file that comes again before it is removed stays', async () => {
  const anna = room.actor('customer');
  const { sha256 } = (await room.upload(anna, ring(20))).body;
  await room.sql`update model set uploaded_at = now() - interval '31 days' where sha256 = ${sha256}`;
  const release = await holdFiles(room.database.url('pricing'));
  await tidy();
  await release();
  assert.deepEqual(await isThere(sha256), [false, true]);
  assert.equal((await room.upload(anna, ring(20))).status, 201);
  await tidy();
  assert.deepEqual(await isThere(sha256), [true, true]);
  assert.equal((await room.sql`select from unwanted_file where sha256 = ${sha256}`).length, 0);
});

const isRoot = process.getuid?.() === 0;

test('a disk that is full refuses the upload in so many words, and nothing of it is left', {
  skip: !isRoot,
}, async (t) => {
  const mount = (...args: string[]) => spawnSync('mount', [...args, room.blobDir]);
  if (mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs').status !== 0) return t.skip('nothing can be mounted here');
  mkdirSync(path.join(room.blobDir, 'incoming'));
  try {
    const customer = room.actor('customer');
    // A megabyte and a half of a model that would be fine.
    const large = Buffer.concat([
      Buffer.alloc(80),
      Buffer.from(Uint32Array.of(30_000).buffer),
      Buffer.alloc(1_500_000),
    ]);
    const before = await room.sql`select id from model`;
    const { status, body } = await room.upload(customer, large);
    assert.deepEqual([status, body.code], [507, 'storage.full']);
    assert.match(body.hint, /./);
    assert.deepEqual(
      readdirSync(room.blobDir, { recursive: true }).filter((name) => name !== 'incoming'),
      [],
    );
    assert.equal((await room.sql`select id from model`).length, before.length);
    assert.match(await room.metrics.text(), /^forgeline_blobs_free_bytes \d+$/m);
    assert.equal((await room.upload(customer, ring(21))).status, 201, 'what fits is taken');
  } finally {
    spawnSync('umount', ['-l', room.blobDir]);
  }
});
