import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors } from '#platform/testing';
import { type HttpServer, httpServer, serveUi } from './index.ts';

let dir: string;
let server: HttpServer;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forgeline-ui-'));
  const script = `console.log(${JSON.stringify('x'.repeat(500))})`;
  const files = {
    'shop/index.html': '<p>shop</p>',
    'crm/index.html': '<p>crm</p>',
    'mes/index.html': '<p>mes</p>',
    'assets/app-1a2b3c.js': script,
    'assets/app-1a2b3c.js.br': brotliCompressSync(script),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  server = await startServer();
});
after(async () => {
  await server.stop!();
  await rm(dir, { recursive: true });
});

async function startServer(faces?: string[], settings?: Record<string, string>): Promise<HttpServer> {
  const { verifier } = await testActors();
  const made = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier,
    log: createLog({ service: 'test', role: 'test', version: '0', level: 'silent' }),
    metrics: createMetrics({ service: 'test', role: 'test', version: '0' }),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  serveUi(made.http, { dir, ...(faces ? { faces } : {}), ...(settings ? { settings } : {}) });
  await made.start!();
  return made;
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.origin + path, { headers });
const text = async (path: string) => (await get(path)).text();

test('a page carries the settings of the installation', async () => {
  await writeFile(join(dir, 'shop/index.html'), '<head></head><p>shop</p>');
  const other = await startServer(['shop'], { 'time-zone': 'Asia/"Tomsk' });
  const page = await (await fetch(`${other.origin}/`)).text();
  await other.stop!();
  await writeFile(join(dir, 'shop/index.html'), '<p>shop</p>');
  assert.match(page, /<meta name="forgeline-time-zone" content="Asia\/&quot;Tomsk"><\/head>/);
});

test('each face answers at its place, and its router’s addresses get its page', async () => {
  for (const path of ['/', '/orders/123', '/shop/', '/quote?x=1']) assert.equal(await text(path), '<p>shop</p>', path);
  for (const path of ['/crm', '/crm/', '/crm/orders/FL-1', '/crm/index.html'])
    assert.equal(await text(path), '<p>crm</p>', path);
  assert.equal(await text('/mes/queue'), '<p>mes</p>');
});

test('a page is asked for again each time, an asset never', async () => {
  const page = await get('/crm/');
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  const again = await get('/crm/', {
    'if-none-match': page.headers.get('etag') ?? '',
    // Left out, fetch would add no-cache.
    'cache-control': 'max-age=0',
  });
  assert.equal(again.status, 304);
  const asset = await get('/assets/app-1a2b3c.js');
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(asset.headers.get('content-type') ?? '', /javascript/);
});

test('an asset that was compressed at the build is sent so', async () => {
  const asset = await get('/assets/app-1a2b3c.js', { 'accept-encoding': 'br' });
  assert.equal(asset.headers.get('content-encoding'), 'br');
  assert.match(await asset.text(), /^console/);
});

test('a missing asset, an unknown address of the API and a way out of the folder are not found', async () => {
  for (const path of [
    '/assets/gone.js',
    '/logo.png',
    '/api/internal/v1/none',
    '/assets/..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/package.json',
  ]) {
    const answer = await get(path);
    assert.equal(answer.status, 404, path);
    assert.equal(((await answer.json()) as { code: string }).code, 'resource.not_found', path);
  }
});

test('a process that serves one face has no other', async () => {
  const crmOnly = await startServer(['crm']);
  assert.equal((await fetch(`${crmOnly.origin}/crm/`)).status, 200);
  assert.equal((await fetch(`${crmOnly.origin}/assets/app-1a2b3c.js`)).status, 200);
  assert.equal((await fetch(`${crmOnly.origin}/`)).status, 404);
  assert.equal((await fetch(`${crmOnly.origin}/mes/`)).status, 404);
  await crmOnly.stop!();
  await assert.rejects(startServer(['warehouse']), /not built/);
});
