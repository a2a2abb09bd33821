import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP way to a server that can be broken as networks are: bytes do not arrive and nobody is told, or connections break. */
export interface BreakableLink {
  /** `url` with this link's port instead of the server's. */
  through(url: string): string;
  /** Nothing passes any more, on connections that stand and on new ones. */
  break(): void;
  /** Every connection ends at once, and so does each new one. */
  cut(): void;
  /** What was held up arrives, as TCP sends it again; new connections stand. */
  mend(): void;
  /** Connections that stand, whether anything passes or not. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A link to `port` of the loopback. */
export async function breakableLink(port: number): Promise<BreakableLink> {
  const sockets = new Set<Socket>();
  let broken = false;
  let isCut = false;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    if (broken) from.pause();
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (!broken) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server = createServer((near) => {
    if (isCut) return near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    join(near, far);
    join(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;

  return {
    through(url) {
      const changed = new URL(url);
      changed.port = String(own);
      return changed.href;
    },
    break() {
      broken = true;
      for (const socket of sockets) socket.pause();
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    get connections() {
      return sockets.size / 2;
    },
    mend() {
      broken = false;
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
