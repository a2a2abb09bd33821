import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Type } from 'typebox';
import type { Role } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { type Actor, tenantOf } from '#contracts/identity';
import type { CommandAnswer, HistoryEntry, OrderCommandName, OrderHistory, OrderView } from '#contracts/orders';
import { Model, Quote } from '#contracts/pricing';
import { openBus, postgresTransport } from '#platform/bus';
import { type Clock, newId, systemClock } from '#platform/clock';
import { Fault, type HttpServer, httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors, testDatabase } from '#platform/testing';
import { orders } from './index.ts';
import { exampleAddress, exampleQuote, exampleSpecification } from './order-examples.ts';
import type { Rules } from './transitions.ts';

const ABOUT = { service: 'forgeline', role: 'test', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** A problem document, as far as tests look at it. */
export interface Refused {
  code: string;
  current?: { version: number; status: string };
  possible?: string[];
}

/**
 * The room as it runs: real PostgreSQL, real bus, real HTTP with signed tokens. Pricing is a small server that speaks its
 * contract and knows the quotes and models that the test gives it.
 */
export async function ordersUnderTest({
  rules,
  clock = systemClock,
  instances = 1,
}: {
  rules?: Rules;
  clock?: Clock;
  instances?: number;
} = {}) {
  const none = mkdtempSync(path.join(tmpdir(), 'forgeline-orders-'));
  const noMigrations = pathToFileURL(`${none}/`);
  const database = await testDatabase({
    rooms: [
      { name: 'orders', hears: ['quote', 'production'], migrations: new URL('./migrations/', import.meta.url) },
      { name: 'pricing', hears: [], migrations: noMigrations },
      { name: 'mes', hears: [], migrations: noMigrations },
    ],
    ownServer: true,
  });
  const actors = await testActors();
  const serve = (service: string): HttpServer =>
    httpServer({
      service,
      host: '127.0.0.1',
      port: 0,
      verifier: actors.verifier,
      log,
      metrics: createMetrics({ ...ABOUT, service }),
      ready: async () => ({ ready: true, reasons: [] }),
    });

  const pricing = pricingDesk(serve('pricing'));
  await pricing.server.start!();
  const sql = database.sql('orders');
  const processes = await Promise.all(
    Array.from({ length: instances }, async () => {
      const metrics = createMetrics({ ...ABOUT, service: 'orders' });
      const bus = openBus({ room: 'orders', sql, transport: postgresTransport(), log, metrics });
      const rooms = { pricing: roomClient({ origin: () => pricing.server.origin, log }) };
      const room = orders({ sql, bus, clock, log, metrics, rooms, ...(rules && { rules }) });
      const server = serve('orders');
      room.routes(server.http);
      await bus.start!();
      await room.start!();
      await server.start!();
      return { bus, room, server, metrics };
    }),
  );
  const origin = (instance: number) => processes[instance % processes.length]!.server.origin;

  async function call<T>(actor: Actor, method: string, url: string, body?: unknown, instance = 0): Promise<Answer<T>> {
    const { token } = await actors.signer.sign(actor);
    const response = await fetch(`${origin(instance)}/api/internal/v1/orders${url}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as T, headers: response.headers };
  }

  let published = 0;
  return {
    sql,
    database,
    /** Facts published so far by `publish`. */
    publishedCount: () => published,
    pricing,
    origin,
    call,
    metricsText: () => processes[0]!.metrics.text(),
    actor: (role: Role | Role[], id = newId()) => actors.actor(role, id),
    place: (actor: Actor, body: object, instance = 0) =>
      call<CommandAnswer & Refused>(actor, 'POST', '', body, instance),
    command: (actor: Actor, orderId: string, name: OrderCommandName, body: object, instance = 0) =>
      call<CommandAnswer & Refused>(actor, 'POST', `/${orderId}/${name.replaceAll('_', '-')}`, body, instance),
    view: (actor: Actor, orderId: string) => call<OrderView & Refused>(actor, 'GET', `/${orderId}`),
    history: async (actor: Actor, orderId: string): Promise<HistoryEntry[]> =>
      (await call<OrderHistory>(actor, 'GET', `/${orderId}/history`)).body.entries,
    /** Publishes as another room does; resolves once it is committed. */
    async publish(room: 'pricing' | 'mes', type: string, key: string, data: object): Promise<void> {
      await database.sql(room)`
        insert into bus.feed (topic, key, body) values (${type}, ${key}, ${database.sql(room).json(data as never)})`;
      published += 1;
      for (const { bus } of processes) bus.hint();
    },
    async close() {
      for (const { server } of processes) await server.stop!();
      for (const { room, bus } of processes) {
        await room.stop!();
        await bus.stop!();
      }
      await pricing.server.stop!();
      await database.close();
      rmSync(none, { recursive: true });
    },
  };
}

export type OrdersUnderTest = Awaited<ReturnType<typeof ordersUnderTest>>;

/** Pricing's two reads that orders needs. Only the tenant gets an answer; `isAway` makes every call fail with 500. */
function pricingDesk(server: HttpServer) {
  const quotes = new Map<string, Quote>();
  const models = new Map<string, { tenant: string; model: Model }>();
  const state = { isAway: false };
  const params = Type.Object({ id: Type.String() }, { additionalProperties: false });
  const config = { access: 'signed_in' } as const;
  const find = <T>(found: T | undefined, isMine: boolean): T => {
    if (state.isAway) throw new Error('Pricing is away');
    if (!found || !isMine) throw new Fault(COMMON_ERRORS['resource.not_found']);
    return found;
  };
  const isStaff = (actor: Actor) => actor.roles.includes('seller');
  server.http.get(
    '/api/internal/v1/pricing/quotes/:id',
    { config, schema: { params, response: { 200: Quote } } },
    async ({ actor, params: { id } }) => {
      const quote = quotes.get(id);
      return find(quote, quote?.tenant === tenantOf(actor) || isStaff(actor));
    },
  );
  server.http.get(
    '/api/internal/v1/pricing/models/:id',
    { config, schema: { params, response: { 200: Model } } },
    async ({ actor, params: { id } }) => {
      const entry = models.get(id);
      return find(entry?.model, entry?.tenant === tenantOf(actor) || isStaff(actor));
    },
  );
  return {
    server,
    state,
    /** A quote of `pieces` items for this tenant, ready unless overridden. */
    addQuote(tenant: string, pieces = 1, overrides: Partial<Quote> = {}): Quote {
      const items = Array.from({ length: pieces }, () => ({ specification: exampleSpecification(2) }));
      const wish = { items, currency: 'RUB', leadTier: 'standard', rush: false, buyer: { id: tenant } } as const;
      const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
      const quote = exampleQuote({ ...wish, items }, 'ready', { expiresAt, ...overrides });
      quotes.set(quote.id, quote);
      return quote;
    },
    addModel(tenant: string): Model {
      const model: Model = {
        id: newId(),
        sha256: 'b'.repeat(64),
        fileName: 'bracket.stl',
        bytes: 684,
        uploadedAt: new Date().toISOString(),
        state: 'ready',
        report: null,
        failure: null,
      };
      models.set(model.id, { tenant, model });
      return model;
    },
  };
}

/** A body for placing; the rest is what `parts` say. */
export function placingBody(parts: object): Record<string, unknown> {
  return {
    commandId: newId(),
    currency: 'RUB',
    leadTier: 'standard',
    deliveryAddress: exampleAddress,
    contact: { name: 'Anna Ivanova', email: 'anna@example.com' },
    ...parts,
  };
}

/** Looks again until the answer holds; fails loudly instead of waiting for ever. */
export async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean, what: string): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Never saw ${what}; last: ${JSON.stringify(seen).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
