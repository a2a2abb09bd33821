import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type Blobs, diskBlobs, s3Blobs } from './index.ts';

const MEGABYTE = 1024 * 1024;
const LIMIT = { maxBytes: 64 * MEGABYTE };
const shaOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const inChunks = (bytes: Buffer, size = 50_000) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );

interface Store {
  blobs: Blobs;
  /** Names of everything that lies in the store, finished or not. */
  list(): Promise<string[]>;
}

/** What both stores promise. */
function conformance(name: string, store: () => Promise<Store>): void {
  describe(name, () => {
    test('what was put is got back, under the hash of its bytes', async () => {
      const { blobs } = await store();
      for (const bytes of [Buffer.from('solid ring'), randomBytes(3 * MEGABYTE + 17)]) {
        const sha256 = shaOf(bytes);
        assert.deepEqual(await blobs.put(inChunks(bytes), LIMIT), { sha256, bytes: bytes.length });
        assert.equal(await blobs.has(sha256), true);
        assert.ok(bytes.equals(await buffer(await blobs.get(sha256))));
      }
    });

    test('every whole blob is listed, and one that is still coming in is not', async () => {
      const { blobs } = await store();
      const upload = new PassThrough();
      const unfinished = blobs.put(upload, LIMIT);
      upload.write(randomBytes(1000));
      const bytes = randomBytes(4321);
      const before = Date.now() - 2_000;
      const { sha256 } = await blobs.put(inChunks(bytes), LIMIT);
      const listed = await Array.fromAsync(blobs.list());
      assert.ok(listed.every((blob) => /^[0-9a-f]{64}$/.test(blob.sha256)));
      const [found, ...more] = listed.filter((blob) => blob.sha256 === sha256);
      assert.deepEqual([found?.bytes, more.length], [4321, 0]);
      assert.ok(found!.putAt >= before, 'it says when it was put');
      upload.end();
      const late = await unfinished;
      assert.ok((await Array.fromAsync(blobs.list())).some((blob) => blob.sha256 === late.sha256));
    });

    test('a file of several parts comes back whole', async () => {
      const { blobs } = await store();
      const bytes = randomBytes(20 * MEGABYTE + 1);
      const { sha256 } = await blobs.put(inChunks(bytes, MEGABYTE), LIMIT);
      assert.equal(shaOf(await buffer(await blobs.get(sha256))), shaOf(bytes));
    });

    test('the same bytes at once from several people are kept once', async () => {
      const { blobs, list } = await store();
      const bytes = randomBytes(200_000);
      const before = (await list()).length;
      const answers = await Promise.all(Array.from({ length: 4 }, () => blobs.put(inChunks(bytes), LIMIT)));
      assert.deepEqual(new Set(answers.map((answer) => answer.sha256)), new Set([shaOf(bytes)]));
      assert.equal((await list()).length, before + 1);
    });

    test('a blob that is too large is refused and leaves nothing', async () => {
      const { blobs, list } = await store();
      const before = await list();
      for (const size of [1001, 9 * MEGABYTE]) {
        const limits = { maxBytes: size - 1 };
        await assert.rejects(blobs.put(inChunks(randomBytes(size)), limits), { code: 'too_large' });
      }
      assert.deepEqual(await list(), before);
      const exact = randomBytes(1000);
      assert.equal((await blobs.put(inChunks(exact), { maxBytes: 1000 })).bytes, 1000);
    });

    test('an upload that breaks off leaves nothing', async () => {
      const { blobs, list } = await store();
      const before = await list();
      for (const size of [1000, 9 * MEGABYTE]) {
        const upload = new PassThrough();
        const put = blobs.put(upload, LIMIT);
        upload.write(randomBytes(size), () => upload.destroy(new Error('the client went away')));
        await assert.rejects(put, /the client went away/);
      }
      assert.deepEqual(await list(), before);
    });

    test('what is not there is not found, and removing it is no error', async () => {
      const { blobs } = await store();
      const { sha256 } = await blobs.put(inChunks(randomBytes(100)), LIMIT);
      await blobs.remove(sha256);
      await blobs.remove(sha256);
      assert.equal(await blobs.has(sha256), false);
      await assert.rejects(blobs.get(sha256), { code: 'not_found' });
    });

    test('nothing but a SHA-256 is an address', async () => {
      const { blobs } = await store();
      for (const address of ['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63)]) {
        await assert.rejects(async () => blobs.get(address), { code: 'bad_address' });
      }
    });

    test('an empty file is a blob like any other', async () => {
      const { blobs } = await store();
      const { sha256, bytes } = await blobs.put(Readable.from([]), LIMIT);
      assert.deepEqual([sha256, bytes], [shaOf(Buffer.alloc(0)), 0]);
      assert.equal((await buffer(await blobs.get(sha256))).length, 0);
    });
  });
}

const scratch = await mkdtemp(join(tmpdir(), 'forgeline-blobs-'));
after(() => rm(scratch, { recursive: true, force: true }));

const filesBelow = async (dir: string) =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

conformance('blobs on disk', async () => {
  const dir = await mkdtemp(join(scratch, 'disk-'));
  return { blobs: diskBlobs({ dir }), list: () => filesBelow(dir) };
});

const S3rver = createRequire(import.meta.url)('s3rver');
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory: join(scratch, 's3'),
  configureBuckets: [{ name: 'models' }],
});
const s3Server: Server = await new Promise((resolve, reject) => {
  const listening: Server = server.httpServer ?? server;
  server.run().then(() => resolve(server.httpServer ?? listening), reject);
});
after(() => server.close());

conformance('blobs on S3', async () => {
  const { port } = s3Server.address() as { port: number };
  const options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
  };
  const { accessKeyId, secretAccessKey, ...where } = options;
  const client = new S3Client({ ...where, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
  return {
    blobs: s3Blobs({ ...options, bucket: 'models' }),
    list: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'models' }));
      return Contents.map(({ Key }) => String(Key));
    },
  };
});

test('a disk that is full says so and keeps no half of a file', async (t) => {
  const dir = join(scratch, 'tiny');
  const script = `
    import { readdir } from 'node:fs/promises';
    import { Readable } from 'node:stream';
    const { diskBlobs } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))});
    const put = diskBlobs({ dir: ${JSON.stringify(dir)} }).put(Readable.from([Buffer.alloc(2e6)]), { maxBytes: 1e7 });
    const code = await put.then(() => 'kept', (error) => error.code);
    console.log(JSON.stringify({ code, left: await readdir(${JSON.stringify(join(dir, 'incoming'))}) }));`;
  const mountAndRun =
    'mkdir -p "$1" && mount -t tmpfs -o size=1m tmpfs "$1" || exit 90; exec "$2" --input-type=module -e "$3"';
  const child = spawn('unshare', ['-Urm', 'sh', '-c', mountAndRun, 'sh', dir, process.execPath, script]);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.on('error', () => undefined);
  const [status] = await once(child, 'close');
  if (status !== 0) return t.skip('no private mounts on this machine');
  assert.deepEqual(JSON.parse(Buffer.concat(output).toString()), { code: 'storage_full', left: [] });
});

test('with less than the reserve left on the disk nothing is taken', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'forgeline-blobs-'));
  const free = (await diskBlobs({ dir }).freeBytes())!;
  const full = diskBlobs({ dir, reserveBytes: 2 * free });
  await assert.rejects(full.put(inChunks(randomBytes(1000)), LIMIT), { code: 'storage_full' });
  assert.deepEqual(await Array.fromAsync(full.list()), []);
  assert.equal((await diskBlobs({ dir, reserveBytes: 1 }).put(inChunks(randomBytes(1000)), LIMIT)).bytes, 1000);
  await rm(dir, { recursive: true });
});

test('unfinished uploads of killed processes are swept after a day', async () => {
  const dir = await mkdtemp(join(scratch, 'swept-'));
  await diskBlobs({ dir }).put(Readable.from([Buffer.from('first')]), LIMIT);
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  await writeFile(join(dir, 'incoming', 'old'), 'half');
  await utimes(join(dir, 'incoming', 'old'), yesterday, yesterday);
  await writeFile(join(dir, 'incoming', 'running'), 'half');
  await diskBlobs({ dir }).put(Readable.from([Buffer.from('second')]), LIMIT);
  assert.deepEqual(await readdir(join(dir, 'incoming')), ['running']);
});
