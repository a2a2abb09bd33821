import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Envelope } from '#contracts/events';
import type { Site, Subscription } from './contract.ts';
import { type Deliver, deliverer, type Failure } from './deliver.ts';
import { LONG_WAITS, nextWait, reasonOf } from './ladder.ts';
import { closeConnection } from './rabbit-close.ts';
import type { RabbitFeatures } from './rabbit-features.ts';
import { attemptsOf, envelopeOfMessage, messageOf, remainsOf } from './rabbit-message.ts';
import type { RabbitNames } from './rabbit-names.ts';
import type { Publisher } from './rabbit-publisher.ts';
import { recordTicks, type Tick, tickOf } from './rabbit-tick.ts';
import { declareQueue, featuresOf } from './rabbit-topology.ts';
import type { RabbitTuning } from './rabbit-tuning.ts';
import { bury, dueEvents, type Failed, forgetRetries, isDead } from './set-aside.ts';

const MOST_AT_ONCE = 200;
const DATABASE_AWAY_MS = 1_000;
const REPLAYS_EVERY_MS = 1_000;

interface Delivery {
  message: ConsumeMessage;
  event: Envelope;
  /** Failed attempts so far. */
  attempts: number;
}

interface HeardTick {
  message: ConsumeMessage;
  tick: Tick;
}

export interface ConsumerNeeds {
  site: Site;
  names: RabbitNames;
  subscription: Subscription;
  tuning: RabbitTuning;
  /** Of another connection: a broker short of memory stops reading from those that publish, acknowledgements too. */
  publisher(): Publisher | undefined;
}

/**
 * One subscription on one connection: gathers messages, hands them over in batches, acknowledges what is done. When the
 * connection goes, so does this object; the broker gives what was not acknowledged to the next one.
 */
export class RabbitConsumer {
  readonly #needs: ConsumerNeeds;
  readonly #channel: Channel;
  readonly #features: RabbitFeatures;
  readonly #deliver: Deliver;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Deliveries that failed and have not found their next place, by tag. */
  readonly #unsettled = new Set<number>();
  #waiting: (Delivery | HeardTick)[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #tag = '';
  #open = true;

  static async open(needs: ConsumerNeeds, connection: ChannelModel): Promise<RabbitConsumer> {
    const consumer = new RabbitConsumer(needs, await connection.createChannel(), featuresOf(connection));
    await consumer.#listen(connection);
    return consumer;
  }

  private constructor(needs: ConsumerNeeds, channel: Channel, features: RabbitFeatures) {
    this.#needs = needs;
    this.#channel = channel;
    this.#features = features;
    this.#deliver = deliverer(needs.subscription, needs.site);
  }

  async #listen(connection: ChannelModel): Promise<void> {
    const { names, site, subscription, tuning } = this.#needs;
    const channel = this.#channel;
    channel.on('error', () => undefined);
    channel.once('close', () => {
      this.#end();
      void closeConnection(connection);
    });
    await declareQueue(connection, names, { ...site, length: tuning.queueLength }, subscription);
    await channel.prefetch(tuning.prefetch);
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
    if (this.#open) await this.#channel.cancel(this.#tag).catch(() => undefined);
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
    return this.#needs.names.queue(this.#needs.subscription.consumer);
  }

  #take(message: ConsumeMessage): void {
    const { site, subscription } = this.#needs;
    const tick = tickOf(message);
    if (tick) {
      this.#enqueue({ message, tick });
      return;
    }
    if (message.fields.redelivered) site.metrics.redelivered.inc({ consumer: subscription.consumer });
    try {
      this.#enqueue({ message, event: envelopeOfMessage(message), attempts: attemptsOf(message) });
    } catch (error) {
      const delivery = { message, event: remainsOf(message), attempts: attemptsOf(message) };
      void this.#settleFailure(delivery, { event: delivery.event, reason: reasonOf(error), poison: true });
    }
  }

  #enqueue(next: Delivery | HeardTick): void {
    if (!this.#open) return;
    this.#waiting.push(next);
    if (this.#working) return;
    if (this.#waiting.length >= this.#batchSize) this.#work();
    else this.#gathering ??= setTimeout(() => this.#work(), this.#needs.tuning.gatherMs);
  }

  get #batchSize(): number {
    const { subscription, tuning } = this.#needs;
    return Math.min(subscription.batchSize ?? tuning.batch, tuning.batch);
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
      const failed = await this.#handle(batch.filter((one) => 'event' in one));
      await this.#hear(batch.filter((one) => 'tick' in one));
      this.#acknowledgeAll(batch.flatMap(({ message }) => (failed.has(message) ? [] : [message])));
    }
  }

  /** Answers what failed. */
  async #handle(batch: readonly Delivery[]): Promise<Set<ConsumeMessage>> {
    const failed = new Set<ConsumeMessage>();
    if (batch.length === 0) return failed;
    const failures = await this.#deliver(batch.map(({ event }) => event));
    for (const failure of failures) {
      const delivery = batch.find(({ event }) => event === failure.event)!;
      failed.add(delivery.message);
      // Not awaited: others flow on while this one waits for its next attempt.
      void this.#settleFailure(delivery, failure);
    }
    return failed;
  }

  /** What came before the ticks is done, unless one of it failed and its next attempt is still a matter of this process. */
  async #hear(heard: readonly HeardTick[]): Promise<void> {
    if (heard.length === 0 || this.#unsettled.size > 0) return;
    const { site, subscription } = this.#needs;
    const ticks = heard.map(({ tick }) => tick);
    // The next one, a second later, says more than this one did.
    await recordTicks(site.sql, subscription, ticks).catch(() => undefined);
  }

  /** In one frame where nothing older is still open. */
  #acknowledgeAll(messages: readonly ConsumeMessage[]): void {
    const last = messages.at(-1);
    if (last && this.#unsettled.size === 0) this.#acknowledge(last, true);
    else for (const message of messages) this.#acknowledge(message);
  }

  #acknowledge(message: ConsumeMessage, andAllBefore = false): void {
    this.#unsettled.delete(message.fields.deliveryTag);
    try {
      this.#channel.ack(message, andAllBefore);
    } catch {
      // The channel has closed: the broker delivers it again.
    }
  }

  /**
   * Gives the event its next attempt, here, in a queue, or never. Until that is safe it stays unacknowledged. While the
   * room's database is away no attempt counts: an outage must not end as a thousand dead letters.
   */
  async #settleFailure(delivery: Delivery, failure: Failure): Promise<void> {
    this.#unsettled.add(delivery.message.fields.deliveryTag);
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
    return this.#needs.site.sql`select 1`.then(
      () => true,
      () => false,
    );
  }

  async #park(delivery: Delivery, failed: Failed, wait: number): Promise<void> {
    const { site, names, subscription } = this.#needs;
    const message = messageOf(delivery.event, failed.attempts);
    try {
      await this.#publisher.publish([{ ...message, exchange: names.wait(wait), routingKey: this.#queue }]);
      this.#acknowledge(delivery.message);
    } catch (err) {
      site.log.warn({ consumer: subscription.consumer, err }, 'An event could not be parked; trying again');
      this.#later(() => this.#park(delivery, failed, wait));
    }
  }

  get #publisher(): Publisher {
    const publisher = this.#needs.publisher();
    if (!publisher) throw new Error('There is no connection to publish by');
    return publisher;
  }

  async #bury(delivery: Delivery, failed: Failed): Promise<void> {
    const { site, subscription } = this.#needs;
    const { consumer } = subscription;
    try {
      await bury(site.sql, consumer, [failed]);
      site.metrics.dead.inc({ consumer });
      this.#acknowledge(delivery.message);
    } catch (err) {
      site.log.warn({ consumer, err }, 'A dead letter could not be written; trying again');
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

  /** Dead letters that somebody replayed wait in the room's database. Whoever did looks for the effect: they go first. */
  async #replay(): Promise<void> {
    const { site, subscription } = this.#needs;
    const { consumer } = subscription;
    const due = await dueEvents(site.sql, consumer, MOST_AT_ONCE);
    if (due.length === 0 || !this.#open) return;
    const events = due.map(({ event }) => event);
    await this.#publisher.publish(
      events.map((event) => {
        const { content, options } = messageOf(event);
        return { content, options: { ...options, ...this.#features.urgent }, exchange: '', routingKey: this.#queue };
      }),
    );
    await forgetRetries(site.sql, consumer, events);
  }
}
