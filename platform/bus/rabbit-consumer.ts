import type { ChannelModel, ConsumeMessage } from 'amqplib';
import type { Envelope } from '#contracts/events';
import type { Site, Subscription } from './contract.ts';
import { type Deliver, deliverer, type Failure } from './deliver.ts';
import { LONG_WAITS, nextWait, reasonOf } from './ladder.ts';
import { closeConnection } from './rabbit-close.ts';
import { attemptsOf, envelopeOfMessage, messageOf, remainsOf } from './rabbit-message.ts';
import type { RabbitNames } from './rabbit-names.ts';
import { openPublisher, type Publisher } from './rabbit-publisher.ts';
import { declareQueue } from './rabbit-topology.ts';
import { bury, dueEvents, type Failed, forgetRetries, isDead } from './set-aside.ts';

const MOST_AT_ONCE = 200;
/** Messages the broker hands out before they are acknowledged: one batch in work, one waiting. */
const PREFETCH = 300;
/** How long the first message of a batch waits for others. */
const GATHER_MS = 3;
const DATABASE_AWAY_MS = 1_000;
const REPLAYS_EVERY_MS = 1_000;

interface Delivery {
  message: ConsumeMessage;
  event: Envelope;
  /** Failed attempts so far. */
  attempts: number;
}

/**
 * One subscription on one connection: gathers messages, hands them over in batches, acknowledges what is done. When the
 * connection goes, so does this object; the broker gives what was not acknowledged to the next one.
 */
export class RabbitConsumer {
  readonly #site: Site;
  readonly #names: RabbitNames;
  readonly #subscription: Subscription;
  readonly #deliver: Deliver;
  readonly #publisher: Publisher;
  readonly #timers = new Set<NodeJS.Timeout>();
  #waiting: Delivery[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #tag = '';
  #open = true;

  static async open(site: Site, names: RabbitNames, subscription: Subscription, connection: ChannelModel) {
    const consumer = new RabbitConsumer(site, names, subscription, await openPublisher(connection));
    await consumer.#listen(connection);
    return consumer;
  }

  private constructor(site: Site, names: RabbitNames, subscription: Subscription, publisher: Publisher) {
    this.#site = site;
    this.#names = names;
    this.#subscription = subscription;
    this.#deliver = deliverer(subscription, site);
    this.#publisher = publisher;
  }

  async #listen(connection: ChannelModel): Promise<void> {
    const { channel } = this.#publisher;
    channel.once('close', () => this.#end());
    await declareQueue(channel, this.#names, this.#site.room, this.#subscription);
    await channel.prefetch(PREFETCH);
    const onMessage = (message: ConsumeMessage | null) => {
      // The broker cancelled us (the queue was deleted): a new connection declares it again.
      if (message === null) void closeConnection(connection);
      else this.#take(message);
    };
    const { consumerTag } = await channel.consume(this.#queue, onMessage);
    this.#tag = consumerTag;
    const replays = setInterval(() => this.#replay().catch(() => undefined), REPLAYS_EVERY_MS);
    this.#timers.add(replays);
  }

  /** Takes nothing more and resolves when the batch in hand is acknowledged. */
  async stop(): Promise<void> {
    if (this.#open) await this.#publisher.channel.cancel(this.#tag).catch(() => undefined);
    this.#end();
    await this.#working;
  }

  #end(): void {
    this.#open = false;
    this.#waiting = [];
    clearTimeout(this.#gathering);
    for (const timer of this.#timers) clearInterval(timer);
  }

  get #queue(): string {
    return this.#names.queue(this.#subscription.consumer);
  }

  #take(message: ConsumeMessage): void {
    const { consumer } = this.#subscription;
    if (message.fields.redelivered) this.#site.metrics.redelivered.inc({ consumer });
    try {
      this.#enqueue({ message, event: envelopeOfMessage(message), attempts: attemptsOf(message) });
    } catch (error) {
      const delivery = { message, event: remainsOf(message), attempts: attemptsOf(message) };
      void this.#settleFailure(delivery, { event: delivery.event, reason: reasonOf(error), poison: true });
    }
  }

  #enqueue(delivery: Delivery): void {
    if (!this.#open) return;
    this.#waiting.push(delivery);
    if (this.#working) return;
    if (this.#waiting.length >= this.#batchSize) this.#work();
    else this.#gathering ??= setTimeout(() => this.#work(), GATHER_MS);
  }

  get #batchSize(): number {
    return Math.min(this.#subscription.batchSize ?? MOST_AT_ONCE, MOST_AT_ONCE);
  }

  #work(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0) this.#work();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batchSize);
      const failures = await this.#deliver(batch.map(({ event }) => event));
      const failed = new Map(failures.map((failure) => [failure.event, failure]));
      for (const delivery of batch) {
        const failure = failed.get(delivery.event);
        // Not awaited: others flow on while this one waits for its next attempt.
        if (failure) void this.#settleFailure(delivery, failure);
        else this.#acknowledge(delivery);
      }
    }
  }

  #acknowledge({ message }: Delivery): void {
    try {
      this.#publisher.channel.ack(message);
    } catch {
      // The channel has closed: the broker delivers it again.
    }
  }

  /**
   * Gives the event its next attempt, here, in a queue, or never. Until that is safe it stays unacknowledged. While the
   * room's database is away no attempt counts: an outage must not end as a thousand dead letters.
   */
  async #settleFailure(delivery: Delivery, failure: Failure): Promise<void> {
    if (!failure.poison && !(await this.#databaseAnswers())) {
      return this.#later(async () => this.#enqueue(delivery));
    }
    const failed: Failed = { ...failure, attempts: delivery.attempts + 1 };
    const wait = isDead(failed) ? null : nextWait(failed.attempts);
    if (wait === null) return this.#bury(delivery, failed);
    if (LONG_WAITS.includes(wait)) return this.#park(delivery, failed, wait);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue({ ...delivery, attempts: failed.attempts });
    }, wait);
    this.#timers.add(timer);
  }

  #databaseAnswers(): Promise<boolean> {
    return this.#site.sql`select 1`.then(
      () => true,
      () => false,
    );
  }

  async #park(delivery: Delivery, failed: Failed, wait: number): Promise<void> {
    const message = messageOf(delivery.event, failed.attempts);
    try {
      await this.#publisher.publish([{ ...message, exchange: this.#names.wait(wait), routingKey: this.#queue }]);
      this.#acknowledge(delivery);
    } catch (err) {
      this.#site.log.warn({ consumer: this.#subscription.consumer, err }, 'An event could not be parked; trying again');
      this.#later(() => this.#park(delivery, failed, wait));
    }
  }

  async #bury(delivery: Delivery, failed: Failed): Promise<void> {
    const { consumer } = this.#subscription;
    try {
      await bury(this.#site.sql, consumer, [failed]);
      this.#site.metrics.dead.inc({ consumer });
      this.#acknowledge(delivery);
    } catch (err) {
      this.#site.log.warn({ consumer, err }, 'A dead letter could not be written; trying again');
      this.#later(() => this.#bury(delivery, failed));
    }
  }

  #later(run: () => Promise<void>): void {
    if (!this.#open) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void run();
    }, DATABASE_AWAY_MS);
    this.#timers.add(timer);
  }

  /** Dead letters that somebody replayed wait in the room's database. */
  async #replay(): Promise<void> {
    const { consumer } = this.#subscription;
    const due = await dueEvents(this.#site.sql, consumer, MOST_AT_ONCE);
    if (due.length === 0 || !this.#open) return;
    const back = due.map(({ event }) => ({ ...messageOf(event), exchange: '', routingKey: this.#queue }));
    await this.#publisher.publish(back);
    await forgetRetries(
      this.#site.sql,
      consumer,
      due.map(({ event }) => event),
    );
  }
}
