import { setTimeout as pause } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { Envelope } from '#contracts/events';

/** Exchange of all events, as `platform/bus` names it. */
const EVENTS = 'forgeline';
const REMEMBERED = 2_000;
const AGAIN_MS = 300;
const CONFIRM_WITHIN_MS = 120_000;

/** Hears every event beside the rooms, and can say any of them again. */
export interface EventTap {
  /** The last events heard, oldest first, each once. */
  readonly heard: readonly Envelope[];
  /** Tells every subscriber. Resolves when the broker has it; waits for a broker. */
  tell(events: readonly Envelope[]): Promise<void>;
  /** Puts an event into one subscriber's queue. False: the queue refused it. */
  put(queue: string, events: readonly Envelope[]): Promise<boolean>;
  /** True while the broker takes nothing from publishers, as it does in an alarm. */
  readonly isBlocked: boolean;
  close(): Promise<void>;
}

/** Straight to the broker, past the wire that faults cut. */
export async function eventTap(url: string): Promise<EventTap> {
  const heard = new Map<string, Envelope>();
  let connection: ChannelModel | undefined;
  let channel: ConfirmChannel | undefined;
  let isBlocked = false;
  let closed = false;

  async function open(): Promise<void> {
    const opened = await connect(url, { noDelay: true, timeout: 5_000, clientProperties: { connection_name: 'tap' } });
    connection = opened;
    opened.on('error', () => undefined);
    opened.on('blocked', () => {
      isBlocked = true;
    });
    opened.on('unblocked', () => {
      isBlocked = false;
    });
    opened.once('close', () => {
      channel = undefined;
      isBlocked = false;
      if (!closed) void reopen();
    });
    const made = await opened.createConfirmChannel();
    made.on('error', () => undefined);
    await made.assertExchange(EVENTS, 'topic', { alternateExchange: `${EVENTS}.unrouted` });
    const { queue } = await made.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    await made.bindQueue(queue, EVENTS, '#');
    await made.consume(queue, (message) => message && remember(message.content), { noAck: true });
    channel = made;
  }

  async function reopen(): Promise<void> {
    while (!closed && !channel) {
      await pause(AGAIN_MS);
      await open().catch(() => undefined);
    }
  }

  function remember(content: Buffer): void {
    try {
      const event = JSON.parse(content.toString()) as Envelope;
      heard.set(event.id, event);
      if (heard.size > REMEMBERED) heard.delete(heard.keys().next().value!);
    } catch {
      // Poison of our own.
    }
  }

  async function publish(exchange: string, routingKey: string | null, events: readonly Envelope[]): Promise<boolean> {
    const deadline = Date.now() + CONFIRM_WITHIN_MS;
    for (;;) {
      const to = channel;
      if (to) {
        const results = await Promise.allSettled(
          events.map(
            (event) =>
              new Promise<void>((resolve, reject) => {
                const { traceparent: _, ...body } = event;
                const options = { persistent: true, messageId: event.id, type: event.type };
                const content = Buffer.from(JSON.stringify(body));
                to.publish(exchange, routingKey ?? event.type, content, options, (error) =>
                  error ? reject(error) : resolve(),
                );
              }),
          ),
        );
        if (results.every(({ status }) => status === 'fulfilled')) return true;
        if (channel === to) return false;
      }
      if (Date.now() > deadline) throw new Error('The broker takes no events');
      await pause(AGAIN_MS);
    }
  }

  await open();
  return {
    get heard() {
      return [...heard.values()];
    },
    async tell(events) {
      if (!(await publish(EVENTS, null, events))) throw new Error('The broker refused an event');
    },
    put: (queue, events) => publish('', queue, events),
    get isBlocked() {
      return isBlocked;
    },
    async close() {
      closed = true;
      await connection?.close().catch(() => undefined);
    },
  };
}
