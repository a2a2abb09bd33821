import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { Type } from 'typebox';
import { COMMON_ERRORS } from '#contracts/errors';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, testActors } from '#platform/testing';
import { Fault, type HttpServer, httpServer, roomClient } from './index.ts';

const ABOUT = { service: 'test', role: 'test', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });
const closed = { additionalProperties: false } as const;
const Note = Type.Object({ note: Type.Object({ lines: Type.Array(Type.String()) }, closed) }, closed);

let actors: TestActors;
let server: HttpServer;

beforeEach(async () => {
  actors = await testActors();
  server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics: createMetrics(ABOUT),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  const { http } = server;
  const query = Type.Object({ q: Type.Optional(Type.String()) }, closed);
  http.get('/notes', { config: { access: 'signed_in' }, schema: { querystring: query } }, async () => ({}));
  http.post('/notes', { config: { access: 'signed_in' }, schema: { body: Note } }, async () => ({}));
  http.post('/orders', { config: { access: 'signed_in', scope: 'orders:write' } }, async () => ({}));
  http.post('/full', { config: { access: 'public' } }, async () => {
    throw new Fault(COMMON_ERRORS['rate.limited'], { retryAfterSeconds: 37 });
  });
  http.post('/away', { config: { access: 'public' } }, async () => {
    throw new Fault(COMMON_ERRORS['room.unavailable'], { retryAfterSeconds: 20 });
  });
  await server.start!();
});
afterEach(() => server.stop!());

async function ask(method: string, path: string, token: string, body?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const response = await fetch(server.origin + path, { method, headers, ...(body ? { body } : {}) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('a text that no database stores is refused with its place, in a body and in a query', async () => {
  const token = await actors.token('customer');
  for (const character of ['\\u0000', '\\ud800']) {
    const refused = await ask('POST', '/notes', token, `{"note":{"lines":["fine","a${character}b"]}}`);
    assert.deepEqual([refused.status, refused.body['code']], [400, 'request.invalid']);
    assert.match(String(refused.body['detail']), /note\.lines\.1 in the body/);
  }
  assert.equal((await ask('GET', '/notes?q=a%00b', token)).status, 400);
  assert.equal((await ask('POST', '/notes', token, '{"note":{"lines":["Ж 😀 \\ud83d\\ude00"]}}')).status, 200);
});

test('a key’s scopes bind on every route, also past the partners’ gate', async () => {
  const token = (scopes: string[]) => actors.token('partner', undefined, { scopes });
  const [reading, ordering, whole] = [await token(['read']), await token(['orders:write']), await token([])];
  assert.equal((await ask('GET', '/notes', reading)).status, 200);
  const refused = await ask('POST', '/orders', reading);
  assert.deepEqual([refused.status, refused.body['needs']], [403, 'orders:write']);
  assert.equal((await ask('POST', '/orders', ordering)).status, 200);
  assert.equal((await ask('POST', '/orders', whole)).status, 200);
  const unnamed = await ask('POST', '/notes', ordering, '{"note":{"lines":[]}}');
  assert.equal(unnamed.status, 403, 'what no scope names is not for a key that has scopes');
});

test('a refusal keeps the connection of a short body and closes that of one that would go on', async () => {
  const connectionAfter = async (body: string, headers: Record<string, string>): Promise<string | undefined> => {
    const asked = request(`${server.origin}/notes`, { method: 'POST', agent: new Agent({ keepAlive: true }), headers });
    asked.on('error', () => undefined).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.headers.connection;
  };
  const json = { 'content-type': 'application/json' };
  assert.equal(await connectionAfter('{}', { ...json, 'content-length': '2' }), 'keep-alive');
  assert.equal(await connectionAfter('{}', { ...json, 'transfer-encoding': 'chunked' }), 'close');
  const long = JSON.stringify('x'.repeat(100_000));
  assert.equal(await connectionAfter(long, { ...json, 'content-length': String(long.length) }), 'close');
});

test('how long another room asks to wait is known, for a refusal and for an outage', async () => {
  const client = roomClient({ origin: server.origin, log });
  const full = await client.call({ method: 'POST', path: '/full' });
  assert.deepEqual([full.status, full.retryAfterSeconds], [429, 37]);
  await assert.rejects(
    client.call({ method: 'POST', path: '/away' }),
    (error) => error instanceof Fault && error.code === 'room.unavailable' && error.retryAfterSeconds === 20,
  );
});
