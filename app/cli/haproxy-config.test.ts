import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { howToGet, requireServer } from '#platform/testing';
import { ROOM_NAMES } from '../rooms.ts';
import { roomOf } from './gateway.ts';
import { type PrivateHaproxy, privateHaproxy } from './haproxy.ts';
import { haproxyConfig } from './haproxy-config.ts';
import { freePorts } from './topology.ts';

const program = requireServer('haproxy');
const skip = program === null && howToGet(['haproxy']);
const dir = mkdtempSync(path.join(tmpdir(), 'forgeline-haproxy-'));
const servers: Server[] = [];
let haproxy: PrivateHaproxy;
/** Requests that reached a copy of orders which hangs up without an answer. */
let hungUp = 0;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

before(async () => {
  if (!program) return;
  const healthy =
    (room: string): RequestListener =>
    (_request, response) =>
      response.setHeader('x-room', room).end(room);
  const hangsUp: RequestListener = (request, response) => {
    if (request.url === '/health/ready') return response.end();
    hungUp++;
    return request.socket.destroy();
  };
  const copies = Object.fromEntries(
    await Promise.all(ROOM_NAMES.map(async (room) => [room, [await serve(healthy(room))]])),
  );
  copies.orders.unshift(await serve(hangsUp));
  const [port, nobody] = await freePorts(2);
  copies.crm.unshift(`127.0.0.1:${nobody}`);
  copies.mes = [`127.0.0.1:${nobody}`];
  haproxy = await privateHaproxy({ program, dir, port: port!, copies });
});
after(async () => {
  await haproxy?.stop();
  for (const server of servers) server.close().closeAllConnections();
  rmSync(dir, { recursive: true });
});

/** On a connection of its own: on one that was used before, haproxy would hang up like the copy did. */
async function command(url: string): Promise<IncomingMessage> {
  const [answer] = await once(request(url, { method: 'POST', agent: false }).end(), 'response');
  return (answer as IncomingMessage).resume();
}

test('the checked-in configuration is what the generator makes', () => {
  const two = ROOM_NAMES.map((room) => [room, [1, 2].map((i) => `${room}-${i}:8080`)]);
  const made = haproxyConfig({ bind: ':8080', copies: Object.fromEntries(two) });
  const kept = readFileSync(path.resolve(import.meta.dirname, '../../deploy/haproxy/haproxy.cfg'), 'utf8');
  assert.equal(kept, made, 'write what haproxyConfig makes to deploy/haproxy/haproxy.cfg');
});

test('the balancer has the table of paths that the gateway has', { skip }, async () => {
  const paths = ['/', '/crmx', '/crm', '/crm/orders/1?x=/mes', '/api/external/v1/orders', '/account/sign-in'];
  const ofRooms = ROOM_NAMES.filter((room) => room !== 'mes' && room !== 'orders').map(
    (room) => `/api/internal/v1/${room}/things?limit=5`,
  );
  for (const url of [...paths, ...ofRooms]) {
    const answer = await fetch(haproxy.origin + url);
    assert.equal(answer.headers.get('x-room'), roomOf(url), url);
  }
  const nowhere = await fetch(`${haproxy.origin}/api/internal/v1/ordersx`);
  assert.equal(nowhere.status, 404);
  assert.equal(((await nowhere.json()) as { code: string }).code, 'resource.not_found');
});

test('a copy that refuses connections is passed over, whatever is asked', { skip }, async () => {
  for (let i = 0; i < 4; i++) {
    const { status } = await fetch(`${haproxy.origin}/api/internal/v1/crm/orders`, { method: 'POST', body: '{}' });
    assert.equal(status, 200);
  }
});

test('reading that got no answer is repeated elsewhere; what may have been done is not', { skip }, async () => {
  const url = `${haproxy.origin}/api/internal/v1/orders`;
  hungUp = 0;
  for (let i = 0; i < 4; i++) assert.equal((await fetch(url)).status, 200);
  assert.ok(hungUp > 0, 'no request met the copy that hangs up');
  hungUp = 0;
  const answers = await Promise.all(Array.from({ length: 6 }, () => command(url)));
  const refused = answers.filter(({ statusCode }) => statusCode !== 200);
  assert.equal(hungUp, refused.length, 'a command was sent twice');
  assert.ok(refused.length > 0);
  assert.equal(refused[0]!.statusCode, 502);
  assert.equal(refused[0]!.headers['retry-after'], '1');
  assert.equal(refused[0]!.headers['content-type'], 'application/problem+json');
});

test('a room without a single copy is a 503 that says when to come back', { skip }, async () => {
  const answer = await fetch(`${haproxy.origin}/mes/`);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(((await answer.json()) as { code: string }).code, 'room.unavailable');
});
