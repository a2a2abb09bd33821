import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, testActors } from '#platform/testing';
import { decodeCursor, encodeCursor, Fault, type HttpServer, httpServer, type StreamEvent, sse } from './index.ts';

let actors: TestActors;
let server: HttpServer;
let subscribers: { after: string | null; send: (event: StreamEvent) => void }[];

beforeEach(async () => {
  actors = await testActors();
  subscribers = [];
  server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log: createLog({ service: 'test', role: 'test', version: '0', level: 'silent' }),
    metrics: createMetrics({ service: 'test', role: 'test', version: '0' }),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  server.http.get('/live', { config: { access: 'signed_in' } }, (incoming, reply) => {
    sse(incoming, reply, {
      subscribe(after, send) {
        const subscriber = { after, send };
        subscribers.push(subscriber);
        return () => {
          subscribers = subscribers.filter((one) => one !== subscriber);
          left?.();
        };
      },
    });
  });
  await server.start!();
});
afterEach(() => server.stop!());

let left: (() => void) | null = null;

async function open(headers: Record<string, string> = {}) {
  const actor = actors.actor('customer');
  const { token } = await actors.signer.sign(actor);
  const abort = new AbortController();
  const response = await fetch(`${server.origin}/live`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    actor,
    response,
    abort,
    async until(wanted: string): Promise<string> {
      while (!text.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The stream ended before ${wanted}: ${text}`);
        text += value;
      }
      return text;
    },
    async end(): Promise<void> {
      while (!(await reader.read()).done);
    },
  };
}

test('events arrive with their ids, and a reader resumes where it was', async () => {
  const stream = await open({ 'last-event-id': '41' });
  assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(stream.response.headers.get('x-content-type-options'), 'nosniff');
  await stream.until('retry: 1000');
  assert.equal(subscribers[0]?.after, '41');
  subscribers[0]?.send({ id: '42', event: 'changes', data: { text: 'two\nlines' } });
  assert.match(await stream.until('\n\nid: 42'), /retry/);
  assert.ok((await stream.until('lines"}')).includes('id: 42\nevent: changes\ndata: {"text":"two\\nlines"}'));
  stream.abort.abort();
});

test('a reader that leaves is no longer told', async () => {
  const stream = await open();
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  stream.abort.abort();
  await gone;
  assert.equal(subscribers.length, 0);
});

test('the stream ends soon after its actor was revoked', async () => {
  const stream = await open();
  await stream.until('retry');
  actors.verifier.revoke({
    personId: stream.actor.id,
    credentials: [stream.actor.credential],
    before: new Date(Date.now() + 1).toISOString(),
  });
  await stream.end();
});

test('the streams end when the server stops', async () => {
  const stream = await open();
  await stream.until('retry');
  await Promise.all([stream.end(), server.stop!()]);
});

test('a reader that does not read is cut off', async () => {
  const token = await actors.token('customer');
  const call = request(`${server.origin}/live`, { headers: { authorization: `Bearer ${token}` } });
  call.on('error', () => {});
  // No listener for data: the socket's buffers fill, then the server's.
  const response = await new Promise<IncomingMessage>((resolve) => {
    call.once('response', resolve).end();
  });
  response.on('error', () => {});
  const filler = 'x'.repeat(100_000);
  let sent = 0;
  for (; sent < 2_000 && subscribers.length > 0; sent++) {
    subscribers[0]?.send({ id: String(sent), event: 'changes', data: filler });
    await new Promise(setImmediate);
  }
  assert.equal(subscribers.length, 0, `${sent} events of 100 kB are held for a reader that does not read`);
  call.destroy();
});

test('a cursor comes back as it was; anything else is refused', () => {
  const key = ['2026-01-31T08:00:00.000000Z', 'id', 5, null];
  assert.deepEqual(decodeCursor(encodeCursor(key)), key);
  for (const text of ['', 'x', Buffer.from('{"a":1}').toString('base64url'), 'A'.repeat(2_000)]) {
    assert.throws(
      () => decodeCursor(text),
      (error) => error instanceof Fault && error.code === 'request.invalid',
    );
  }
});
