import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, testActors } from '#platform/testing';
import { currentConsistency, type Http, type HttpServer, httpServer, type RoomClient, roomClient } from './index.ts';

const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });
const token = (server: number, lsn: number) =>
  `v1.${server}.00000001.${lsn.toString(16).padStart(16, '0')}.1800000000.${'m'.repeat(22)}`;
const config = { access: 'public' } as const;

let actors: TestActors;
let near: HttpServer;
let far: HttpServer;
let client: RoomClient;
/** What the requests of each room could read by. */
const seen: Record<'near' | 'far', string[]> = { near: [], far: [] };
let nearPlace: string | null = token(1, 7);

before(async () => {
  actors = await testActors();
  far = await serve(
    'far',
    async () => token(2, 9),
    (http) => {
      http.post('/far', { config }, async () => {
        seen.far.push(currentConsistency());
        return {};
      });
    },
  );
  client = roomClient({ origin: far.origin, log });
  near = await serve(
    'near',
    async () => nearPlace,
    (http) => {
      http.post('/near', { config }, async () => {
        await client.call({ method: 'POST', path: '/far' });
        seen.near.push(currentConsistency());
        return {};
      });
      http.post('/failing', { config }, async () => {
        throw new Error('for the test');
      });
      const schema = { querystring: Type.Object({ status: Type.Integer() }, { additionalProperties: false }) };
      http.post('/refusing', { config, schema }, async ({ query }, reply) => reply.code(query.status).send({}));
      http.get('/reading', { config }, async () => ({ seen: currentConsistency() }));
    },
  );
});
after(() => Promise.all([near.stop?.(), far.stop?.()]));

async function serve(service: string, place: () => Promise<string | null>, routes: (http: Http) => void) {
  const metrics = createMetrics({ service, role: 'test', version: '0' });
  const ready = async () => ({ ready: true, reasons: [] });
  const server = httpServer({ service, host: '127.0.0.1', port: 0, verifier: actors.verifier, log, metrics, ready });
  server.house({ name: service, routes }, place);
  await server.start?.();
  return server;
}

async function ask(
  method: string,
  path: string,
  shown = '',
): Promise<{ told: string | null; body: { seen?: string } }> {
  const answer = await fetch(near.origin + path, { method, headers: shown ? { [CONSISTENCY_HEADER]: shown } : {} });
  return { told: answer.headers.get(CONSISTENCY_HEADER), body: (await answer.json()) as { seen?: string } };
}

test('the answer to a command tells where each database was then that it changed', async () => {
  const { told } = await ask('POST', '/near', token(2, 4));
  assert.deepEqual(told?.split(',').sort(), [token(1, 7), token(2, 9)]);
  assert.equal(seen.far.at(-1), token(2, 4), 'the room that was asked knows what the caller knows');
  assert.equal(seen.near.at(-1), token(2, 9), 'what the other room did counts from then on');
});

test('a read shows what the caller knows and tells nothing; neither does a refusal or a failure', async () => {
  assert.deepEqual(await ask('GET', '/reading', token(1, 5)), { told: null, body: { seen: token(1, 5) } });
  assert.deepEqual((await ask('GET', '/reading')).body, { seen: '' });
  assert.equal((await ask('POST', '/failing')).told, null);
  assert.equal((await ask('POST', '/refusing?status=404')).told, null);
  assert.equal((await ask('POST', '/refusing?status=409')).told, token(1, 7));
});

test('a room without replicas passes on what other rooms told', async () => {
  nearPlace = null;
  assert.equal((await ask('POST', '/near')).told, token(2, 9));
});
