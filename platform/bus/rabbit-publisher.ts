import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { closeConnection } from './rabbit-close.ts';
import type { Outgoing } from './rabbit-message.ts';

const CONFIRM_WITHIN_MS = 5_000;

/** Publishes and knows what the broker has taken. Stands on one connection; a new one needs a new publisher. */
export interface Publisher {
  channel: ConfirmChannel;
  /** Resolves when the broker has all of them safe. Rejects when one was refused, came back, or took over 5 s. */
  publish(messages: readonly (Outgoing & { exchange: string; routingKey: string })[]): Promise<void>;
}

export async function openPublisher(connection: ChannelModel): Promise<Publisher> {
  const channel = await connection.createConfirmChannel();
  const returned = new Set<string>();
  channel.on('return', ({ properties }) => returned.add(String(properties.messageId)));
  // Without its channel this publisher is of no use: the link makes a new connection.
  channel.on('error', () => undefined);
  channel.on('close', () => void closeConnection(connection));

  function one({ exchange, routingKey, content, options }: Outgoing & { exchange: string; routingKey: string }) {
    return new Promise<void>((resolve, reject) => {
      channel.publish(exchange, routingKey, content, options, (error) => {
        if (error) reject(new Error('The broker refused an event: a queue is full or it is closing', { cause: error }));
        else if (returned.delete(String(options.messageId))) reject(new Error(`No queue takes ${routingKey}`));
        else resolve();
      });
    });
  }

  return {
    channel,
    async publish(messages) {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          // What is still on its way would only be sent once more.
          void closeConnection(connection);
          reject(new Error(`The broker has not confirmed within ${CONFIRM_WITHIN_MS} ms`));
        }, CONFIRM_WITHIN_MS);
      });
      try {
        await Promise.race([Promise.all(messages.map(one)), tooLate]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
