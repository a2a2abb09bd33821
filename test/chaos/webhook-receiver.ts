import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Violation } from '../invariants/witness.ts';

/** A partner's endpoint: takes events, and sometimes hangs. */
export interface WebhookReceiver {
  url: string;
  /** Ids of events that arrived and were answered. */
  readonly received: ReadonlySet<string>;
  /** Hangs for this long before each answer, until released; says how many senders gave up meanwhile. */
  hang(ms: number): { gaveUp(): number; release(): number };
  close(): Promise<void>;
}

/** An event that comes again has to come with the same bytes. */
export async function webhookReceiver(say: (violation: Violation) => void): Promise<WebhookReceiver> {
  const bodies = new Map<string, string>();
  let hangMs = 0;
  let gaveUp = 0;

  const server: Server = createServer((request, response) => {
    void text(request)
      .then((body) => {
        const id = String(request.headers['webhook-id']);
        const before = bodies.get(id);
        if (before !== undefined && before !== body) {
          say({ invariant: 'effects-at-most-once', detail: `webhook ${id} came with two different bodies` });
        }
        if (hangMs === 0) {
          bodies.set(id, body);
          response.writeHead(204).end();
          return;
        }
        const timer = setTimeout(() => response.writeHead(204).end(), hangMs);
        response.once('close', () => {
          clearTimeout(timer);
          if (!response.writableEnded) gaveUp++;
        });
      })
      .catch(() => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    get received() {
      return new Set(bodies.keys());
    },
    hang(ms) {
      hangMs = ms;
      const before = gaveUp;
      return {
        gaveUp: () => gaveUp - before,
        release() {
          hangMs = 0;
          return gaveUp - before;
        },
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
