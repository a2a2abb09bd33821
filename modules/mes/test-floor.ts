import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '#contracts/basics';
import type { OperationAnswer, OperationPage, OperationRow } from '#contracts/mes';
import type { HistoryEntry, Order, OrderEvent, OrderItem } from '#contracts/orders';
import { openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import type { RoomSpec, Sql } from '#platform/database';
import { httpServer, roomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestActors, testActors, testDatabase } from '#platform/testing';
import { mes } from './index.ts';

const MES: RoomSpec = { name: 'mes', hears: ['order'], migrations: new URL('./migrations/', import.meta.url) };
/** Only its right to append `order.*` is needed. */
const ORDERS: RoomSpec = { name: 'orders', hears: [], migrations: new URL('./no-migrations/', import.meta.url) };

export interface Asked<T> {
  status: number;
  body: T;
}

/** The room as a process has it: real PostgreSQL, real bus, real HTTP. */
export interface TestFloor {
  origin: string;
  sql: Sql;
  actors: TestActors;
  /** Requests that reached the orders room: `pack` or `ship` with its body; what it answers is set by `answerOrders`. */
  ordersAsked: { path: string; body: Record<string, unknown> }[];
  answerOrders(status: number, body: object): void;
  /** What the orders room shows when it is asked for this order. */
  showInOrders(order: Order, history: HistoryEntry[]): void;
  /** Appends the order as its room would. */
  publish(order: Order, change?: Partial<HistoryEntry>): Promise<void>;
  person(role: Role | Role[], name?: string): Promise<Worker>;
  close(): Promise<void>;
}

export interface Worker {
  id: string;
  name: string;
  get<T>(path: string): Promise<Asked<T>>;
  /** With If-None-Match. */
  conditional(path: string, tag: string | undefined): Promise<{ status: number; tag: string | null }>;
  stream(path: string, signal: AbortSignal): Promise<Response>;
  file(path: string): Promise<{ status: number; type: string; bytes: Buffer }>;
  put<T>(path: string, body: object): Promise<Asked<T>>;
  post<T>(path: string, body: object): Promise<Asked<T>>;
  /** A command on an operation with an id of its own. */
  act<T = OperationAnswer>(operationId: string, verb: string, body?: object): Promise<Asked<T>>;
}

export async function startFloor({ claimMinutes = 30 } = {}): Promise<TestFloor> {
  const database = await testDatabase({ rooms: [MES, ORDERS], ownServer: true });
  const log = createLog({ service: 'test', role: 'test', version: '0', level: 'fatal' });
  const metrics = createMetrics({ service: 'test', role: 'test', version: '0' });
  const actors = await testActors();
  const orders = await ordersStandIn();
  const sql = database.sql('mes');
  const transport = postgresTransport();
  const bus = openBus({ room: 'mes', sql, transport, log, metrics });
  const room = mes({
    sql,
    bus,
    clock: systemClock,
    log,
    metrics,
    rooms: { orders: roomClient({ origin: orders.origin, log }) },
    claimMinutes,
  });
  const server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics,
    ready: async () => ({ ready: true, reasons: [] }),
  });
  room.routes(server.http);
  await room.start?.();
  await bus.start?.();
  await server.start?.();

  return {
    origin: server.origin,
    sql,
    actors,
    ordersAsked: orders.asked,
    answerOrders: orders.answerWith,
    showInOrders: orders.show,
    async publish(order, change = {}) {
      const data: OrderEvent = { order, change: { ...exampleChange(order), ...change } };
      const feed = database.sql('orders');
      await feed`insert into bus.feed (topic, key, body)
        values (${`order.${order.status}`}, ${order.id}, ${feed.json(data as never)})`;
      bus.hint();
    },
    async person(role, name = 'Test') {
      const actor = actors.actor(role, newId(), { name });
      const { token } = await actors.signer.sign(actor);
      return worker(server.origin, token, actor);
    },
    async close() {
      await server.stop?.();
      await bus.stop?.();
      await room.stop?.();
      await orders.close();
      await database.close();
    },
  };
}

function worker(origin: string, token: string, actor: { id: string; name: string }): Worker {
  const send = (method: string, path: string, body?: object) =>
    fetch(`${origin}/api/internal/v1/mes${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const ask = async <T>(method: string, path: string, body?: object): Promise<Asked<T>> => {
    const response = await send(method, path, body);
    return { status: response.status, body: (await response.json()) as T };
  };
  return {
    id: actor.id,
    name: actor.name,
    get: (path) => ask('GET', path),
    async conditional(path, tag) {
      const headers = { authorization: `Bearer ${token}`, ...(tag ? { 'if-none-match': tag } : {}) };
      const response = await fetch(`${origin}/api/internal/v1/mes${path}`, { headers });
      await response.arrayBuffer();
      return { status: response.status, tag: response.headers.get('etag') };
    },
    stream: (path, signal) =>
      fetch(`${origin}/api/internal/v1/mes${path}`, { headers: { authorization: `Bearer ${token}` }, signal }),
    put: (path, body) => ask('PUT', path, body),
    post: (path, body) => ask('POST', path, body),
    act: (operationId, verb, body = {}) =>
      ask('POST', `/operations/${operationId}/${verb}`, { commandId: newId(), ...body }),
    async file(path) {
      const response = await send('GET', path);
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, type: response.headers.get('content-type') ?? '', bytes };
    },
  };
}

/** The room that decides packing and shipping is another process with another database: here it answers as it is told. */
async function ordersStandIn() {
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  const pages = new Map<string, object>();
  let answer: { status: number; body: object } = { status: 500, body: {} };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const page = pages.get(request.url!);
    if (request.method === 'GET' && page) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
      return;
    }
    asked.push({ path: request.url!, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(order: Order, history: HistoryEntry[]) {
      const path = `/api/internal/v1/orders/${order.id}`;
      pages.set(path, { order, possible: [] });
      pages.set(`${path}/history`, { orderId: order.id, entries: history });
    },
    answerWith: (status: number, body: object) => {
      answer = { status, body };
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

let numbers = 100_000;

export function exampleItem(parts: Partial<OrderItem['specification']> = {}, line = 1): OrderItem {
  return {
    id: newId(),
    line,
    specification: {
      modelId: newId(),
      sha256: 'a'.repeat(64),
      fileName: 'кольцо.stl',
      unit: 'mm',
      material: 'silver-925',
      process: 'mjf',
      finish: 'polished',
      quantity: 3,
      note: '',
      ...parts,
    },
    state: 'queued',
    hold: null,
    unitPrice: null,
    total: null,
    reviewReason: null,
    made: 0,
    scrapped: 0,
    packed: 0,
    shipped: 0,
    productionVersion: 0,
  };
}

export function exampleOrder(parts: Partial<Order> = {}): Order {
  numbers += 1;
  const now = new Date().toISOString();
  return {
    id: newId(),
    number: `FL-${numbers}`,
    version: 5,
    status: 'approved',
    hold: null,
    source: 'shop',
    buyer: { kind: 'customer', id: newId(), name: 'Buyer', email: 'buyer@example.com', phone: '' },
    deliveryAddress: {
      recipient: 'Анна Ильина',
      line1: 'ул. Мира, 7',
      line2: '',
      city: 'Томск',
      postcode: '634000',
      country: 'RU',
    },
    currency: 'RUB',
    leadTier: 'standard',
    rush: false,
    reference: '',
    placedAt: now,
    confirmedAt: now,
    dueAt: new Date(Date.now() + 5 * 86_400_000).toISOString(),
    updatedAt: now,
    quoteId: null,
    quoteExpiresAt: null,
    acceptUpTo: null,
    total: null,
    payment: { state: 'recorded', reference: '1', at: now },
    items: [exampleItem()],
    shipments: [],
    conflicts: [],
    linkedTo: null,
    ...parts,
  };
}

export function exampleChange(order: Order): HistoryEntry {
  return {
    version: order.version,
    at: order.updatedAt,
    name: 'approve',
    from: null,
    status: order.status,
    actor: { id: newId(), name: 'Seller', role: 'seller' },
    cause: { kind: 'command', id: newId() },
    reason: '',
  };
}

/** The order's first claimable operation, once the floor has heard of it. */
export async function readyOperation(asker: Worker, orderId: string): Promise<OperationRow> {
  return until(async () => {
    const { body } = await asker.get<OperationPage>('/queue?limit=200');
    return body.items.find((row) => row.orderId === orderId);
  });
}

/** Polls until there is a value: what is waited for travels over the bus. Gives up loudly after 10 s. */
export async function until<T>(look: () => Promise<T | undefined | null | false>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`Nothing came of ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Claims, starts and finishes with all pieces good; the answer of the finish. */
export async function makeStep(maker: Worker, operation: { id: string; quantity: number }): Promise<OperationAnswer> {
  for (const [verb, body] of [
    ['claim', {}],
    ['start', {}],
    ['finish', { good: operation.quantity, scrapped: 0 }],
  ] as const) {
    const { status, body: answer } = await maker.act(operation.id, verb, body);
    if (status !== 200) throw new Error(`${verb}: ${status} ${JSON.stringify(answer)}`);
    if (verb === 'finish') return answer;
  }
  throw new Error('unreachable');
}
