import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { Id, Money } from '#contracts/basics';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors } from '#platform/testing';
import { httpServer, openApi } from './index.ts';

const closed = { additionalProperties: false } as const;
const Thing = Type.Object({ id: Id, price: Money, was: Type.Union([Money, Type.Null()]) }, { $id: 'Thing', ...closed });

async function server() {
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
  const { http } = made;
  http.get(
    '/api/internal/v1/things/:thingId',
    {
      config: { access: { roles: ['seller'] } },
      schema: { params: Type.Object({ thingId: Id }, closed), response: { 200: Thing } },
    },
    async () => ({}) as never,
  );
  http.post(
    '/api/external/v1/models',
    { config: { access: 'signed_in' }, schema: { consumes: ['application/octet-stream'] } },
    async () => ({}),
  );
  return made;
}

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        security: unknown[];
        responses: Record<string, never>;
        requestBody: never;
        operationId: string;
        description?: string;
      }
    >
  >;
  components: { schemas: Record<string, { properties: Record<string, unknown> }> };
}

test('each audience has a document of its own, with named components', async () => {
  const { http } = await server();
  const internal = (await openApi(http, 'internal')) as unknown as Document;
  assert.equal(internal.openapi, '3.1.0');
  assert.deepEqual(Object.keys(internal.paths), ['/api/internal/v1/things/{thingId}']);
  assert.deepEqual(Object.keys(internal.components.schemas).sort(), ['Money', 'Problem', 'Thing']);
  assert.deepEqual(internal.components.schemas['Thing']?.properties['price'], { $ref: '#/components/schemas/Money' });
  const read = internal.paths['/api/internal/v1/things/{thingId}']!['get']!;
  assert.equal(read.operationId, 'getThingsByThingId');
  assert.equal(read.description, 'Roles: seller');
  assert.deepEqual(read.security, [{ bearer: [] }]);
  assert.deepEqual(read.responses['200'], {
    description: 'Thing',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
  });

  const external = (await openApi(http, 'external')) as unknown as Document;
  assert.deepEqual(Object.keys(external.paths), ['/api/external/v1/models']);
  assert.deepEqual(external.paths['/api/external/v1/models']!['post']!.requestBody, {
    required: true,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  });
});

test('the document is served, and making it again gives the same text', async () => {
  const made = await server();
  await made.start!();
  const served = await (await fetch(`${made.origin}/api/internal/v1/openapi.json`)).text();
  assert.equal(served, JSON.stringify(await openApi(made.http, 'internal')));
  await made.stop!();
});

test('two schemas of one name are told, not mixed up', async () => {
  const { http } = await server();
  const Other = Type.Object({ name: Type.String() }, { $id: 'Thing', ...closed });
  const schema = { body: Other };
  http.post('/api/internal/v1/others', { config: { access: 'public' }, schema }, async () => ({}));
  await assert.rejects(openApi(http, 'internal'), /Two schemas are called Thing/);
});
