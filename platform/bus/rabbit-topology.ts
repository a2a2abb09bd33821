import type { Channel } from 'amqplib';
import type { Subscription } from './contract.ts';
import { bindingPatterns } from './patterns.ts';
import type { RabbitNames } from './rabbit-names.ts';

const DAY_MS = 86_400_000;
const QUORUM = { 'x-queue-type': 'quorum' } as const;
/** A full queue refuses instead of losing, and hands its dead on only when they have arrived. */
const NEVER_LOSE = { ...QUORUM, 'x-overflow': 'reject-publish', 'x-dead-letter-strategy': 'at-least-once' } as const;

/** What publishing needs. Declared by every process; declaring again changes nothing. */
export async function declareExchanges(channel: Channel, names: RabbitNames): Promise<void> {
  await channel.assertExchange(names.unrouted, 'fanout');
  await channel.assertExchange(names.events, 'topic', { alternateExchange: names.unrouted });
  // An event that nobody hears must not hold up those behind it, nor fill the disk.
  await channel.assertQueue(names.unrouted, {
    arguments: { ...QUORUM, 'x-max-length': 100_000, 'x-overflow': 'drop-head', 'x-message-ttl': 7 * DAY_MS },
  });
  await channel.bindQueue(names.unrouted, names.unrouted, '');
}

/** What the room's consumers share: where the broker puts what it gave up, and the long waits. */
export async function declareRetries(channel: Channel, names: RabbitNames, room: string): Promise<void> {
  await channel.assertExchange(names.deadExchange, 'direct');
  await channel.assertQueue(names.deadQueue, { arguments: QUORUM });
  await channel.bindQueue(names.deadQueue, names.deadExchange, room);
  for (const ms of names.waits) {
    await channel.assertExchange(names.wait(ms), 'fanout');
    // Through the default exchange, by the routing key it came with: back to the queue that owns it.
    await channel.assertQueue(names.wait(ms), {
      arguments: { ...NEVER_LOSE, 'x-message-ttl': ms, 'x-dead-letter-exchange': '', 'x-max-length': 2_000_000 },
    });
    await channel.bindQueue(names.wait(ms), names.wait(ms), '');
  }
}

/** A subscription's own queue. From its first declaration on it keeps every event, whether or not somebody reads. */
export async function declareQueue(
  channel: Channel,
  names: RabbitNames,
  room: string,
  { consumer, events }: Subscription,
): Promise<void> {
  const queue = names.queue(consumer);
  await channel.assertQueue(queue, {
    arguments: {
      ...NEVER_LOSE,
      'x-single-active-consumer': true,
      'x-delivery-limit': 10,
      'x-max-length': 2_000_000,
      'x-dead-letter-exchange': names.deadExchange,
      'x-dead-letter-routing-key': room,
    },
  });
  for (const pattern of bindingPatterns(events)) await channel.bindQueue(queue, names.events, pattern);
}
