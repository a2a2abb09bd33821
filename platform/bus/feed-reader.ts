import type { Envelope } from '#contracts/events';
import type { Site, Subscription } from './contract.ts';
import { type Deliver, deliverer } from './deliver.ts';
import { LockLost, loadPosition, movePosition, type Position, readFeed, registerConsumer } from './feed.ts';
import { likePatterns } from './patterns.ts';
import type { Session } from './session.ts';
import { dueEvents, type Failed, forgetRetries, setAside, untilNextRetry } from './set-aside.ts';
import type { Signal } from './signal.ts';

const MOST_AT_ONCE = 200;
/** Milliseconds between looks while nothing comes; the first ones catch what a running write held back. */
const POLLS = [10, 50, 100, 250] as const;
/** Milliseconds after which an idle reader writes down how far it is, so that the feed can be trimmed. */
const IDLE_MOVE = 30_000;
/** Milliseconds before trying again when the database is away. */
const BACK_OFF = 500;

/** One subscription's loop over the feed: waits for its lock, then reads, delivers and moves its position, for ever. */
export class FeedReader {
  readonly #site: Site;
  readonly #subscription: Subscription;
  readonly #session: Session;
  readonly #signal: Signal;
  readonly #deliver: Deliver;
  #running = true;
  #done: Promise<void> | undefined;
  /** Milliseconds since the epoch. */
  #retryAt = Number.POSITIVE_INFINITY;
  #written: { position: Position; at: number } = { position: { xid: '0', seq: '0' }, at: 0 };

  constructor(site: Site, subscription: Subscription, session: Session, signal: Signal) {
    this.#site = site;
    this.#subscription = subscription;
    this.#session = session;
    this.#signal = signal;
    this.#deliver = deliverer(subscription, site);
  }

  /** Rejects when the consumer cannot be registered. */
  async start(): Promise<void> {
    await registerConsumer(this.#site.sql, this.#subscription.consumer);
    this.#done = this.#run();
  }

  /** Resolves when the batch in hand is done. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#signal.wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { consumer } = this.#subscription;
    while (this.#running) {
      const seen = this.#signal.count;
      try {
        if (await this.#session.tryLock(consumer)) await this.#read();
        else await this.#signal.wait(seen, POLLS.at(-1)!);
      } catch (err) {
        if (!(err instanceof LockLost)) this.#site.log.warn({ consumer, err }, 'Reading the feed failed; trying again');
        await this.#signal.wait(seen, BACK_OFF);
      }
    }
    await this.#session.unlock(consumer).catch(() => undefined);
  }

  async #read(): Promise<void> {
    const { consumer, events, batchSize = MOST_AT_ONCE } = this.#subscription;
    const query = { room: this.#site.room, topics: likePatterns(events), limit: Math.min(batchSize, MOST_AT_ONCE) };
    let position = await loadPosition(this.#session.sql, consumer);
    this.#written = { position, at: Date.now() };
    this.#retryAt = 0;
    let quiet = 0;
    while (this.#running) {
      const seen = this.#signal.count;
      if (this.#retryAt <= Date.now()) await this.#retry();
      const page = await readFeed(this.#session.sql, { ...query, after: position });
      position = page.end;
      if (page.events.length > 0) await this.#handle(page.events);
      await this.#writeDown(position, page.events.length > 0);
      if (page.full) continue;
      quiet = page.events.length > 0 || this.#signal.count !== seen ? 0 : quiet + 1;
      await this.#signal.wait(seen, this.#pause(quiet));
    }
  }

  #pause(quiet: number): number {
    const poll = POLLS[Math.min(quiet, POLLS.length - 1)]!;
    return Math.max(1, Math.min(poll, this.#retryAt - Date.now()));
  }

  async #writeDown(position: Position, changed: boolean): Promise<void> {
    const { position: before, at } = this.#written;
    const stale = Date.now() - at > IDLE_MOVE && (before.xid !== position.xid || before.seq !== position.seq);
    if (!changed && !stale) return;
    await movePosition(this.#session, this.#subscription.consumer, position);
    this.#written = { position, at: Date.now() };
  }

  async #handle(events: Envelope[]): Promise<void> {
    const failures = await this.#deliver(events);
    await this.#setAside(failures.map((failure) => ({ ...failure, attempts: 1 })));
  }

  async #retry(): Promise<void> {
    const { consumer } = this.#subscription;
    const { sql } = this.#session;
    for (const { event, attempts } of await dueEvents(sql, consumer, MOST_AT_ONCE)) {
      this.#site.metrics.redelivered.inc({ consumer });
      const failures = await this.#deliver([event]);
      if (failures.length === 0) await forgetRetries(sql, consumer, [event]);
      await this.#setAside(failures.map((failure) => ({ ...failure, attempts: attempts + 1 })));
    }
    const wait = await untilNextRetry(sql, consumer);
    // Also without any: a dead letter may be replayed by another process.
    this.#retryAt = Date.now() + Math.min(wait ?? POLLS.at(-1)!, 1000);
  }

  async #setAside(failed: Failed[]): Promise<void> {
    if (failed.length === 0) return;
    const { consumer } = this.#subscription;
    const died = await setAside(this.#session.sql, consumer, failed);
    this.#site.metrics.dead.inc({ consumer }, died);
    this.#retryAt = Date.now();
  }
}
