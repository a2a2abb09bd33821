import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoomName } from '../rooms.ts';

export interface Gateway {
  origin: string;
  close(): Promise<void>;
}

/** Which room answers a path. In production the ingress has the same table (deploy/helm). */
export function roomOf(path: string): RoomName {
  const internal = /^\/api\/internal\/v1\/([a-z]+)(?:[/?]|$)/.exec(path);
  if (internal) return internal[1] as RoomName;
  if (path.startsWith('/api/external/')) return 'partners';
  if (/^\/crm(?:[/?]|$)/.test(path)) return 'crm';
  if (/^\/mes(?:[/?]|$)/.test(path)) return 'mes';
  return 'shop';
}

/** One origin in front of many rooms, for tests and the demo. Streams both ways. */
export async function openGateway(port: number, origins: Readonly<Record<string, string>>): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => pass(incoming, outgoing, origins, agent));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  origins: Readonly<Record<string, string>>,
  agent: Agent,
): void {
  const room = roomOf(incoming.url ?? '/');
  const origin = origins[room];
  if (!origin) {
    refuse(outgoing, 404, 'resource.not_found', `No room is called ${room}`);
    return;
  }
  const { method, headers, url = '/' } = incoming;
  const onward = request(`${origin}${url}`, { method: method!, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => refuse(outgoing, 503, 'room.unavailable', `The room ${room} is away`));
  // A reader that leaves, of a live list above all, must not stay open behind.
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

function refuse(outgoing: ServerResponse, status: number, code: string, title: string): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  outgoing.end(JSON.stringify({ type: 'about:blank', title, status, code }));
}
