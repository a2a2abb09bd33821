import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Role } from '#contracts/basics';
import type { Actor } from '#contracts/identity';
import { openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import { type HttpServer, httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors, testDatabase } from '#platform/testing';
import { partners } from './index.ts';
import { otherRooms } from './other-rooms.ts';

const ABOUT = { service: 'forgeline', role: 'test', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/**
 * The room as it runs: real PostgreSQL, real bus, real HTTP, webhooks to a real server. The rooms that it asks are small
 * servers that speak their contracts.
 */
export async function partnersUnderTest({ instances = 1 }: { instances?: number } = {}) {
  const none = mkdtempSync(path.join(tmpdir(), 'forgeline-partners-'));
  const noMigrations = pathToFileURL(`${none}/`);
  const database = await testDatabase({
    rooms: [
      { name: 'partners', hears: ['order', 'quote'], migrations: new URL('./migrations/', import.meta.url) },
      { name: 'orders', hears: [], migrations: noMigrations },
      { name: 'pricing', hears: [], migrations: noMigrations },
      { name: 'identity', hears: [], migrations: noMigrations },
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
  const others = otherRooms(serve('others'), actors.signer);
  await others.server.start!();
  const other = roomClient({ origin: () => others.server.origin, log });
  const sql = database.sql('partners');
  const processes = await Promise.all(
    Array.from({ length: instances }, async () => {
      const metrics = createMetrics({ ...ABOUT, service: 'partners' });
      const bus = openBus({ room: 'partners', sql, transport: postgresTransport(), log, metrics });
      const rooms = { identity: other, orders: other, pricing: other };
      const room = partners({
        sql,
        bus,
        clock: systemClock,
        log,
        metrics,
        rooms,
        exchangeProof: 'proof of partners',
        allowLoopbackWebhooks: true,
      });
      const server = serve('partners');
      room.routes(server.http);
      await bus.start!();
      await room.start!();
      await server.start!();
      return { bus, room, server };
    }),
  );
  const hooks = await webhookReceiver();

  async function send<T>(method: string, url: string, token: string, given: SendOptions = {}): Promise<Answer<T>> {
    const { body, file, headers = {}, instance = 0 } = given;
    const { origin } = processes[instance % processes.length]!.server;
    const type = file ? 'application/octet-stream' : body === undefined ? undefined : 'application/json';
    const response = await fetch(origin + url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type ? { 'content-type': type } : {}), ...headers },
      ...(file ? { body: file } : body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : null) as T, headers: response.headers };
  }

  return {
    sql,
    others,
    hooks,
    origin: () => processes[0]!.server.origin,
    /** As a partner's program, with an API key. */
    external: <T>(key: string, method: string, url: string, options?: SendOptions) =>
      send<T>(method, `/api/external/v1${url}`, key, options),
    /** As a person. */
    internal: async <T>(actor: Actor, method: string, url: string, body?: unknown) =>
      send<T>(method, `/api/internal/v1/partners${url}`, (await actors.signer.sign(actor)).token, {
        ...(body === undefined ? {} : { body }),
      }),
    actor: (role: Role, id = newId()) => actors.actor(role, id),
    async publish(room: 'orders' | 'pricing' | 'identity', type: string, key: string, data: object): Promise<void> {
      await database.sql(room)`
        insert into bus.feed (topic, key, body) values (${type}, ${key}, ${database.sql(room).json(data as never)})`;
      for (const { bus } of processes) bus.hint();
    },
    feedOf: (topic: string) => sql`select body from bus.feed_partners where topic = ${topic}`,
    async close() {
      for (const { server } of processes) await server.stop!();
      for (const { room, bus } of processes) {
        await room.stop!();
        await bus.stop!();
      }
      await others.server.stop!();
      await hooks.close();
      await database.close();
      rmSync(none, { recursive: true });
    },
  };
}

export type PartnersUnderTest = Awaited<ReturnType<typeof partnersUnderTest>>;

interface SendOptions {
  body?: unknown;
  file?: Buffer<ArrayBuffer>;
  headers?: Record<string, string>;
  instance?: number;
}

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A partner's own server. It answers 200 unless the test says otherwise for a path. */
async function webhookReceiver() {
  const received: Received[] = [];
  const answers = new Map<string, (response: ServerResponse) => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url = '' } = request;
    received.push({ path: url, headers: request.headers, text: Buffer.concat(chunks).toString() });
    const answer = answers.get(url);
    if (answer) answer(response);
    else response.end('thanks');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (place: string) => `http://127.0.0.1:${port}${place}`,
    at: (place: string) => received.filter((one) => one.path === place),
    /** How this path answers from now on. */
    answer: (place: string, how: (response: ServerResponse) => void) => answers.set(place, how),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Looks again until the answer holds; fails loudly instead of waiting for ever. */
export async function until<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean, what: string): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Never saw ${what}; last: ${JSON.stringify(seen)?.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
