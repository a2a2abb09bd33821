/**
 * The process whose CPU `bench -- cache` counts: the CRM as it runs, with sign-in, log, metrics and traces, over 5,000 orders; the
 * same page without a cache; and bare routes of the same framework. Told what to do by messages of the parent.
 */
import { Session } from 'node:inspector/promises';
import fastify from 'fastify';
import { OrdersPage, OrdersQuery } from '#contracts/crm';
import { ORDER_STATUSES } from '#contracts/orders';
import { openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type HttpServer, httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics, logFile, startTracing, writtenTogether } from '#platform/telemetry';
import { type TestActors, testActors, testDatabase } from '#platform/testing';
import { crm } from '../../modules/crm/index.ts';
import { orderPage } from '../../modules/crm/order-page.ts';
import { freshness } from '../../modules/crm/store-orders.ts';
import { telemetryShare } from './telemetry-share.ts';

const ROWS = 5_000;
const migrations = new URL('../../modules/crm/migrations/', import.meta.url);
const none = new URL('./no-migrations/', import.meta.url);
const HEARD = ['orders', 'pricing', 'mes'].map((name) => ({ name, hears: [], migrations: none }));
const identity = { service: 'bench', role: 'crm', version: '0' };

export type Asked = 'cpu' | 'profile' | 'profiled' | 'stop';
export interface Ready {
  full: string;
  bare: string;
  token: string;
  page: string;
}

async function main(logTo: string): Promise<void> {
  const database = await testDatabase({
    rooms: [...HEARD, { name: 'crm', hears: ['order', 'quote', 'production'], migrations }],
    ownServer: true,
  });
  const sql = database.sql('crm');
  await fill(sql);
  const actors = await testActors();
  const { server, stop } = await house(sql, actors, logTo);
  const token = await actors.token('seller');
  const page = await (
    await fetch(`${server.origin}/api/internal/v1/crm/orders`, { headers: { authorization: `Bearer ${token}` } })
  ).text();
  const bare = fastify();
  const body = Buffer.from(page);
  bare.get('/page', async (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
  bare.get('/unchanged', async (_request, reply) => reply.code(304).header('etag', 'W/"bare"').send());
  const bareOrigin = await bare.listen({ host: '127.0.0.1', port: 0 });
  const profiler = new Session();
  profiler.connect();
  process.on('message', async (asked: Asked) => {
    process.send!(await answer(asked, profiler));
    if (asked !== 'stop') return;
    await bare.close();
    await stop();
    await database.close();
    process.disconnect();
  });
  process.send!({ full: server.origin, bare: bareOrigin, token, page } satisfies Ready);
}

async function answer(asked: Asked, profiler: Session): Promise<unknown> {
  if (asked === 'cpu') return process.cpuUsage();
  if (asked === 'profile') {
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.setSamplingInterval', { interval: 200 });
    await profiler.post('Profiler.start');
  }
  if (asked === 'profiled') return telemetryShare((await profiler.post('Profiler.stop')).profile);
  return true;
}

async function house(
  sql: Sql,
  actors: TestActors,
  logTo: string,
): Promise<{ server: HttpServer; stop(): Promise<void> }> {
  const tracing = startTracing(identity);
  await tracing.start?.();
  const log = createLog({ ...identity, destination: writtenTogether(logFile(logTo)) });
  const metrics = createMetrics(identity);
  const server = httpServer({
    service: 'crm',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics,
    ready: async () => ({ ready: true, reasons: [] }),
  });
  const bus = openBus({ room: 'crm', sql, transport: postgresTransport(), log, metrics });
  const nobody = roomClient({ origin: 'http://127.0.0.1:9', log });
  const rooms = { orders: nobody, identity: nobody, pricing: nobody };
  const room = crm({ sql, bus, clock: systemClock, log, metrics, rooms, timeZone: 'Europe/Moscow' });
  room.routes(server.http);
  server.http.get(
    '/without-cache',
    { config: { access: 'signed_in' }, schema: { querystring: OrdersQuery, response: { 200: OrdersPage } } },
    async ({ query, actor }) => {
      const [asOf, page] = await Promise.all([freshness(sql), orderPage(sql, query, actor.id)]);
      return { ...page, asOf };
    },
  );
  await room.start?.();
  await server.start?.();
  return {
    server,
    async stop() {
      await server.stop?.();
      await room.stop?.();
      await bus.stop?.();
      await tracing.stop?.();
    },
  };
}

async function fill(sql: Sql): Promise<void> {
  await sql`
    insert into order_row (id, version, number, status, status_since, source, buyer_id, buyer_name, rush, on_hold,
      total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts)
    select gen_random_uuid(), 1, 'FL-' || n, (${ORDER_STATUSES as unknown as string[]}::text[])[1 + n * 7 % 12],
      platform.now(), 'shop', ${newId()}, 'Покупатель ' || n % 500, n % 11 = 0, false, n * 100, 'RUB', 'none',
      platform.now() - n * interval '1 minute', platform.now() + interval '10 days', 1, n,
      array['деталь ' || n || '.stl'], 0
    from generate_series(1, ${ROWS}) n`;
  await sql`analyze order_row`;
}

await main(process.argv[2]!);
