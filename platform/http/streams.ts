import type { OpenStream, OpenStreams } from './http.ts';

/** A revoked actor's stream ends within this time. */
const CHECK_MS = 1_000;

/** The open streams of one server: ended when their token falls, and all together before the server closes. */
export function openStreams(): OpenStreams & { start(): void; endAll(): void } {
  const open = new Set<OpenStream>();
  let timer: NodeJS.Timeout | null = null;

  return {
    add: (stream) => open.add(stream),
    delete: (stream) => open.delete(stream),
    start() {
      timer = setInterval(() => {
        for (const stream of open) if (!stream.stands()) stream.end();
      }, CHECK_MS);
      timer.unref();
    },
    endAll() {
      if (timer) clearInterval(timer);
      for (const stream of open) stream.end();
    },
  };
}
