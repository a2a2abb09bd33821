import type { RoomName } from '#app/rooms';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor as Person } from '#contracts/identity';
import type { ActorVerifier } from '#platform/actor';
import { Fault, type Http, type HttpServer, httpServer, type RoomAnswer, type RoomCall } from '#platform/http';
import type { Log, Metrics } from '#platform/telemetry';
import type { Actor } from './actor.ts';

type Handler = (...args: unknown[]) => unknown;

/** The server of one room of one process: its routes stay, the room behind them is made anew whenever the process is. */
export interface Place {
  server: HttpServer;
  /** What a new room says of its routes. */
  recorder: Http;
}

/** Tokens of a world: what a token says is believed, for signatures are proven elsewhere. */
export function tokenOf(person: Person): string {
  return Buffer.from(JSON.stringify(person)).toString('base64url');
}

const VERIFIER: ActorVerifier = {
  verify: async (token) => JSON.parse(Buffer.from(token, 'base64url').toString()) as Person,
  revoke() {},
  stands: () => true,
  known: () => null,
};

/** Fastify as in production, with its validation, its access rules and its problem documents; made once, for it is slow to make. */
export function placeFor(service: string, log: Log, metrics: Metrics): Place {
  const server = httpServer({
    service,
    host: '127.0.0.1',
    port: 0,
    verifier: VERIFIER,
    log,
    metrics,
    ready: async () => ({ ready: true, reasons: [] }),
  });
  const handlers = new Map<string, Handler>();
  const record =
    (method: 'get' | 'post' | 'put' | 'patch' | 'delete') =>
    (url: string, options: object, handler: Handler): void => {
      const key = `${method} ${url}`;
      const isNew = !handlers.has(key);
      handlers.set(key, handler);
      if (isNew)
        server.http[method](url, options as never, ((...args: unknown[]) => handlers.get(key)!(...args)) as never);
    };
  const recorder = Object.fromEntries((['get', 'post', 'put', 'patch', 'delete'] as const).map((m) => [m, record(m)]));
  return { server, recorder: recorder as unknown as Http };
}

/** Answers a request inside a place, as its process. Rejects when the process dies meanwhile. */
export function answerAt(place: Place, process: Actor, call: RoomCall): Promise<RoomAnswer<unknown>> {
  return new Promise((resolve, reject) => {
    const forget = process.onDeath(() => reject(new ConnectionBroken(process.name)));
    const headers = call.actorToken ? { authorization: `Bearer ${call.actorToken}` } : {};
    process.run(() => {
      place.server.http
        .inject({
          method: call.method,
          url: call.path,
          headers,
          ...(call.body === undefined ? {} : { payload: call.body as object }),
        })
        .then(
          ({ statusCode, body, headers: answered }) => {
            forget();
            const wait = Number(answered['retry-after']);
            const parsed = body === '' ? null : (JSON.parse(body) as unknown);
            resolve({ status: statusCode, body: parsed, ...(wait > 0 && { retryAfterSeconds: wait }) });
          },
          (error: unknown) => reject(error as Error),
        );
    });
  });
}

export class ConnectionBroken extends Error {
  override name = 'ConnectionBroken';
}

/** What a room client throws when the room behind it gave no good answer. */
export function unavailable(internal: string): Fault {
  return new Fault(COMMON_ERRORS['room.unavailable'], { internal, retryAfterSeconds: 1 });
}

export type RoomOf = Extract<RoomName, 'orders' | 'pricing' | 'crm' | 'shop' | 'mes'>;
