import type { Channel, ChannelModel } from 'amqplib';
import type { Log } from '#platform/telemetry';
import type { Subscription } from './contract.ts';
import { bindingPatterns, tickPatterns } from './patterns.ts';
import { type RabbitFeatures, rabbitFeatures } from './rabbit-features.ts';
import type { RabbitNames } from './rabbit-names.ts';

const DAY_MS = 86_400_000;
const WAIT_QUEUE_LENGTH = 2_000_000;
const QUORUM = { 'x-queue-type': 'quorum' } as const;
/** A full queue refuses instead of losing, and hands its dead on only when they have arrived. */
const NEVER_LOSE = { ...QUORUM, 'x-overflow': 'reject-publish', 'x-dead-letter-strategy': 'at-least-once' } as const;

/** Throws BrokerTooOld. */
export function featuresOf(connection: ChannelModel): RabbitFeatures {
  return rabbitFeatures(String(connection.connection.serverProperties['version']));
}

/** What publishing needs. Declared by every process; declaring again changes nothing. */
export async function declareExchanges(connection: ChannelModel, names: RabbitNames, log: Log): Promise<void> {
  const { unlimitedDeliveries } = featuresOf(connection);
  await withChannel(connection, async (channel) => {
    await channel.assertExchange(names.unrouted, 'fanout');
    await channel.assertExchange(names.events, 'topic', { alternateExchange: names.unrouted });
    await channel.assertExchange(names.ticks, 'topic');
  });
  // An event that nobody hears must not hold up those behind it, nor fill the disk.
  await declare(connection, log, names.unrouted, {
    ...QUORUM,
    ...unlimitedDeliveries,
    'x-max-length': 100_000,
    'x-overflow': 'drop-head',
    'x-message-ttl': 7 * DAY_MS,
  });
  await withChannel(connection, (channel) => channel.bindQueue(names.unrouted, names.unrouted, ''));
}

/** What the room's consumers share: where the broker puts what it gave up, and the long waits. */
export async function declareRetries(
  connection: ChannelModel,
  names: RabbitNames,
  { room, log }: { room: string; log: Log },
): Promise<void> {
  const { unlimitedDeliveries } = featuresOf(connection);
  await withChannel(connection, async (channel) => {
    await channel.assertExchange(names.deadExchange, 'direct');
    for (const ms of names.waits) await channel.assertExchange(names.wait(ms), 'fanout');
  });
  await declare(connection, log, names.deadQueue, { ...QUORUM, ...unlimitedDeliveries });
  for (const ms of names.waits) {
    // Through the default exchange, by the routing key it came with: back to the queue that owns it.
    await declare(connection, log, names.wait(ms), {
      ...NEVER_LOSE,
      'x-message-ttl': ms,
      'x-dead-letter-exchange': '',
      'x-max-length': WAIT_QUEUE_LENGTH,
    });
  }
  await withChannel(connection, async (channel) => {
    await channel.bindQueue(names.deadQueue, names.deadExchange, room);
    for (const ms of names.waits) await channel.bindQueue(names.wait(ms), names.wait(ms), '');
  });
}

/** A subscription's own queue. From its first binding on it keeps every event, whether or not somebody reads. */
export async function declareQueue(
  connection: ChannelModel,
  names: RabbitNames,
  { room, log, length }: { room: string; log: Log; length: number },
  subscription: Subscription,
): Promise<void> {
  await declare(connection, log, names.queue(subscription.consumer), {
    ...NEVER_LOSE,
    'x-single-active-consumer': true,
    'x-delivery-limit': 10,
    'x-max-length': length,
    'x-dead-letter-exchange': names.deadExchange,
    'x-dead-letter-routing-key': room,
  });
  await withChannel(connection, (channel) => bindSubscription(channel, names, subscription));
}

export async function bindSubscription(
  channel: Channel,
  names: RabbitNames,
  { consumer, events }: Pick<Subscription, 'consumer' | 'events'>,
): Promise<void> {
  const queue = names.queue(consumer);
  for (const pattern of bindingPatterns(events)) await channel.bindQueue(queue, names.events, pattern);
  for (const pattern of tickPatterns(events)) await channel.bindQueue(queue, names.ticks, pattern);
}

/** From here on nothing comes into the queue. */
export async function unbindSubscription(
  channel: Channel,
  names: RabbitNames,
  { consumer, events }: Pick<Subscription, 'consumer' | 'events'>,
): Promise<void> {
  const queue = names.queue(consumer);
  for (const pattern of bindingPatterns(events)) await channel.unbindQueue(queue, names.events, pattern);
  for (const pattern of tickPatterns(events)) await channel.unbindQueue(queue, names.ticks, pattern);
}

const CONTRADICTED = 406;

/** A queue that stands with other arguments (an earlier release, another limit) is used as it is, and said so. */
async function declare(
  connection: ChannelModel,
  log: Log,
  queue: string,
  args: Record<string, unknown>,
): Promise<void> {
  try {
    await withChannel(connection, (channel) => channel.assertQueue(queue, { arguments: args }));
  } catch (err) {
    if ((err as { code?: unknown }).code !== CONTRADICTED) throw err;
    await withChannel(connection, (channel) => channel.checkQueue(queue));
    log.warn({ queue, err }, 'The queue stands with other arguments; to renew it, delete it while it is empty');
  }
}

/** A refused declaration takes its channel with it: here one of its own. */
export async function withChannel<T>(connection: ChannelModel, run: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    return await run(channel);
  } finally {
    await channel.close().catch(() => undefined);
  }
}
