import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROLES, type Role } from '#contracts/basics';
import type { NewKey } from '#contracts/identity';
import type { OperationPage } from '#contracts/mes';
import type { CommandAnswer } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import type { RouteRow } from '#platform/http';
import { makeRing } from '#pricing/geometry';
import { command, eventually, signIn, type Visitor } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';
import { sampleOf } from './routes/sample.ts';
import { ROUTES, type Row } from './routes/table.ts';

const I = '/api/internal/v1';
const PASSWORD = 'a long password for tests';
const ADDRESS = { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' };

let house: Installation;
let registered: readonly RouteRow[];
/** One person per role, none of whom owns anything. */
const strangers = new Map<Role, Visitor>();
/** Ids of things that belong to somebody else, by the parameter that names them. */
const things: Record<string, string> = {};
/** Keys of a partner who owns nothing, by scope. */
const keys = new Map<string, string>();

async function person(name: string, roles: Role[], clientId?: string): Promise<Visitor> {
  const email = `${name}@routes.example`;
  await house.products.identity.room.ensurePerson({
    email,
    name,
    roles,
    password: PASSWORD,
    ...(clientId ? { clientId } : {}),
  });
  return signIn(house.origin, email, PASSWORD);
}

async function makeThings(): Promise<void> {
  const admin = await person('owner-admin', ['admin']);
  const seller = await person('owner-seller', ['seller']);
  const owner = await person('owner', ['customer']);
  const post = { method: 'POST' } as const;
  const model = await owner.call<Model>(`${I}/pricing/models?fileName=ring.stl`, {
    ...post,
    body: makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl,
  });
  const item = { modelId: model.id, unit: 'mm', material: 'silver-925', quantity: 1 };
  const terms = { currency: 'EUR', leadTier: 'standard' };
  const asked = await owner.call<Quote>(`${I}/pricing/quotes`, { ...post, body: { ...terms, items: [item] } });
  await eventually('the quote is ready', async () => {
    const quote = await owner.call<Quote>(`${I}/pricing/quotes/${asked.id}`);
    return quote.state === 'ready' ? quote : null;
  });
  const order = await owner.call<CommandAnswer>(`${I}/orders`, {
    ...post,
    body: {
      commandId: newId(),
      quoteId: asked.id,
      accept: true,
      ...terms,
      deliveryAddress: ADDRESS,
      contact: { name: 'Owner', email: 'owner@routes.example' },
    },
  });
  const verb = (name: string, version: number, body: object) =>
    seller.call<CommandAnswer>(`${I}/orders/${order.orderId}/${name}`, {
      ...post,
      body: { ...command(version), ...body },
    });
  const paid = await verb('record-payment', order.version, { state: 'on_account', reference: 'r' });
  await verb('approve', paid.version, {});
  await eventually('the shop shows the order', async () => {
    const seen = await owner.raw(`${I}/shop/orders/${order.orderId}`);
    return seen.ok || null;
  });
  const foreman = await person('owner-foreman', ['foreman']);
  const operation = await eventually('the floor has the order', async () => {
    const page = await foreman.call<OperationPage>(`${I}/mes/waiting`);
    return page.items.find(({ orderId }) => orderId === order.orderId) ?? null;
  });
  const cartId = newId();
  const addressId = newId();
  await owner.call(`${I}/shop/carts/${cartId}`, { method: 'PUT', body: { version: 0, ...emptyCart() } });
  await owner.call(`${I}/shop/addresses/${addressId}`, { method: 'PUT', body: { address: ADDRESS } });
  const clientId = newId();
  await admin.call(`${I}/partners/clients`, { ...post, body: { id: clientId, name: 'Owner Ltd' } });
  const endpoint = await admin.call<{ endpoint: { id: string } }>(`${I}/partners/clients/${clientId}/endpoints`, {
    ...post,
    body: { url: 'https://example.com/hook', events: ['order.shipped'] },
  });
  const endpointId = endpoint.endpoint.id;
  await admin.call(`${I}/partners/clients/${clientId}/endpoints/${endpointId}/test`, post);
  const deliveries = await admin.call<{ items: { id: string }[] }>(`${I}/partners/clients/${clientId}/deliveries`);
  const draft = await admin.call<{ id: string; basedOn: string }>(`${I}/pricing/price-drafts`, {
    ...post,
    body: { from: 'sample-1-eur', name: 'Draft' },
  });
  const key = await admin.call<NewKey>(`${I}/identity/keys`, { ...post, body: { clientId, name: 'k', scopes: [] } });
  Object.assign(things, {
    orderId: order.orderId,
    sha256: model.sha256,
    itemId: asked.items[0]!.id,
    operationId: operation.id,
    cartId,
    addressId,
    clientId,
    endpointId,
    deliveryId: deliveries.items[0]!.id,
    keyId: key.key.id,
    draftId: draft.id,
    version: draft.basedOn,
    personId: owner.id,
    parcelId: newId(),
    entryId: newId(),
    operation: operation.code,
    'models/:id': model.id,
    'quotes/:id': asked.id,
    'orders/:id': order.orderId,
    modelId: model.id,
  });
}

function emptyCart(): Record<string, unknown> {
  const route = registered.find(({ url, method }) => method === 'PUT' && url === `${I}/shop/carts/:cartId`)!;
  return sampleOf(route.schema.body) as Record<string, unknown>;
}

async function makeStrangers(): Promise<void> {
  const admin = await person('stranger-admin', ['admin']);
  const clientId = newId();
  await admin.call(`${I}/partners/clients`, { method: 'POST', body: { id: clientId, name: 'Stranger Ltd' } });
  for (const role of ROLES) {
    strangers.set(role, await person(`stranger-${role}`, [role], role === 'partner' ? clientId : undefined));
  }
  for (const scope of ['read', 'models:write', 'quotes:write', 'orders:write']) {
    const body = { clientId, name: scope, scopes: [scope] };
    const { secret } = await admin.call<NewKey>(`${I}/identity/keys`, { method: 'POST', body });
    keys.set(scope, secret);
  }
}

before(async () => {
  house = await installation();
  registered = house.products.http.http.routeTable();
  await makeThings();
  await makeStrangers();
});
after(() => house?.stop());

const nameOf = (route: RouteRow): string => `${route.method} ${route.url}`;

/** The address with somebody else's things in it, and the smallest valid query. */
function addressOf(route: RouteRow): string {
  const filled = route.url.replace('/*', '/').replace(/(\w+\/)?:(\w+)/g, (_all, before = '', name: string) => {
    // A view is made by whoever names a new one.
    const id = name === 'viewId' ? newId() : (things[`${before}:${name}`] ?? things[name]);
    assert.ok(id, `${nameOf(route)}: the test has nothing for :${name}`);
    return `${before}${id}`;
  });
  const query = route.schema.querystring ? (sampleOf(route.schema.querystring) as Record<string, unknown>) : {};
  const text = new URLSearchParams(
    Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return text ? `${filled}?${text}` : filled;
}

/** The smallest valid body, naming somebody else's things where it names any. */
function bodyOf(route: RouteRow): unknown {
  if (route.method === 'GET' || route.method === 'DELETE') return undefined;
  if (route.url.endsWith('/models')) return makeRing({ diameter: 18, width: 3, thickness: 1.5 }).stl;
  if (!route.schema.body) return undefined;
  const body = sampleOf(route.schema.body) as Record<string, unknown>;
  return JSON.parse(JSON.stringify(body), (key, value) =>
    key in things && typeof value === 'string' ? things[key] : value,
  );
}

async function statusOf(route: RouteRow, who: Visitor): Promise<number> {
  const answer = await who.raw(addressOf(route), { method: route.method as 'GET', body: bodyOf(route) });
  if (answer.ok) {
    // A stream of events does not end by itself.
    await answer.body?.cancel();
    return answer.status;
  }
  const { code } = (await answer.json()) as { code: string };
  // Let in, and then told that the old password is wrong.
  return code === 'identity.wrong_credentials' ? 422 : answer.status;
}

test('every route has its row, every row its route', () => {
  assert.deepEqual(registered.map(nameOf).sort(), Object.keys(ROUTES).sort());
});

function expectation(row: Row, role: Role): 'let in' | 404 | 403 {
  if (row.may?.split(' ').includes(role)) return 'let in';
  return row.hidden?.split(' ').includes(role) ? 404 : 403;
}

// The refused first: whom a row lets in may change or remove the thing.
const ORDER = { 403: 0, 404: 1, 'let in': 2 } as const;

test('every route × every role, on somebody else’s things', async (t) => {
  for (const route of registered) {
    const row = ROUTES[nameOf(route)];
    if (!row || row.anyone || row.scope) continue;
    await t.test(nameOf(route), async () => {
      const anonymous = await fetch(`${house.origin}${addressOf(route)}`, { method: route.method });
      assert.equal(anonymous.status, 401, 'without a token');
      const cells = ROLES.map((role) => ({ role, expected: expectation(row, role) }));
      cells.sort((a, b) => ORDER[a.expected] - ORDER[b.expected]);
      for (const { role, expected } of cells) {
        const status = await statusOf(route, strangers.get(role)!);
        if (expected !== 'let in') assert.equal(status, expected, role);
        else assert.ok(status < 500 && status !== 401 && status !== 403, `${role} should be let in, got ${status}`);
      }
    });
  }
});

test('every partner route: no key, a key without the scope, a key with it on somebody else’s things', async (t) => {
  const call = (route: RouteRow, key: string | null): Promise<Response> => {
    const body = bodyOf(route);
    const isFile = Buffer.isBuffer(body);
    const headers = {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
      'idempotency-key': newId(),
    };
    const sent = body === undefined ? {} : { body: isFile ? new Uint8Array(body) : JSON.stringify(body) };
    return fetch(`${house.origin}${addressOf(route)}`, { method: route.method, headers, ...sent });
  };
  for (const route of registered) {
    const scope = ROUTES[nameOf(route)]?.scope;
    if (!scope) continue;
    await t.test(nameOf(route), async () => {
      assert.equal((await call(route, null)).status, 401, 'no key');
      assert.equal((await call(route, `fk_unknown_${'x'.repeat(32)}`)).status, 401, 'unknown key');
      const other = scope === 'read' ? 'orders:write' : 'read';
      assert.equal((await call(route, keys.get(other)!)).status, 403, `a key for ${other}`);
      const { status } = await call(route, keys.get(scope)!);
      if (/:id/.test(route.url)) assert.equal(status, 404, 'somebody else’s');
      else assert.ok(status < 500 && status !== 401 && status !== 403, `let in, got ${status}`);
    });
  }
});
