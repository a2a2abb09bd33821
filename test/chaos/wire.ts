import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP connection between processes and a server, that can be taken away from them. */
export interface Wire {
  readonly port: number;
  /** Bytes stop in both directions, nobody is told: a network that swallows. New connections hang as well. */
  freeze(): void;
  /** Every connection breaks, new ones are refused. Answers how many broke. */
  cut(): number;
  /** New connections pass again; frozen ones go on. */
  mend(): void;
  /** How many connections pass or hang now. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Passes every connection on to `target` on the loopback. */
export async function openWire(target: number): Promise<Wire> {
  const open = new Set<{ inner: Socket; outer: Socket }>();
  let state: 'open' | 'frozen' | 'cut' = 'open';

  const server = createServer({ noDelay: true }, (inner) => {
    if (state === 'cut') {
      inner.resetAndDestroy();
      return;
    }
    const outer = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const pair = { inner, outer };
    open.add(pair);
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(pair);
        other.destroy();
      });
      socket.pipe(other);
      if (state === 'frozen') socket.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return open.size;
    },
    freeze() {
      state = 'frozen';
      for (const { inner, outer } of open) {
        inner.pause();
        outer.pause();
      }
    },
    cut() {
      state = 'cut';
      const broken = open.size;
      for (const { inner, outer } of open) {
        inner.resetAndDestroy();
        outer.destroy();
      }
      return broken;
    },
    mend() {
      state = 'open';
      for (const { inner, outer } of open) {
        inner.resume();
        outer.resume();
      }
    },
    async close() {
      for (const { inner, outer } of open) {
        inner.destroy();
        outer.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
