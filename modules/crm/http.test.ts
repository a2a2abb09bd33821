import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import type { Customer, OrderCard, OrderCounts, OrderRow, Problems, SavedView } from '#contracts/crm';
import type { Order } from '#contracts/orders';
import { appendEvents, openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import { type HttpServer, httpServer, type Room, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, type TestDatabase, testActors, testDatabase } from '#platform/testing';
import { crm } from './index.ts';
import { exampleEvent, exampleOrder, exampleQuote } from './order-examples.ts';

const migrations = new URL('./migrations/', import.meta.url);
const none = new URL('./no-migrations/', import.meta.url);
const ROOMS = [
  { name: 'orders', hears: [], migrations: none },
  { name: 'pricing', hears: [], migrations: none },
  { name: 'mes', hears: [], migrations: none },
  { name: 'crm', hears: ['order', 'quote', 'production'], migrations },
];
const log = createLog({ service: 'test', role: 'crm', version: '0', level: 'silent' });
const metrics = createMetrics({ service: 'test', role: 'crm', version: '0' });
const ready = async () => ({ ready: true, reasons: [] });

let database: TestDatabase;
let actors: TestActors;
let neighbours: HttpServer;
let server: HttpServer;
let room: Room;
let bus: ReturnType<typeof openBus>;
/** What the neighbouring rooms know and were asked. */
const truth = new Map<string, Order>();
const placed: { body: Record<string, unknown>; token: string }[] = [];

before(async () => {
  database = await testDatabase({ rooms: ROOMS, ownServer: true });
  actors = await testActors();
  const options = { host: '127.0.0.1', port: 0, verifier: actors.verifier, log, metrics, ready };
  neighbours = httpServer({ ...options, service: 'neighbours' });
  answerForNeighbours(neighbours);
  await neighbours.start?.();
  const neighbour = roomClient({ origin: () => neighbours.origin, log });

  const sql = database.sql('crm');
  bus = openBus({ room: 'crm', sql, transport: postgresTransport(), log, metrics });
  const rooms = { orders: neighbour, identity: neighbour, pricing: neighbour };
  room = crm({ sql, bus, clock: systemClock, log, metrics, rooms, timeZone: 'Europe/Moscow' });
  server = httpServer({ ...options, service: 'crm' });
  room.routes(server.http);
  await room.start?.();
  await bus.start?.();
  await server.start?.();
});

after(async () => {
  await server.stop?.();
  await neighbours.stop?.();
  await bus.stop?.();
  await room.stop?.();
  await database.close();
});

/** Rooms next door, as far as this room speaks with them; their own tests are with them. */
function answerForNeighbours({ http }: HttpServer): void {
  const config = { access: 'signed_in' } as const;
  const schema = { params: Type.Object({ id: Type.String() }, { additionalProperties: false }) };
  http.get('/api/internal/v1/orders/:id', { config, schema }, ({ params }, reply) => {
    const order = truth.get(params.id);
    return order ? { order, possible: [] } : reply.code(404).send({ code: 'resource.not_found' });
  });
  http.get('/api/internal/v1/orders/:id/history', { config, schema }, ({ params }, reply) => {
    const order = truth.get(params.id);
    return order
      ? { orderId: order.id, entries: [exampleEvent(order).change] }
      : reply.code(404).send({ code: 'resource.not_found' });
  });
  http.post('/api/internal/v1/orders', { config, schema: { body: Type.Unknown() } }, (request, reply) => {
    const body = request.body as Record<string, unknown>;
    placed.push({ body, token: request.actorToken });
    if (body['reference'] === 'refuse') {
      return reply
        .code(409)
        .send({ status: 409, code: 'order.quote_expired', title: 'The quote has expired', hint: 'Ask again.' });
    }
    const answer = { orderId: newId(), number: 'FL-1', version: 1, status: 'submitted', possible: [], repeated: false };
    return reply.code(201).send(answer);
  });
  http.get('/api/internal/v1/identity/staff', { config }, () => ({ items: [COLLEAGUE, OPERATOR] }));
  http.post('/api/internal/v1/identity/customers', { config, schema: { body: Type.Unknown() } }, (_request, reply) =>
    reply.code(201).send({ id: GUEST }),
  );
}
const GUEST = newId();
const COLLEAGUE = { id: newId(), name: 'Пётр', roles: ['seller'] };
const OPERATOR = { id: newId(), name: 'Фёдор', roles: ['operator'] };

async function ask<T>(
  token: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<{ status: number; body: T; text: string; headers: Headers }> {
  const response = await fetch(`${server.origin}/api/internal/v1/crm${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: (isJson ? JSON.parse(text) : null) as T, text, headers: response.headers };
}

/** As `orders` would: an event per version; resolves when the read model has the last one. */
async function tell(...orders: Order[]): Promise<void> {
  const news = orders.map((order) => ({ type: `order.${order.status}`, key: order.id, data: exampleEvent(order) }));
  await appendEvents(database.sql('orders'), news);
  bus.hint();
  const last = orders.at(-1)!;
  const token = await actors.token('seller');
  for (;;) {
    const { body } = await ask<{ items: OrderRow[] }>(token, `/orders?ids=${last.id}`);
    if (body.items[0]?.version === last.version) return;
  }
}

test('an order told by events is on the list, found by number, buyer and file', async () => {
  const order = exampleOrder({ buyer: { ...exampleOrder().buyer, name: 'Зинаида Крылова' } });
  await tell(order);
  const token = await actors.token('seller');
  for (const q of [order.number, order.number.slice(-5), 'крылова', 'КРЫЛ', 'ring.st']) {
    const { body } = await ask<{ items: OrderRow[]; asOf: string }>(token, `/orders?q=${encodeURIComponent(q)}`);
    assert.ok(
      body.items.some((row) => row.id === order.id),
      q,
    );
    assert.ok(Date.parse(body.asOf) > Date.now() - 60_000);
    const counted = await ask<OrderCounts>(token, `/orders/counts?q=${encodeURIComponent(q)}`);
    assert.deepEqual([counted.status, counted.body.cap], [200, 100]);
    assert.ok(counted.body.byStatus[order.status]! > 0, q);
  }
  const { body } = await ask<OrderCounts>(token, '/orders/counts');
  assert.ok(body.byStatus[order.status]! > 0);
  assert.equal(body.cap, 1000);
});

test('the card has order, history, production, quote and comments', async () => {
  const order = exampleOrder();
  const quote = exampleQuote(order);
  await appendEvents(database.sql('pricing'), [{ type: 'quote.ready', key: quote.id, data: { quote } }]);
  const fact = {
    orderId: order.id,
    itemId: order.items[0]!.id,
    version: 1,
    startedAt: '2026-03-05T09:00:00.000Z',
    made: 0,
    scrapped: 1,
    done: false,
    actor: { id: newId(), name: 'Фёдор' },
    reason: 'porosity',
  };
  await appendEvents(database.sql('mes'), [{ type: 'production.scrapped', key: order.id, data: fact }]);
  await tell({ ...order, quoteId: quote.id });
  const seller = await actors.token('seller');
  const commentId = newId();
  for (const text of ['Позвонить клиенту', 'Позвонить клиенту']) {
    const added = await ask(seller, `/orders/${order.id}/comments`, {
      method: 'POST',
      body: { commandId: commentId, text },
    });
    assert.equal(added.status, 201);
  }
  const card = await untilCard(
    seller,
    order.id,
    ({ production, quote: known }) => production.length > 0 && known !== null,
  );
  assert.equal(card.order.number, order.number);
  assert.deepEqual(
    card.timeline.map((entry) => entry.version),
    [1],
  );
  assert.deepEqual(
    card.production.map(({ reason, actor }) => [reason, actor]),
    [['porosity', 'Фёдор']],
  );
  assert.equal(card.quote?.items[0]?.breakdown[0]?.code, 'material');
  assert.deepEqual(
    card.comments.map(({ text }) => text),
    ['Позвонить клиенту'],
  );
  assert.equal(card.merged, false);
  const [note] = await database.sql('crm')<{ count: number }[]>`
    select count(*)::int as count from bus.feed_crm where topic = 'order-note.added' and key = ${order.id}`;
  assert.equal(note?.count, 1);
});

async function untilCard(token: string, orderId: string, isThere: (card: OrderCard) => boolean): Promise<OrderCard> {
  for (;;) {
    const { body } = await ask<OrderCard>(token, `/orders/${orderId}`);
    if (isThere(body)) return body;
  }
}

test('who has just seen a newer version gets it, although the read model is behind', async () => {
  const order = exampleOrder();
  await tell(order);
  truth.set(order.id, { ...order, version: 2, status: 'confirmed' });
  const seller = await actors.token('seller');
  const { body } = await ask<OrderCard>(seller, `/orders/${order.id}?version=2`);
  assert.deepEqual([body.merged, body.order.version, body.order.status], [true, 2, 'confirmed']);
  const { body: old } = await ask<OrderCard>(seller, `/orders/${order.id}?version=1`);
  assert.deepEqual([old.merged, old.order.version], [false, 1]);
});

test('an order that is in no room is not found', async () => {
  const seller = await actors.token('seller');
  assert.equal((await ask(seller, `/orders/${newId()}`)).status, 404);
  const comment = { method: 'POST', body: { commandId: newId(), text: 'x' } };
  assert.equal((await ask(seller, `/orders/${newId()}/comments`, comment)).status, 404);
});

test('two sellers take one order: the second is told who has it', async () => {
  const order = exampleOrder();
  await tell(order);
  const [olga, ivan] = [actors.actor('seller'), actors.actor('seller')].map(({ id }, index) => ({
    id,
    name: ['Ольга', 'Иван'][index]!,
  })) as [{ id: string; name: string }, { id: string; name: string }];
  const take = async (who: { id: string; name: string }) =>
    ask<{ code: string; current: { assignee: { name: string } } }>(
      await actors.token('seller', who.id, { name: who.name }),
      `/orders/${order.id}/assignee`,
      { method: 'PUT', body: { assigneeId: who.id, seen: null } },
    );
  const answers = await Promise.all([take(olga), take(ivan)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  const lost = answers.find(({ status }) => status === 409)!.body;
  const winner = answers[0].status === 200 ? olga : ivan;
  assert.deepEqual([lost.code, lost.current.assignee.name], ['crm.assigned_meanwhile', winner.name]);
  const token = await actors.token('seller', winner.id, { name: winner.name });
  const { body } = await ask<{ items: OrderRow[] }>(token, '/orders?assignee=me');
  assert.deepEqual(
    body.items.map(({ id, assignee }) => [id, assignee]),
    [[order.id, winner]],
  );
});

test('an order is given to a seller, not to anybody else, and given back', async () => {
  const order = exampleOrder();
  await tell(order);
  const token = await actors.token('lead_seller');
  const give = (assigneeId: string | null, seen: string | null) =>
    ask<{ code: string; assignee: { name: string } | null }>(token, `/orders/${order.id}/assignee`, {
      method: 'PUT',
      body: { assigneeId, seen },
    });
  assert.equal((await give(OPERATOR.id, null)).body.code, 'crm.not_a_colleague');
  assert.equal((await give(COLLEAGUE.id, null)).body.assignee?.name, 'Пётр');
  assert.equal((await give(null, COLLEAGUE.id)).body.assignee, null);
});

test('views are one’s own unless shared, and nobody overwrites another’s', async () => {
  const [olga, ivan] = await Promise.all([actors.token('seller'), actors.token('seller')]);
  const [own, shared] = [newId(), newId()];
  const view = (name: string, isShared: boolean) => ({
    name,
    shared: isShared,
    query: { status: 'priced', sort: 'urgent' },
  });
  assert.equal((await ask(olga, `/views/${own}`, { method: 'PUT', body: view('Мои', false) })).status, 204);
  assert.equal((await ask(olga, `/views/${shared}`, { method: 'PUT', body: view('Общий', true) })).status, 204);
  const names = async (token: string) =>
    (await ask<{ items: SavedView[] }>(token, '/views')).body.items.map(({ name }) => name).sort();
  assert.deepEqual(await names(olga), ['Мои', 'Общий']);
  assert.deepEqual(await names(ivan), ['Общий']);
  const stolen = await ask<{ code: string }>(ivan, `/views/${shared}`, { method: 'PUT', body: view('Взят', true) });
  assert.deepEqual([stolen.status, stolen.body.code], [403, 'crm.not_your_view']);
  assert.equal((await ask(ivan, `/views/${shared}`, { method: 'DELETE' })).status, 404);
  assert.equal((await ask(olga, `/views/${shared}`, { method: 'DELETE' })).status, 204);
  assert.deepEqual(await names(ivan), []);
});

const ON_BEHALF = {
  items: [{ modelId: newId(), unit: 'mm', material: 'brass', quantity: 1 }],
  currency: 'RUB',
  leadTier: 'standard',
  deliveryAddress: exampleOrder().deliveryAddress,
  contact: { name: 'Анна Петрова', email: 'anna@example.com' },
};

test('an order on behalf goes to orders with the seller’s token, for a known or a new customer', async () => {
  const order = exampleOrder();
  await tell(order);
  const seller = await actors.token('seller');
  const { body: found } = await ask<{ items: Customer[] }>(seller, `/customers?q=${encodeURIComponent('анна п')}`);
  assert.ok(found.items.some(({ id }) => id === order.buyer.id));
  for (const [customer, id] of [
    [{ id: order.buyer.id }, order.buyer.id],
    [{ name: 'Новый', email: 'new@example.com' }, GUEST],
  ] as const) {
    const body = { ...ON_BEHALF, commandId: newId(), customer };
    assert.equal((await ask(seller, '/orders', { method: 'POST', body })).status, 201);
    const { customer: _, ...asked } = body;
    assert.deepEqual(placed.at(-1), { body: { ...asked, onBehalfOf: { customerId: id } }, token: seller });
  }
  const stranger = { ...ON_BEHALF, commandId: newId(), customer: { id: newId() } };
  assert.equal((await ask(seller, '/orders', { method: 'POST', body: stranger })).status, 404);
  const refused = await ask<{ code: string; status: number; hint: string }>(seller, '/orders', {
    method: 'POST',
    body: { ...ON_BEHALF, commandId: newId(), customer: { id: order.buyer.id }, reference: 'refuse' },
  });
  assert.deepEqual([refused.status, refused.body.code, refused.body.hint], [409, 'order.quote_expired', 'Ask again.']);
});

test('the pro forma is a PDF; without a price there is none', async () => {
  const order = exampleOrder();
  const bare = exampleOrder({ status: 'submitted', total: null });
  await tell(order);
  await tell(bare);
  const seller = await actors.token('seller');
  const bill = await ask(seller, `/orders/${order.id}/pro-forma?language=ru`);
  assert.deepEqual([bill.status, bill.headers.get('content-type')], [200, 'application/pdf']);
  assert.ok(bill.text.startsWith('%PDF-') && bill.text.trimEnd().endsWith('%%EOF'));
  const refused = await ask<{ code: string }>(seller, `/orders/${bare.id}/pro-forma`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'crm.nothing_to_bill']);
});

test('the export has every order that matches, one line each', async () => {
  const buyer = { ...exampleOrder().buyer, name: '=HYPERLINK("x");Хитрый' };
  const orders = Array.from({ length: 3 }, () => exampleOrder({ buyer }));
  await tell(...orders);
  const seller = await actors.token('seller');
  const { text, headers } = await ask(seller, `/orders.csv?language=ru&buyer=${buyer.id}`);
  assert.match(headers.get('content-type')!, /text\/csv/);
  const lines = text.trimEnd().split('\r\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0]!, /Номер;Статус;/);
  assert.ok(
    lines.slice(1).every((line) => line.includes(`;"'=HYPERLINK(""x"");Хитрый";`)),
    lines[1],
  );
});

test('changes arrive live', async () => {
  const order = exampleOrder();
  await tell(order);
  const token = await actors.token('seller');
  const leave = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.origin}/api/internal/v1/crm/live`, { headers, signal: leave.signal });
  const next = { ...order, version: 2, status: 'confirmed' as const };
  let heard = '';
  let isTold = false;
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    heard += chunk;
    if (!isTold && heard.includes('event: ready')) {
      isTold = true;
      void tell(next);
    }
    if (heard.includes('event: changes')) break;
  }
  leave.abort();
  assert.ok(heard.includes(`{"id":"${order.id}","version":2}`), heard);
});

test('the inbox is served', async () => {
  const { body } = await ask<Problems>(await actors.token('lead_seller'), '/problems');
  assert.deepEqual(
    body.groups.map(({ kind }) => kind),
    ['conflict', 'needs_review', 'overdue', 'stuck'],
  );
});

test('only sellers, lead sellers and admins come in', async () => {
  const paths = server.http.routeTable().filter(({ url }) => url.startsWith('/api/internal/v1/crm'));
  assert.ok(paths.length >= 14);
  for (const role of ['customer', 'operator', 'partner', 'packer', 'ops'] as const) {
    const token = await actors.token(role);
    for (const { method, url } of paths) {
      const path = url.replace('/api/internal/v1/crm', '').replaceAll(/:\w+/g, newId());
      assert.equal((await ask(token, path, { method })).status, 403, `${role} ${method} ${url}`);
    }
  }
});
