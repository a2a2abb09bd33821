import type { Channel, ChannelModel } from 'amqplib';
import type { Site, Subscription } from './contract.ts';
import { closeConnection } from './rabbit-close.ts';
import type { RabbitNames } from './rabbit-names.ts';
import { unbindSubscription } from './rabbit-topology.ts';
import { type RebuildRunner, wantRebuild, whileBindingIsMine } from './rebuilds.ts';

const LOOK_EVERY_MS = 1_000;
/** Share of a queue's length at which it is given up: full, it would hold up everybody who publishes. */
const GIVE_UP_AT = 0.8;

export interface OverflowNeeds {
  site: Site;
  names: RabbitNames;
  /** Messages that a queue takes. */
  length: number;
  rebuilds: RebuildRunner;
}

/**
 * Watches the queues of consumers that can be rebuilt, as long as the connection stands. One that runs over is marked,
 * unbound and emptied; its rebuild binds it again first. Others keep getting their events meanwhile.
 */
export async function watchOverflow(needs: OverflowNeeds, connection: ChannelModel): Promise<void> {
  const { site } = needs;
  const rebuildable = site.subscriptions.filter(({ rebuild }) => rebuild !== undefined);
  if (rebuildable.length === 0) return;
  const channel = await connection.createChannel();
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look(needs, channel, rebuildable)
      .catch((err) => site.log.warn({ err }, 'The queues could not be looked at'))
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  channel.on('error', () => undefined);
  channel.once('close', () => {
    clearInterval(timer);
    void closeConnection(connection);
  });
}

async function look(needs: OverflowNeeds, channel: Channel, rebuildable: readonly Subscription[]): Promise<void> {
  for (const subscription of rebuildable) {
    if (await runsOver(needs, channel, subscription)) await giveUp(needs, channel, subscription);
  }
}

async function runsOver({ names, length }: OverflowNeeds, channel: Channel, { consumer }: Subscription) {
  const { messageCount } = await channel.checkQueue(names.queue(consumer));
  return messageCount >= GIVE_UP_AT * length;
}

async function giveUp(needs: OverflowNeeds, channel: Channel, subscription: Subscription): Promise<void> {
  const { site, names, length, rebuilds } = needs;
  const { consumer } = subscription;
  const emptied = await whileBindingIsMine(site.sql, consumer, async () => {
    // Another process may have been faster.
    if (!(await runsOver(needs, channel, subscription))) return null;
    const [heard] = await site.sql<{ until: string }[]>`
      select coalesce(bus.heard_until(${consumer}), '-infinity') as until`;
    // First of all, and on a connection of its own: should this process die now, the mark stays.
    await wantRebuild(site.sql, {
      consumer,
      reason: `Its queue of ${length} events was running over and was emptied`,
      completeUntil: heard!.until,
    });
    await unbindSubscription(channel, names, subscription);
    return (await channel.purgeQueue(names.queue(consumer))).messageCount;
  });
  if (emptied === null) return;
  site.metrics.overflowed.inc({ consumer });
  site.log.error({ consumer, events: emptied }, 'A queue was running over: emptied, its read model will be rebuilt');
  rebuilds.wake();
}
