import assert from 'node:assert/strict';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { Type } from 'typebox';
import { Id, Money } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { systemClock } from '#platform/clock';
import { createLog, createMetrics, currentTraceparent, startTracing } from '#platform/telemetry';
import { type TestActors, testActors } from '#platform/testing';
import { Fault, type Http, type HttpServer, httpServer, roomClient } from './index.ts';

const closed = { additionalProperties: false } as const;
const lines: Record<string, unknown>[] = [];
const log = createLog({
  service: 'test',
  role: 'test',
  version: '0',
  level: 'debug',
  destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
});
let actors: TestActors;
let server: HttpServer;
let isReady = true;

function routes(http: Http): void {
  http.post(
    '/api/internal/v1/things',
    {
      config: { access: 'signed_in' },
      schema: {
        body: Type.Object(
          { name: Type.String({ maxLength: 5 }), price: Type.Optional(Money), id: Type.Optional(Id) },
          closed,
        ),
      },
    },
    async (request) => ({ name: request.body.name, actor: request.actor.id, traceparent: currentTraceparent() }),
  );
  http.get(
    '/api/internal/v1/things/:orderId',
    {
      config: { access: { roles: ['seller', 'admin'] } },
      schema: {
        params: Type.Object({ orderId: Id }, closed),
        querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
        response: { 200: Type.Object({ limit: Type.Integer() }, closed) },
      },
    },
    async (request) => ({ limit: request.query.limit ?? 10 }),
  );
  http.get(
    '/api/internal/v1/leak',
    { config: { access: 'public' }, schema: { response: { 200: Type.Object({ a: Type.Integer() }, closed) } } },
    async () => ({ a: 1, secret: 'b' }),
  );
  http.post(
    '/api/internal/v1/fail/:how',
    { config: { access: 'public' }, schema: { params: Type.Object({ how: Type.String() }, closed) } },
    async ({ params }) => {
      if (params.how === 'fault') {
        throw new Fault(COMMON_ERRORS['rate.limited'], {
          detail: 'Slow down',
          internal: 'private',
          members: { limit: 5 },
          retryAfterSeconds: 1.2,
        });
      }
      if (params.how === 'database') throw Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
      throw new Error('select * from secrets');
    },
  );
  http.post('/api/internal/v1/upload', { config: { access: 'public' }, bodyLimit: 100 }, async (request) => {
    let bytes = 0;
    for await (const chunk of request.body as Readable) bytes += (chunk as Buffer).length;
    return { bytes };
  });
}

function startServer(): HttpServer {
  return httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics: createMetrics({ service: 'test', role: 'test', version: '0' }),
    ready: async () => ({ ready: isReady, reasons: isReady ? [] : ['The database is away'] }),
  });
}

const tracing = startTracing({ service: 'test', role: 'test', version: '0' });

beforeEach(async () => {
  lines.length = 0;
  isReady = true;
  actors = await testActors();
  await tracing.start!();
  server = startServer();
  routes(server.http);
  await server.start!();
});
afterEach(async () => {
  await server.stop!();
  await tracing.stop!();
});

async function ask(path: string, init: RequestInit & { token?: string } = {}) {
  const { token, ...rest } = init;
  const response = await fetch(server.origin + path, {
    ...rest,
    headers: {
      ...(rest.body && typeof rest.body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...rest.headers,
    },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

const post = (path: string, body: unknown, token?: string) =>
  ask(path, { method: 'POST', body: JSON.stringify(body), ...(token ? { token } : {}) });

test('a route that does not say who may call it is refused when it is registered', () => {
  const other = startServer();
  assert.throws(() => other.http.get('/open', async () => 'x'), /needs config.access/);
  assert.throws(
    () => other.http.get('/open', { config: { access: { roles: [] } } }, async () => 'x'),
    /needs config.access/,
  );
});

test('a schema that would let unknown fields pass is refused when it is registered', () => {
  const other = startServer();
  const schema = { body: Type.Object({ a: Type.Array(Type.Object({ b: Type.String() })) }, closed) };
  assert.throws(
    () => other.http.post('/open', { config: { access: 'public' }, schema }, async () => 'x'),
    /unknown fields/,
  );
});

test('without a good token there is no entry, with it the actor is on the request', async () => {
  const missing = await post('/api/internal/v1/things', { name: 'a' });
  assert.equal(missing.status, 401);
  assert.equal(missing.body.code, 'auth.required');
  assert.equal(missing.headers.get('content-type'), 'application/problem+json');
  const forged = await (await testActors()).token('seller');
  assert.equal((await post('/api/internal/v1/things', { name: 'a' }, forged)).body.code, 'auth.required');

  const actor = actors.actor('customer');
  const { token } = await actors.signer.sign(actor);
  const answer = await post('/api/internal/v1/things', { name: 'a' }, token);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.actor, actor.id);
});

test('an expired token and a revoked one ask for a new token', async () => {
  const old = await actors.signer.sign(actors.actor('customer'), systemClock.now() - 400_000);
  assert.equal((await post('/api/internal/v1/things', { name: 'a' }, old.token)).body.code, 'auth.expired');

  const actor = actors.actor('customer');
  const { token } = await actors.signer.sign(actor);
  assert.equal((await post('/api/internal/v1/things', { name: 'a' }, token)).status, 200);
  actors.verifier.revoke({ personId: actor.id, credentials: [], before: new Date(Date.now() + 1).toISOString() });
  assert.equal((await post('/api/internal/v1/things', { name: 'a' }, token)).body.code, 'auth.expired');
});

test('a role that the route does not name is forbidden', async () => {
  const path = '/api/internal/v1/things/0190a000-0000-7000-8000-000000000000';
  assert.equal((await ask(path, { token: await actors.token('operator') })).body.code, 'auth.forbidden');
  assert.equal((await ask(path, { token: await actors.token(['operator', 'admin']) })).status, 200);
});

test('unknown, missing and wrong fields are named; a body is never coerced, a query is', async () => {
  const token = await actors.token('seller');
  const refuse = async (body: unknown, field: string) => {
    const answer = await post('/api/internal/v1/things', body, token);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.code, 'request.invalid');
    assert.ok(
      answer.body.errors.some((error: { field: string }) => error.field === field),
      JSON.stringify(answer.body),
    );
    assert.ok(answer.body.detail.includes(field.slice(1).replaceAll('/', '.')), answer.body.detail);
  };
  await refuse({ name: 'a', surprise: 1 }, '/surprise');
  await refuse({}, '/name');
  await refuse({ name: 5 }, '/name');
  await refuse({ name: 'toolong' }, '/name');
  await refuse({ name: 'a', id: 'not-a-uuid' }, '/id');
  await refuse({ name: 'a', price: { minor: '5', currency: 'RUB' } }, '/price/minor');
  await refuse({ name: 'a', price: { minor: 5, currency: 'GBP' } }, '/price/currency');
  await refuse([], '');

  const path = '/api/internal/v1/things/0190a000-0000-7000-8000-000000000000';
  assert.deepEqual((await ask(`${path}?limit=5`, { token })).body, { limit: 5 });
  assert.equal((await ask(`${path}?limit=five`, { token })).status, 400);
  assert.equal((await ask(`${path}?lmit=5`, { token })).body.errors[0].field, '/lmit');
  assert.equal((await ask('/api/internal/v1/things/17', { token })).status, 400);
});

test('what a route has no schema for it does not take', async () => {
  assert.match((await ask('/api/internal/v1/leak?x=1')).body.detail, /x in the query/);
  assert.match((await post('/api/internal/v1/fail/fault', { y: 1 })).body.detail, /y in the body/);
});

test('a body that is broken, poisoned, of another type or too large is refused with its reason', async () => {
  const token = await actors.token('seller');
  const path = '/api/internal/v1/things';
  const send = (body: string, type = 'application/json') =>
    ask(path, { method: 'POST', body, token, headers: { 'content-type': type } });
  assert.equal((await send('{"name":')).body.code, 'request.invalid');
  assert.equal((await send('{"__proto__":{"a":1},"name":"a"}')).body.code, 'request.invalid');
  assert.equal((await send('name=a', 'application/x-www-form-urlencoded')).body.code, 'request.unsupported_type');
  assert.equal((await send('name', 'text/plain')).body.code, 'request.unsupported_type');
  assert.equal((await send(JSON.stringify({ name: 'a'.repeat(1_100_000) }))).body.code, 'request.too_large');
});

test('a fault shows its public part only; an unexpected error shows nothing', async () => {
  const fault = await post('/api/internal/v1/fail/fault', {});
  assert.equal(fault.status, 429);
  assert.equal(fault.headers.get('retry-after'), '2');
  assert.equal(fault.body.limit, 5);
  assert.equal(fault.body.detail, 'Slow down');
  assert.ok(!JSON.stringify(fault.body).includes('private'));

  const unexpected = await post('/api/internal/v1/fail/bug', {});
  assert.equal(unexpected.status, 500);
  assert.equal(unexpected.body.code, 'internal.error');
  assert.ok(!JSON.stringify(unexpected.body).includes('secrets'));
  assert.equal(unexpected.body.requestId, unexpected.headers.get('x-request-id'));

  const away = await post('/api/internal/v1/fail/database', {});
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '1');
});

test('an answer with a field that its schema does not know is not sent', async () => {
  const answer = await ask('/api/internal/v1/leak');
  assert.equal(answer.status, 500);
  assert.ok(!JSON.stringify(answer.body).includes('"b"'));
  assert.match(String(lines.find((line) => line['event'] === 'http.fault')?.['msg']), /secret is not known here/);
});

test('an upload is a stream, refused before its first byte when it says that it is too large', async () => {
  const headers = { 'content-type': 'application/octet-stream' };
  const ok = await ask('/api/internal/v1/upload', { method: 'POST', body: Buffer.alloc(80), headers });
  assert.deepEqual(ok.body, { bytes: 80 });
  const large = await ask('/api/internal/v1/upload', { method: 'POST', body: Buffer.alloc(120), headers });
  assert.equal(large.body.code, 'request.too_large');
});

test('an unknown address and a malformed one are problems too', async () => {
  assert.equal((await ask('/api/internal/v1/nothing')).body.code, 'resource.not_found');
  assert.equal((await ask('/api/%zz')).body.code, 'request.invalid');
});

test('a request leaves one line with its actor and order', async () => {
  const actor = actors.actor('seller');
  const { token } = await actors.signer.sign(actor);
  const orderId = '0190a000-0000-7000-8000-000000000001';
  await ask(`/api/internal/v1/things/${orderId}`, { token, headers: { 'x-request-id': 'request-12345' } });
  const line = lines.find((entry) => entry['event'] === 'http.request')!;
  assert.equal(line['actorId'], actor.id);
  assert.equal(line['orderId'], orderId);
  assert.equal(line['requestId'], 'request-12345');
  assert.equal(line['route'], '/api/internal/v1/things/:orderId');
  assert.equal(line['status'], 200);
});

test('the handler of a request whose body comes late is still in the caller’s trace', async () => {
  const traceId = 'a'.repeat(32);
  const call = rawRequest(`${server.origin}/api/internal/v1/things`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await actors.token('seller')}`,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
      // The body is sent when the server has read the head and asks for it.
      expect: '100-continue',
    },
  });
  call.on('continue', () => call.end(JSON.stringify({ name: 'a' })));
  call.flushHeaders();
  const body = await new Promise<string>((resolve, reject) => {
    call.on('error', reject);
    call.on('response', async (response) => resolve((await response.setEncoding('utf8').toArray()).join('')));
  });
  assert.equal(JSON.parse(body).traceparent.split('-')[1], traceId);
  assert.equal(lines.filter((entry) => entry['traceId'] === traceId).length, 1);
});

test('metrics name the route’s template, not the address', async () => {
  await ask('/api/internal/v1/things/0190a000-0000-7000-8000-000000000001');
  const { body } = await ask('/metrics');
  assert.match(
    body,
    /forgeline_http_requests_total\{method="GET",route="\/api\/internal\/v1\/things\/:orderId",status_class="4xx"\} 1/,
  );
});

test('ready says why not, and is false while the server drains', async () => {
  assert.equal((await ask('/health/live')).status, 200);
  assert.equal((await ask('/health/ready')).status, 200);
  isReady = false;
  const not = await ask('/health/ready');
  assert.equal(not.status, 503);
  assert.deepEqual(not.body.reasons, ['The database is away']);
  isReady = true;
  server.drain();
  assert.equal((await ask('/health/ready')).status, 503);
  assert.equal((await ask('/api/internal/v1/fail/fault', { method: 'POST' })).status, 429);
});

test('a request that is under way when the server stops is answered', async () => {
  let release = () => {};
  const other = startServer();
  const entered = new Promise<void>((inside) => {
    other.http.get('/slow', { config: { access: 'public' } }, async () => {
      inside();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { whole: true };
    });
  });
  await other.start!();
  const answer = fetch(`${other.origin}/slow`);
  await entered;
  const stopped = other.stop!();
  release();
  assert.deepEqual(await (await answer).json(), { whole: true });
  await stopped;
});

test('every route is in the table with its access', () => {
  const row = server.http.routeTable().find(({ url }) => url === '/api/internal/v1/things/:orderId');
  assert.deepEqual(row?.access, { roles: ['seller', 'admin'] });
  assert.ok(server.http.routeTable().every(({ method }) => method !== 'HEAD'));
});

test('a browser is told not to sniff, frame or cache', async () => {
  const { headers } = await ask('/api/internal/v1/leak');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('a caller that goes away is logged as 499', async () => {
  const left = new Promise<Record<string, unknown>>((resolve) => {
    const poll = setInterval(() => {
      const line = lines.find((entry) => entry['route'] === '/api/internal/v1/upload');
      if (!line) return;
      clearInterval(poll);
      resolve(line);
    }, 5);
  });
  const call = rawRequest(`${server.origin}/api/internal/v1/upload`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'content-length': '50' },
  });
  call.on('error', () => {});
  call.write('12345', () => call.destroy());
  assert.equal((await left)['status'], 499);
});

test('a room’s client carries token, trace and request id, and knows a refusal from an absence', async () => {
  const client = roomClient({ origin: () => server.origin, log });
  const token = await actors.token('seller');
  const good = await client.call<{ name: string }>({
    method: 'POST',
    path: '/api/internal/v1/things',
    body: { name: 'a' },
    actorToken: token,
  });
  assert.equal(good.status, 200);
  assert.equal(good.body.name, 'a');
  const refused = await client.call<{ code: string }>({
    method: 'POST',
    path: '/api/internal/v1/things',
    body: {},
    actorToken: token,
  });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.code, 'request.invalid');
  const uploaded = await client.call({
    method: 'POST',
    path: '/api/internal/v1/upload',
    stream: Readable.from([Buffer.alloc(7)]),
  });
  assert.deepEqual(uploaded.body, { bytes: 7 });

  const isAway = (error: unknown) => error instanceof Fault && error.code === 'room.unavailable';
  await assert.rejects(client.call({ method: 'POST', path: '/api/internal/v1/fail/bug' }), isAway);
  const nobody = await freePort();
  await assert.rejects(
    roomClient({ origin: `http://127.0.0.1:${nobody}`, log }).call({ method: 'GET', path: '/' }),
    isAway,
  );
});

async function freePort(): Promise<number> {
  const other = startServer();
  await other.start!();
  const port = Number(new URL(other.origin).port);
  await other.stop!();
  return port;
}

test('a malformed request line is refused without harm', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    socket.on('data', (data) => resolve(data.toString()));
    socket.on('error', () => {});
    socket.write('NONSENSE\r\n\r\n');
  });
  assert.match(answer, /^HTTP\/1\.1 400/);
});
