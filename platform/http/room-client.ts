import { Readable } from 'node:stream';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import { COMMON_ERRORS } from '#contracts/errors';
import { currentTraceparent, type Log, span } from '#platform/telemetry';
import { Fault } from './fault.ts';
import { currentConsistency, currentRequestId, learnConsistency } from './request-scope.ts';

export interface RoomCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, e.g. `/api/internal/v1/orders?limit=20`. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** A file; sent as application/octet-stream unless `headers` say otherwise. */
  stream?: Readable;
  /** On whose behalf; left out only for public routes. */
  actorToken?: string;
  /** 2,000 ms if left out; uploads need more. */
  timeoutMs?: number;
  headers?: Record<string, string>;
}

export interface RoomAnswer<T> {
  status: number;
  body: T;
  /** Of the room's Retry-After. */
  retryAfterSeconds?: number;
}

export interface RoomClient {
  /**
   * An answer below 500 comes back with its status, a refusal's body being the problem document. A room that is away,
   * too slow or broken is a Fault `room.unavailable` (503).
   */
  call<T = unknown>(call: RoomCall): Promise<RoomAnswer<T>>;
}

/** Asks another room over HTTP, in the same trace and under the same request id. */
export function roomClient({ origin, log }: { origin: string | (() => string); log: Log }): RoomClient {
  return {
    call: <T>(call: RoomCall) => {
      const route = call.path.split('?', 1)[0]!;
      const attributes = { 'http.request.method': call.method, 'url.path': route };
      return span(`${call.method} room`, { kind: 'client', attributes }, async (active) => {
        const root = typeof origin === 'string' ? origin : origin();
        const answer = await send<T>(root, call).catch((cause: unknown) => {
          log.warn(
            { event: 'room.unavailable', method: call.method, path: route, err: cause },
            'A room did not answer',
          );
          throw unavailable({ cause });
        });
        active.setAttribute('http.response.status_code', answer.status);
        if (answer.status < 500) return answer;
        log.warn(
          { event: 'room.unavailable', method: call.method, path: route, status: answer.status },
          'A room failed',
        );
        throw unavailable({
          internal: `Status ${answer.status} of ${call.method} ${route}`,
          ...(answer.retryAfterSeconds && { retryAfterSeconds: answer.retryAfterSeconds }),
        });
      });
    },
  };
}

function unavailable(parts: { cause?: unknown; internal?: string; retryAfterSeconds?: number }): Fault {
  return new Fault(COMMON_ERRORS['room.unavailable'], { retryAfterSeconds: 1, ...parts });
}

async function send<T>(origin: string, call: RoomCall): Promise<RoomAnswer<T>> {
  const response = await fetch(origin + call.path, {
    method: call.method,
    headers: headersOf(call),
    signal: AbortSignal.timeout(call.timeoutMs ?? 2_000),
    redirect: 'manual',
    ...bodyOf(call),
  });
  const tokens = response.headers.get(CONSISTENCY_HEADER);
  if (tokens) learnConsistency(tokens);
  const text = await response.text();
  const wait = Number(response.headers.get('retry-after'));
  return {
    status: response.status,
    body: (text === '' ? null : JSON.parse(text)) as T,
    ...(wait > 0 && { retryAfterSeconds: wait }),
  };
}

function bodyOf({ body, stream }: RoomCall): RequestInit {
  if (stream) return { body: Readable.toWeb(stream) as ReadableStream, duplex: 'half' } as RequestInit;
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

function headersOf({ body, stream, actorToken, headers }: RoomCall): Record<string, string> {
  const traceparent = currentTraceparent();
  const requestId = currentRequestId();
  const consistency = currentConsistency();
  return {
    accept: 'application/json',
    ...(stream ? { 'content-type': 'application/octet-stream' } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(actorToken ? { authorization: `Bearer ${actorToken}` } : {}),
    ...(traceparent ? { traceparent } : {}),
    ...(requestId ? { 'x-request-id': requestId } : {}),
    ...(consistency ? { [CONSISTENCY_HEADER]: consistency } : {}),
    ...headers,
  };
}
