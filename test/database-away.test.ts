import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ROLES, type Role } from '#contracts/basics';
import { CSRF_HEADER, type NewKey } from '#contracts/identity';
import type { CommandAnswer, OrderHistory, PlaceOrder } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import type { ShopOrdersPage } from '#contracts/shop';
import { newId } from '#platform/clock';
import { type EmbeddedPostgres, embeddedPostgres } from '#platform/database';
import type { RouteRow } from '#platform/http';
import { makeRing } from '#pricing/geometry';
import { proofOf } from '../app/secret.ts';
import { eventually, Refused, signIn, type Visitor } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';
import { sampleOf } from './routes/sample.ts';
import { ROUTES } from './routes/table.ts';

const I = '/api/internal/v1';
const SECRET = 'only for this test, long enough';
const PASSWORD = 'a long password for tests';

/** What needs no database to answer. */
const WITHOUT_DATABASE = new Set([
  'GET /health/live',
  'GET /metrics',
  'GET /*',
  `GET ${I}/openapi.json`,
  'GET /api/external/v1/openapi.json',
  // Streams open, and beat until there is something to tell.
  `GET ${I}/shop/orders/live`,
  `GET ${I}/crm/live`,
  `GET ${I}/mes/live`,
  // Files are known by their content.
  `GET ${I}/pricing/files/:sha256`,
]);

/** Bodies that pass the checks made before the database is asked. */
const BODIES: Record<string, object> = {
  [`POST ${I}/identity/first-admin`]: { token: 'x'.repeat(43), email: 'a@away.example', name: 'A', password: PASSWORD },
  [`POST ${I}/identity/room-token`]: { room: 'crm', proof: proofOf(SECRET, 'room token') },
  [`POST ${I}/identity/key-token`]: {
    key: `fk_${'a'.repeat(8)}_${'b'.repeat(43)}`,
    proof: proofOf(SECRET, 'key exchange'),
  },
};

let folder: string;
let postgres: EmbeddedPostgres;
let house: Installation;
const people = new Map<Role, Visitor>();
let partnerKey: string;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'forgeline-away-'));
  postgres = embeddedPostgres({ dataDir: path.join(folder, 'postgres'), settings: { fsync: 'off' } });
  await postgres.start();
  house = await installation({ DATABASE_URL: postgres.adminUrl, FORGELINE_SECRET: SECRET });
  for (const role of ROLES) people.set(role, await person(role));
  const admin = people.get('admin')!;
  const clientId = newId();
  await admin.call(`${I}/partners/clients`, { method: 'POST', body: { id: clientId, name: 'Away Ltd' } });
  const key = { clientId, name: 'k', scopes: [] };
  partnerKey = (await admin.call<NewKey>(`${I}/identity/keys`, { method: 'POST', body: key })).secret;
  assert.equal((await callAsPartner('/api/external/v1/usage')).status, 200);
});
after(async () => {
  await house?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function person(role: Role): Promise<Visitor> {
  const email = `${role}@away.example`;
  const client = role === 'partner' ? { clientId: newId() } : {};
  await house.products.identity.room.ensurePerson({ email, name: role, roles: [role], password: PASSWORD, ...client });
  return signIn(house.origin, email, PASSWORD);
}

function callAsPartner(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${partnerKey}`, 'idempotency-key': newId() };
  return fetch(house.origin + url, { ...init, headers });
}

const nameOf = (route: RouteRow): string => `${route.method} ${route.url}`;

async function isReady(): Promise<true | null> {
  return (await fetch(`${house.origin}/health/ready`)).ok || null;
}

/** The smallest valid request of a route, by somebody who may make it. */
function callRoute(route: RouteRow): Promise<Response> {
  const row = ROUTES[nameOf(route)]!;
  const query = new URLSearchParams(
    Object.entries((sampleOf(route.schema.querystring ?? { type: 'object' }) ?? {}) as Record<string, string>),
  );
  const params = (route.schema.params as { properties?: Record<string, unknown> } | undefined)?.properties ?? {};
  const filled = route.url.replace(/:(\w+)/g, (_all, name: string) => String(sampleOf(params[name])));
  const url = query.size > 0 ? `${filled}?${query}` : filled;
  const body = sampleBody(route);
  if (row.scope || row.anyone) {
    const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
    const sent = Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
    const headers = {
      [CSRF_HEADER]: '1',
      cookie: 'forgeline_session=unknown',
      ...(body ? { 'content-type': type } : {}),
    };
    const init = { method: route.method, headers, ...(body ? { body: sent } : {}) };
    return row.scope ? callAsPartner(url, init) : fetch(house.origin + url, init);
  }
  const [role] = `${row.may ?? ''} ${row.hidden ?? ''}`.trim().split(' ') as [Role];
  return people.get(role)!.raw(url, { method: route.method as 'GET', body });
}

function sampleBody(route: RouteRow): unknown {
  if (route.method === 'GET' || route.method === 'DELETE') return undefined;
  if (route.url.endsWith('/models')) return makeRing({ diameter: 18, width: 3, thickness: 1.5 }).stl;
  return BODIES[nameOf(route)] ?? (route.schema.body ? sampleOf(route.schema.body) : undefined);
}

async function refusesForNow(route: RouteRow): Promise<void> {
  const answer = await callRoute(route);
  const text = await answer.text();
  assert.equal(answer.status, 503, `${nameOf(route)}: ${text}`);
  // For balancers: it says which databases are away.
  if (route.url === '/health/ready') return;
  assert.match(answer.headers.get('content-type') ?? '', /application\/problem\+json/, nameOf(route));
  assert.ok(Number(answer.headers.get('retry-after')) >= 1, nameOf(route));
  assert.equal(JSON.parse(text).code, 'room.unavailable', nameOf(route));
}

test('with the database away every route says so at once, and when to ask again', async () => {
  const routes = house.products.http.http.routeTable().filter((route) => !WITHOUT_DATABASE.has(nameOf(route)));
  await postgres.stop();
  try {
    await Promise.all(routes.map(refusesForNow));
  } finally {
    await postgres.start();
  }
  await eventually('the house is ready again', isReady);
});

async function readyQuote(buyer: Visitor): Promise<string> {
  const body = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await buyer.call<Model>(`${I}/pricing/models?fileName=ring.stl`, { method: 'POST', body });
  const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
  const request = { items, currency: 'EUR', leadTier: 'standard' };
  const asked = await buyer.call<Quote>(`${I}/pricing/quotes`, { method: 'POST', body: request });
  await eventually('the quote is ready', async () => {
    return (await buyer.call<Quote>(`${I}/pricing/quotes/${asked.id}`)).state === 'ready' || null;
  });
  return asked.id;
}

interface Placed {
  orderId: string;
  /** Answers 503 before it was taken. */
  refusals: number;
}

/** Asks until there is an answer, by the same command id and as Retry-After says: as the shop does. */
async function placeForSure(buyer: Visitor, quoteId: string): Promise<Placed> {
  const body: PlaceOrder = {
    commandId: newId(),
    quoteId,
    accept: true,
    currency: 'EUR',
    leadTier: 'standard',
    deliveryAddress: { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' },
    contact: { name: 'Buyer', email: 'buyer@away.example' },
  };
  for (let refusals = 0; ; refusals++) {
    try {
      const { orderId } = await buyer.call<CommandAnswer>(`${I}/orders`, { method: 'POST', body });
      return { orderId, refusals };
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503) throw error;
      await pause(1000);
    }
  }
}

test('orders placed while the database goes and comes are there once, whole, and every reader hears of them', async (t) => {
  const buyer = people.get('customer')!;
  const quoteId = await readyQuote(buyer);
  const placing: Promise<Placed>[] = [];
  const load = setInterval(() => placing.push(placeForSure(buyer, quoteId)), 40);
  try {
    for (let round = 0; round < 2; round++) {
      await pause(500);
      await postgres.stop();
      await pause(500);
      await postgres.start();
    }
    await pause(500);
  } finally {
    clearInterval(load);
  }
  const placed = await Promise.all(placing);
  const refusals = placed.reduce((sum, one) => sum + one.refusals, 0);
  t.diagnostic(`${placed.length} orders, ${refusals} answers of 503 on the way`);
  assert.ok(refusals > 0, 'nobody met the database away');
  const promised = placed.map(({ orderId }) => orderId).sort();
  assert.equal(new Set(promised).size, promised.length);
  for (const orderId of promised) {
    const { entries } = await buyer.call<OrderHistory>(`${I}/orders/${orderId}/history`);
    assert.deepEqual(
      entries.map(({ status }) => status),
      ['submitted', 'priced', 'confirmed'],
    );
  }
  await eventually(
    'the shop shows every order, and nothing else',
    async () => {
      const ids: string[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const query: string = after ? `&cursor=${encodeURIComponent(after)}` : '';
        const page: ShopOrdersPage = await buyer.call(`${I}/shop/orders?limit=50${query}`);
        ids.push(...page.items.map(({ id }) => id));
        after = page.next;
      }
      assert.ok(ids.length <= promised.length, 'an order was made that nobody was promised');
      return ids.length === promised.length ? assert.deepEqual(ids.sort(), promised) === undefined || null : null;
    },
    90_000,
  );
});
