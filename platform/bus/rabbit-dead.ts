import type { ChannelModel, ConsumeMessage } from 'amqplib';
import type { Envelope } from '#contracts/events';
import type { Site } from './contract.ts';
import { closeConnection } from './rabbit-close.ts';
import { envelopeOfMessage, remainsOf } from './rabbit-message.ts';
import type { RabbitNames } from './rabbit-names.ts';
import { bury } from './set-aside.ts';

const DATABASE_AWAY_MS = 1_000;

/**
 * What the broker itself gave up (a process died ten times over the same message) comes here and becomes a row beside
 * the other dead letters.
 */
export async function hearDead(site: Site, names: RabbitNames, connection: ChannelModel): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  let open = true;
  channel.once('close', () => {
    open = false;
  });
  await channel.prefetch(20);

  async function keep(message: ConsumeMessage): Promise<void> {
    const death = message.properties.headers?.['x-death']?.[0];
    const consumer = names.consumer(String(death?.queue ?? ''));
    const reason = `The broker gave up: ${death?.reason ?? 'for no stated reason'}`;
    const failed = { event: eventOrRemains(message), reason, poison: true, attempts: Number(death?.count ?? 1) };
    try {
      await bury(site.sql, consumer, [failed]);
      site.metrics.dead.inc({ consumer });
      if (open) channel.ack(message);
    } catch (err) {
      site.log.warn({ consumer, err }, 'A dead letter could not be written; trying again');
      setTimeout(() => open && void keep(message), DATABASE_AWAY_MS).unref();
    }
  }

  await channel.consume(names.deadQueue, (message) => {
    if (message === null) void closeConnection(connection);
    else void keep(message);
  });
}

function eventOrRemains(message: ConsumeMessage): Envelope {
  try {
    return envelopeOfMessage(message);
  } catch {
    return remainsOf(message);
  }
}
