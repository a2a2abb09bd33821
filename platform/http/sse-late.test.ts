import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors } from '#platform/testing';
import { type HttpServer, httpServer, sse } from './index.ts';

const ABOUT = { service: 'test', role: 'test', version: '0' };

let server: HttpServer;
let asked: () => void = () => {};
let opened: (subscribed: boolean) => void = () => {};

before(async () => {
  const actors = await testActors();
  server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log: createLog({ ...ABOUT, level: 'silent' }),
    metrics: createMetrics(ABOUT),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  server.http.get('/live', { config: { access: 'public' } }, async (request, reply) => {
    const left = new Promise((resolve) => request.raw.socket.once('close', resolve));
    asked();
    await left;
    let isSubscribed = false;
    sse(request, reply, {
      subscribe() {
        isSubscribed = true;
        return () => {
          isSubscribed = false;
        };
      },
    });
    opened(isSubscribed);
  });
  await server.start!();
});
after(() => server.stop!());

test('who left while the stream was being prepared holds no subscription', async () => {
  const leaving = new AbortController();
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const isSubscribed = new Promise<boolean>((resolve) => {
    opened = resolve;
  });
  const call = fetch(`${server.origin}/live`, { signal: leaving.signal });
  await isAsked;
  leaving.abort();
  await assert.rejects(call);
  assert.equal(await isSubscribed, false);
});
