import { Type } from 'typebox';
import type { CommandAnswer, HistoryEntry, Order, PlaceOrder } from '#contracts/orders';
import type { ShopOrdersPage } from '#contracts/shop';
import { appendEvents, openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import { flags } from '#platform/flags';
import { type HttpServer, httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors, testDatabase } from '#platform/testing';
import { shop } from './index.ts';
import { exampleChange, exampleEvent } from './order-examples.ts';

const NONE = new URL('./no-migrations/', import.meta.url);
const ROOMS = [
  { name: 'orders', hears: [], migrations: NONE },
  { name: 'pricing', hears: [], migrations: NONE },
  { name: 'shop', hears: ['order', 'quote'], migrations: new URL('./migrations/', import.meta.url) },
];
const ABOUT = { service: 'test', role: 'shop', version: '0' };

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/**
 * The room as it runs: real PostgreSQL, real bus, real HTTP with signed tokens. `orders` is a small server that speaks its
 * contract and knows what the test gives it.
 */
export async function shopUnderTest({ switches = {} }: { switches?: Record<string, boolean> } = {}) {
  const log = createLog({ ...ABOUT, level: 'silent' });
  const metrics = createMetrics(ABOUT);
  const database = await testDatabase({ rooms: ROOMS, ownServer: true });
  const actors = await testActors();
  const serve = (service: string) =>
    httpServer({
      service,
      host: '127.0.0.1',
      port: 0,
      verifier: actors.verifier,
      log,
      metrics,
      ready: async () => ({ ready: true, reasons: [] }),
    });

  const orders = ordersDesk(serve('orders'));
  await orders.server.start?.();
  const sql = database.sql('shop');
  const bus = openBus({ room: 'shop', sql, transport: postgresTransport(), log, metrics });
  const rooms = { orders: roomClient({ origin: () => orders.server.origin, log }) };
  const room = shop({ sql, bus, clock: systemClock, log, metrics, rooms, switches: flags({ overrides: switches }) });
  const server = serve('shop');
  room.routes(server.http);
  await room.start?.();
  await bus.start?.();
  await server.start?.();

  const url = (path: string) => `${server.origin}/api/internal/v1/shop${path}`;
  async function ask<T>(token: string, path: string, method = 'GET', body?: unknown): Promise<Answer<T>> {
    const response = await fetch(url(path), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T, headers: response.headers };
  }

  /** A customer with a token. */
  async function customer(id = newId()) {
    const token = await actors.token('customer', id);
    return {
      id,
      token,
      get: <T>(path: string) => ask<T>(token, path),
      post: <T>(path: string, body: unknown) => ask<T>(token, path, 'POST', body),
      put: <T>(path: string, body: unknown) => ask<T>(token, path, 'PUT', body),
      remove: <T>(path: string) => ask<T>(token, path, 'DELETE'),
    };
  }

  /** As `orders` says it; not waited for. */
  async function say(order: Order, change: Partial<HistoryEntry> = {}): Promise<void> {
    const data = exampleEvent(order, change);
    await appendEvents(database.sql('orders'), [{ type: `order.${order.status}`, key: order.id, data }]);
    bus.hint();
  }

  return {
    actors,
    database,
    orders,
    bus,
    url,
    ask,
    customer,
    say,
    /** Says it and resolves when the read model has this version. */
    async tell(order: Order, change: Partial<HistoryEntry> = {}): Promise<void> {
      await say(order, change);
      const buyer = await customer(order.buyer.id);
      for (;;) {
        const { body } = await buyer.get<ShopOrdersPage>(`/orders?ids=${order.id}`);
        if ((body.items[0]?.version ?? 0) >= order.version) return;
      }
    },
    async close(): Promise<void> {
      await server.stop?.();
      await orders.server.stop?.();
      await bus.stop?.();
      await room.stop?.();
      await database.close();
    },
  };
}

export type ShopUnderTest = Awaited<ReturnType<typeof shopUnderTest>>;
export type Customer = Awaited<ReturnType<ShopUnderTest['customer']>>;

/** The room next door, as far as this one speaks with it. */
function ordersDesk(server: HttpServer) {
  const truth = new Map<string, Order>();
  const placed = new Map<string, { body: PlaceOrder; token: string; answer: CommandAnswer }>();
  const desk = { server, truth, placed, asked: 0, away: false };
  const config = { access: 'signed_in' } as const;
  const params = Type.Object({ id: Type.String() }, { additionalProperties: false });
  const problem = (status: number, code: string) => ({
    code,
    status,
    title: code,
    hint: 'As told',
    type: '',
    requestId: '',
  });

  server.http.addHook('onRequest', async (_request, reply) => {
    desk.asked += 1;
    if (desk.away) await reply.code(500).send(problem(500, 'internal.error'));
  });
  server.http.get('/api/internal/v1/orders/:id', { config, schema: { params } }, (request, reply) => {
    const order = truth.get(request.params.id);
    return order ? { order, possible: [] } : reply.code(404).send(problem(404, 'order.not_found'));
  });
  server.http.get('/api/internal/v1/orders/:id/history', { config, schema: { params } }, (request, reply) => {
    const order = truth.get(request.params.id);
    return order
      ? { orderId: order.id, entries: [exampleChange(order)] }
      : reply.code(404).send(problem(404, 'order.not_found'));
  });
  server.http.post('/api/internal/v1/orders', { config, schema: { body: Type.Unknown() } }, (request, reply) => {
    const body = request.body as PlaceOrder;
    const known = placed.get(body.commandId);
    if (known && JSON.stringify(known.body) !== JSON.stringify(body)) {
      return reply.code(409).send(problem(409, 'order.command_id_reused'));
    }
    if (known) return { ...known.answer, repeated: true };
    if (body.reference === 'refuse') {
      return reply
        .code(409)
        .send({ ...problem(409, 'order.quote_expired'), detail: 'Since noon', possible: ['place'] });
    }
    const answer: CommandAnswer = {
      orderId: newId(),
      number: 'FL-1',
      version: 1,
      status: 'submitted',
      possible: ['cancel'],
      repeated: false,
    };
    placed.set(body.commandId, { body, token: request.actorToken, answer });
    return reply.code(201).send(answer);
  });
  return desk;
}
