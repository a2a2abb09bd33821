import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JWK } from 'jose';
import type { Role } from '#contracts/basics';
import { CSRF_HEADER, type PersonRevoked, type TokenAnswer } from '#contracts/identity';
import { actorVerifier } from '#platform/actor';
import { openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import { type HttpServer, httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { testDatabase } from '#platform/testing';
import { type IdentityNeeds, type IdentityRoom, identity } from './index.ts';

const ABOUT = { service: 'identity', role: 'test', version: '0' };
export const BASE = '/api/internal/v1/identity';
export const PASSWORD = 'correct horse battery';
export const PROOF = 'proof of partners';
export const ROOM_PROOF = 'proof of a room';
/** What stands in links and redirects; nobody resolves it. */
export const PUBLIC_ORIGIN = 'http://forgeline.test';

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/**
 * The room as it runs: real PostgreSQL, real bus, real HTTP, mails as files; several instances if asked for, and beside
 * them a process of another room (`elsewhere`) that only knows the published keys and hears of revocations.
 */
export async function identityUnderTest({
  instances = 1,
  oidc = null,
  publicOrigin = PUBLIC_ORIGIN,
}: {
  instances?: number;
  oidc?: IdentityNeeds['oidc'];
  publicOrigin?: string;
} = {}) {
  const dir = await mkdtemp(path.join(tmpdir(), 'forgeline-identity-'));
  const lines: string[] = [];
  const log = createLog({ ...ABOUT, level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const database = await testDatabase({
    rooms: [
      { name: 'identity', hears: [], migrations: new URL('./migrations/', import.meta.url) },
      { name: 'crm', hears: ['person'], migrations: pathToFileURL(`${dir}/`) },
    ],
    // Elsewhere another suite's transactions would hold back the revocations that these tests wait for.
    ownServer: oidc === null,
  });
  const sql = database.sql('identity');
  const stops: (() => Promise<void> | undefined)[] = [];

  let first: HttpServer | null = null;
  const client = roomClient({ origin: () => first!.origin, log });
  const keys = async () => (await client.call<{ keys: JWK[] }>({ method: 'GET', path: `${BASE}/jwks` })).body.keys;

  const revocations = async () => {
    const path = `${BASE}/revocations`;
    return (await client.call<{ items: PersonRevoked[] }>({ method: 'GET', path })).body.items;
  };

  async function process(room: 'identity' | 'crm', house: (server: HttpServer) => IdentityRoom | null) {
    const metrics = createMetrics(ABOUT);
    const verifier = actorVerifier({ keys, revocations, clock: systemClock });
    const bus = openBus({ room, sql: database.sql(room), transport: postgresTransport(), log, metrics });
    bus.broadcast({ events: ['person.revoked'], handle: ({ data }) => verifier.revoke(data as PersonRevoked) });
    const server = httpServer({
      service: room,
      host: '127.0.0.1',
      port: 0,
      verifier,
      log,
      metrics,
      ready: async () => ({ ready: true, reasons: [] }),
    });
    buses.set(server, bus);
    const housed = house(server);
    housed?.routes(server.http);
    await housed?.start?.();
    await bus.start?.();
    await server.start!();
    stops.push(() => server.stop!());
    stops.push(() => bus.stop?.());
    stops.push(async () => housed?.stop?.());
    return { server, room: housed, verifier };
  }
  const buses = new Map<HttpServer, ReturnType<typeof openBus>>();

  const houses: { server: HttpServer; room: IdentityRoom }[] = [];
  for (let index = 0; index < instances; index++) {
    const made = await process('identity', (server) => {
      const needs = { sql, bus: buses.get(server)!, clock: systemClock, log, metrics: createMetrics(ABOUT) };
      return identity({ ...needs, publicOrigin, dataDir: dir, oidc, exchangeProof: PROOF, roomProof: ROOM_PROOF });
    });
    first ??= made.server;
    houses.push({ server: made.server, room: made.room! });
  }
  const elsewhere = await process('crm', (server) => {
    server.http.get('/whoami', { config: { access: 'signed_in' } }, async ({ actor }) => actor);
    return null;
  });

  return {
    sql,
    lines,
    keys,
    room: houses[0]!.room,
    origin: houses[0]!.server.origin,
    /** A browser with a cookie jar of its own, at the given instance. */
    browser: (instance = 0) => browser(houses[instance]!.server.origin),
    /** What a process of another room makes of a token. */
    async whoami(token: string): Promise<Answer<{ id: string; roles: Role[]; code?: string }>> {
      return answerOf(
        await fetch(`${elsewhere.server.origin}/whoami`, { headers: { authorization: `Bearer ${token}` } }),
      );
    },
    /** Resolves once the other process refuses the token. */
    async untilRefused(token: string): Promise<void> {
      while (elsewhere.verifier.stands(token)) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    /** Somebody with these roles, and a browser signed in as them. */
    async person(roles: Role[], clientId?: string) {
      const email = `${newId()}@example.org`;
      const given = { email, name: `Test ${roles.join(' ')}`, roles, password: PASSWORD };
      const { id } = await houses[0]!.room.ensurePerson({ ...given, ...(clientId ? { clientId } : {}) });
      const signedIn = browser(houses[0]!.server.origin);
      await signedIn.post('/sessions', { email, password: PASSWORD });
      return { id, email, browser: signedIn };
    },
    /** The newest mail to an address, once there is one that `after` does not count. */
    async mail(to: string, after = 0): Promise<{ text: string; token: string; count: number }> {
      for (let look = 0; look < 1000; look++) {
        const mails = await mailsTo(path.join(dir, 'mail'), to);
        const text = mails.at(-1);
        if (text !== undefined && mails.length > after) {
          return { text, token: /#([\w-]+)/.exec(text)?.[1] ?? '', count: mails.length };
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`No mail came to ${to}`);
    },
    mailCount: async (to: string) => (await mailsTo(path.join(dir, 'mail'), to)).length,
    async close() {
      for (const stop of stops) await stop();
      await database.close();
      await rm(dir, { recursive: true });
    },
  };
}

export type IdentityUnderTest = Awaited<ReturnType<typeof identityUnderTest>>;
export type Browser = ReturnType<typeof browser>;

function browser(origin: string) {
  const jar = new Map<string, string>();

  async function ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(origin + BASE + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(jar.size > 0 ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        [CSRF_HEADER]: '1',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const text of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      if (value === '') jar.delete(name!);
      else jar.set(name!, value!);
    }
    return answerOf<T>(response);
  }

  return {
    jar,
    ask,
    get: <T = unknown>(path: string) => ask<T>('GET', path),
    post: <T = unknown>(path: string, body: unknown = {}, headers = {}) => ask<T>('POST', path, body, headers),
    async token(): Promise<string> {
      return (await ask<TokenAnswer>('POST', '/token')).body.token;
    },
    /** With a Bearer, as the faces call every route but those of the session. */
    async signed<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
      const authorization = `Bearer ${await this.token()}`;
      return ask<T>(method, path, body, { authorization });
    },
  };
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T };
}

async function mailsTo(dir: string, to: string): Promise<string[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(dir, name), 'utf8')));
  return texts
    .filter((text) => text.includes(`\r\nTo: ${to}\r\n`))
    .map((text) => {
      const [, body = ''] = text.split('\r\n\r\n');
      return Buffer.from(body, 'base64').toString();
    });
}
