import type { Site } from './contract.ts';
import { type FeedRow, inOrder } from './feed.ts';
import { messageOf } from './rabbit-message.ts';
import type { Publisher } from './rabbit-publisher.ts';
import type { Session } from './session.ts';
import type { Signal } from './signal.ts';

const AT_ONCE = 200;
/** Milliseconds between looks while nothing comes. */
const POLLS = [50, 100, 250] as const;
/** Milliseconds after a failure, doubled up to the second. */
const BACK_OFF = { first: 100, longest: 5_000 } as const;

export interface RelayNeeds {
  site: Site;
  session: Session;
  signal: Signal;
  /** The exchange of all events. */
  exchange: string;
  /** The one that stands, if any. */
  publisher(): Publisher | undefined;
}

/**
 * Carries the room's outbox to the broker: one leader per room, by an advisory lock. What the broker has confirmed is
 * deleted; whatever goes wrong before that, the rows stay and are sent again.
 */
export function relay({ site, session, signal, exchange, publisher }: RelayNeeds) {
  const { room, log, metrics } = site;
  const { sql } = session;
  let running = true;
  let done: Promise<void> | undefined;

  async function carry(to: Publisher): Promise<number> {
    const rows = await sql<FeedRow[]>`
      select xid::text, seq::text, id, at, topic, key, body, traceparent from bus.feed as feed
      where owner = current_user order by feed.xid, feed.seq limit ${AT_ONCE}`;
    if (rows.length === 0) return 0;
    await to.publish(inOrder(rows).map((event) => ({ ...messageOf(event), exchange, routingKey: event.type })));
    await sql`
      delete from bus.feed using unnest(${rows.map(({ xid }) => xid)}::xid8[], ${rows.map(({ seq }) => seq)}::int8[])
        as sent (xid, seq)
      where feed.owner = current_user and feed.xid = sent.xid and feed.seq = sent.seq`;
    metrics.relayed.inc({ room }, rows.length);
    return rows.length;
  }

  async function run(): Promise<void> {
    let quiet = 0;
    let pause: number = BACK_OFF.first;
    while (running) {
      const seen = signal.count;
      try {
        const to = publisher();
        const leads = to !== undefined && (await session.tryLock(`relay of ${room}`));
        const carried = leads ? await carry(to) : 0;
        pause = BACK_OFF.first;
        quiet = carried > 0 || signal.count !== seen ? 0 : quiet + 1;
        if (carried < AT_ONCE) await signal.wait(seen, POLLS[Math.min(quiet, POLLS.length - 1)]!);
      } catch (err) {
        log.warn({ err }, 'Events could not be carried to the broker; trying again');
        await signal.wait(signal.count, pause);
        pause = Math.min(pause * 2, BACK_OFF.longest);
      }
    }
  }

  return {
    start() {
      done = run();
    },
    async stop() {
      running = false;
      signal.wake();
      await done;
    },
  };
}
