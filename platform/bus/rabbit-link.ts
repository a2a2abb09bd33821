import { type ChannelModel, connect } from 'amqplib';
import type { Log } from '#platform/telemetry';
import { closeConnection } from './rabbit-close.ts';
import { Signal } from './signal.ts';

export interface BrokerLink {
  /** Resolves when the link first stands, or after 10 s without a broker: it then goes on trying. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface BrokerLinkOptions {
  url: string;
  /** Shown in the broker's list of connections. */
  name: string;
  log: Log;
  /** Runs on every new connection; a rejection drops it. Whatever breaks later must close it, to get a new one. */
  setUp(connection: ChannelModel): Promise<void>;
  /** Runs before a wanted close, while the connection still stands. */
  tearDown?(): Promise<void>;
}

const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** A connection that comes back by itself, with growing pauses. */
export function brokerLink({ url, name, log, setUp, tearDown }: BrokerLinkOptions): BrokerLink {
  const stopping = new Signal();
  let connection: ChannelModel | undefined;
  let loop: Promise<void> | undefined;

  async function once(onUp: () => void): Promise<void> {
    const opened = await connect(addressOf(url), {
      noDelay: true,
      timeout: 5_000,
      clientProperties: { connection_name: name },
    });
    const closed = new Promise<void>((resolve) => opened.once('close', () => resolve()));
    opened.on('error', (err) => log.warn({ err }, 'The broker closed the connection'));
    connection = opened;
    try {
      await setUp(opened);
      onUp();
    } catch (error) {
      await closeConnection(opened);
      throw error;
    } finally {
      if (stopping.count > 0) await closeConnection(opened);
    }
    await closed;
  }

  async function run(onUp: () => void): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (stopping.count === 0) {
      try {
        await once(() => {
          pause = FIRST_PAUSE_MS;
          onUp();
        });
      } catch (err) {
        log.warn({ err, pause }, 'The broker cannot be reached; trying again');
      }
      connection = undefined;
      await stopping.wait(0, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  return {
    async start() {
      const up = new Signal();
      loop = run(() => up.wake());
      await up.wait(0, PATIENCE_MS);
      if (up.count === 0) log.warn({}, 'No broker yet; events wait in the outbox');
    },
    async stop() {
      await tearDown?.();
      stopping.wake();
      if (connection) await closeConnection(connection);
      await loop;
    },
  };
}

/** Notices a dead peer within about 20 s. */
function addressOf(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', '10');
  return address.href;
}
