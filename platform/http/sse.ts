import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenStream } from './http.ts';

export interface StreamEvent {
  id: string;
  event: string;
  data: unknown;
}

export interface StreamSource {
  /**
   * `after` is the id of the last event that the caller has, null when it has none. Calls `send` until the returned
   * function is called.
   */
  subscribe(after: string | null, send: (event: StreamEvent) => void): () => void;
}

const HEARTBEAT_MS = 10_000;
/** A reader that is this far behind is cut off; it comes back with Last-Event-ID and is told to refetch. */
const MOST_UNSENT_BYTES = 512 * 1024;
/** How soon a browser should come back, milliseconds. */
const RETRY_MS = 1_000;

/**
 * Answers with server-sent events until the caller leaves, the actor's token falls or the server stops. The caller
 * resumes with `Last-Event-ID`.
 */
export function sse(request: FastifyRequest, reply: FastifyReply, source: StreamSource): void {
  const { raw } = reply;
  const { server, actorToken } = request;
  request.isStream = true;
  reply.hijack();
  // Whoever has left already is told no `close` again: a subscription made now would never end.
  if (raw.destroyed) return;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);

  const write = (text: string) => {
    if (raw.destroyed || raw.writableEnded) return;
    if (raw.writableLength > MOST_UNSENT_BYTES) raw.destroy();
    else raw.write(text);
  };
  const stream: OpenStream = {
    stands: () => !actorToken || server.tokenStands(actorToken),
    end: () => raw.end(),
  };
  const unsubscribe = source.subscribe(lastEventId(request), ({ id, event, data }) => {
    // JSON holds no line breaks, so one data line is enough.
    write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  });
  const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT_MS);
  server.streams.add(stream);
  raw.once('close', () => {
    clearInterval(heartbeat);
    server.streams.delete(stream);
    unsubscribe();
  });
}

function lastEventId(request: FastifyRequest): string | null {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header.length > 0 && header.length <= 100 ? header : null;
}
