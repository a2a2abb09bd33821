import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Role } from '#contracts/basics';
import type { Envelope } from '#contracts/events';
import type { Actor } from '#contracts/identity';
import type { Model, Quote, RequestQuote } from '#contracts/pricing';
import { type Blobs, diskBlobs } from '#platform/blobs';
import { appendEvents, openBus, postgresTransport } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { httpServer } from '#platform/http';
import type { Part } from '#platform/lifecycle';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors, testDatabase } from '#platform/testing';
import { pricing } from './room.ts';
import { DEFAULT_RULES, type PricingRules } from './rules.ts';
import { pricingWorker } from './worker.ts';

const ABOUT = { service: 'pricing', role: 'test', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** The members of a problem document that tests look at. */
export interface Refused {
  code: string;
  detail: string;
  hint: string;
}

/** The room on a real database, bus, blob store and HTTP server; workers only where a test starts them. */
export async function pricingUnderTest(changed: Partial<PricingRules> = {}) {
  const rules = { ...DEFAULT_RULES, ...changed };
  const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-pricing-'));
  const noMigrations = pathToFileURL(`${mkdtempSync(path.join(folder, 'none-'))}/`);
  const database = await testDatabase({
    rooms: [
      { name: 'pricing', hears: ['order'], migrations: new URL('./migrations/', import.meta.url) },
      { name: 'orders', hears: ['quote'], migrations: noMigrations },
    ],
    ownServer: true,
  });
  const actors = await testActors();
  const sql = database.sql('pricing');
  const blobDir = path.join(folder, 'blobs');
  const blobs = diskBlobs({ dir: blobDir });
  const metrics = createMetrics(ABOUT);
  const bus = openBus({ room: 'pricing', sql, transport: postgresTransport(), log, metrics });
  const room = pricing({ sql, bus, blobs, clock: systemClock, log, metrics, rules });
  const server = httpServer({
    service: 'pricing',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics,
    ready: async () => ({ ready: true, reasons: [] }),
  });
  room.routes(server.http);
  await room.start!();
  await bus.start!();
  await server.start!();
  const workers: Part[] = [];

  async function raw(actor: Actor, method: string, url: string, init: RequestInit = {}): Promise<Response> {
    const { token } = await actors.signer.sign(actor);
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    return fetch(`${server.origin}/api/internal/v1/pricing${url}`, { ...init, method, headers });
  }

  async function call<T>(actor: Actor, method: string, url: string, body?: unknown): Promise<Answer<T>> {
    const init = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {};
    const response = await raw(actor, method, url, init);
    return { status: response.status, body: (await response.json()) as T, headers: response.headers };
  }

  return {
    sql,
    database,
    rules,
    clock: systemClock,
    log,
    blobs,
    blobDir,
    metrics,
    raw,
    call,
    actor: (role: Role | Role[]) => actors.actor(role),
    async upload(actor: Actor, stl: Uint8Array, fileName = 'part.stl'): Promise<Answer<Model & Refused>> {
      const response = await raw(actor, 'POST', `/models?fileName=${encodeURIComponent(fileName)}`, {
        body: new Uint8Array(stl),
        headers: { 'content-type': 'application/octet-stream' },
      });
      return {
        status: response.status,
        body: (await response.json()) as Model & Refused,
        headers: response.headers,
      };
    },
    model: async (actor: Actor, id: string) => (await call<Model>(actor, 'GET', `/models/${id}`)).body,
    quote: (actor: Actor, request: RequestQuote) => call<Quote & Refused>(actor, 'POST', '/quotes', request),
    findQuote: async (actor: Actor, id: string) => (await call<Quote>(actor, 'GET', `/quotes/${id}`)).body,
    /** Events that pricing published, as orders reads them, oldest first. */
    events: async (): Promise<Pick<Envelope<{ quote: Quote }>, 'type' | 'data' | 'traceparent'>[]> =>
      database.sql('orders')`select topic as type, body as data, traceparent from bus.feed_orders
        where topic like 'quote.%' order by seq`,
    /** Publishes as orders does; what is published together is heard together. */
    async publish(...events: { type: string; key: string; data: object }[]): Promise<void> {
      await appendEvents(database.sql('orders'), events);
      bus.hint();
    },
    async startWorker(threads = 1, store: Blobs = blobs): Promise<Part> {
      const worker = pricingWorker({ sql, blobs: store, clock: systemClock, log, metrics, threads, rules });
      await worker.start!();
      workers.push(worker);
      return worker;
    },
    async close() {
      for (const worker of workers) await worker.stop!();
      await server.stop!();
      await bus.stop!();
      await room.stop!();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type PricingUnderTest = Awaited<ReturnType<typeof pricingUnderTest>>;

/** Asks until the answer is what is hoped for; a test's own time limit says when to give up. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Still not so: ${JSON.stringify(answer).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
