import type { Envelope } from '#contracts/events';
import type { Sql } from '#platform/database';
import { asOfFeed } from './as-of.ts';
import type { Broadcast, Line, Site, Transport } from './contract.ts';
import { endOfFeed, type Position, readFeed } from './feed.ts';
import { FeedReader } from './feed-reader.ts';
import { type Hints, hints } from './hints.ts';
import { measureConsumers, measureRoom } from './lags.ts';
import { likePatterns, publishers } from './patterns.ts';
import { rebuildRunner } from './rebuilds.ts';
import { openSession } from './session.ts';
import type { Signal } from './signal.ts';

export interface PostgresTransportOptions {
  /** How long an event stays after every subscriber has passed it, for subscribers that register later. Default 600. */
  keepSeconds?: number;
}

const TRIM_EVERY_MS = 10_000;
const TRIM_AT_ONCE = 5_000;
const BROADCAST_POLL_MS = 250;

/** The bus inside one database: its feed is the log, every consumer keeps a position in it. No broker. */
export function postgresTransport({ keepSeconds = 600 }: PostgresTransportOptions = {}): Transport {
  const shared = hints();
  return { name: 'postgres', open: (site) => feedLine(site, shared, keepSeconds) };
}

function feedLine(site: Site, hub: Hints, keepSeconds: number): Line {
  const { room, sql, log, subscriptions, broadcasts, metrics } = site;
  const session = openSession(sql);
  const readers = subscriptions.map(
    (subscription) => new FeedReader(site, subscription, session, hub.signal(publishers(subscription.events))),
  );
  const listeners = broadcasts.map((broadcast) =>
    broadcastReader(site, broadcast, hub.signal(publishers(broadcast.events))),
  );
  const rebuilds = rebuildRunner(site, session);
  let trimming: NodeJS.Timeout | undefined;

  return {
    async start() {
      await hub.attach(sql, log);
      for (const reader of readers) await reader.start();
      for (const listener of listeners) await listener.start();
      rebuilds.start();
      trimming = setInterval(() => {
        trim(sql, keepSeconds).catch((err) => log.warn({ err }, 'Trimming the feed failed'));
      }, TRIM_EVERY_MS);
      metrics.onScrape(async () => {
        await measureRoom(site);
        await measureConsumers(site);
      });
    },
    async stop() {
      clearInterval(trimming);
      await Promise.all([...readers, ...listeners, rebuilds].map((part) => part.stop()));
      await hub.detach();
      await session.end();
    },
    hint: () => hub.hint(room, sql),
    asOf: (subscription) => asOfFeed(site, subscription),
  };
}

/** Deletes what everybody has passed. Exported for the tests. */
export async function trim(sql: Sql, keepSeconds: number): Promise<number> {
  let gone = 0;
  for (;;) {
    const [row] = await sql<{ rows: number }[]>`
      select bus.trim(make_interval(secs => ${keepSeconds}), ${TRIM_AT_ONCE}) as rows`;
    gone += row!.rows;
    if (row!.rows < TRIM_AT_ONCE) return gone;
  }
}

/** Every process reads for itself, from its own start on, and keeps its place in memory. */
function broadcastReader({ room, sql, log }: Site, { events, handle }: Broadcast, signal: Signal) {
  const topics = likePatterns(events);
  let running = true;
  let done: Promise<void> | undefined;

  /** One that cannot be handled keeps the next from nobody. */
  function handOver(event: Envelope): void {
    try {
      handle(event);
    } catch (err) {
      log.warn({ event: event.type, eventId: event.id, err }, 'A broadcast could not be handled');
    }
  }

  async function run(from: Position): Promise<void> {
    let position = from;
    while (running) {
      const seen = signal.count;
      try {
        const page = await readFeed(sql, { room, topics, after: position, limit: 200 });
        position = page.end;
        for (const event of page.events) handOver(event);
        if (page.full) continue;
      } catch (err) {
        log.warn({ err }, 'Reading a broadcast failed; trying again');
      }
      await signal.wait(seen, BROADCAST_POLL_MS);
    }
  }

  return {
    async start() {
      done = run(await endOfFeed(sql));
    },
    async stop() {
      running = false;
      signal.wake();
      await done;
    },
  };
}
