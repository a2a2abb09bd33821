import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { closeConnection } from './rabbit-close.ts';
import type { Outgoing } from './rabbit-message.ts';

const CONFIRM_WITHIN_MS = 5_000;

export interface Addressed extends Outgoing {
  exchange: string;
  routingKey: string;
}

/** Publishes and knows what the broker has taken. Stands on one connection; a new one needs a new publisher. */
export interface Publisher {
  channel: ConfirmChannel;
  /** The broker is short of memory or disk: it reads nothing from this connection until that is over. */
  isBlocked(): boolean;
  /**
   * Resolves when the broker has all of them safe. Rejects when one was refused, came back, or took over 5 s, in which
   * the time that the broker is blocked does not count.
   */
  publish(messages: readonly Addressed[]): Promise<void>;
  /** Best effort: nobody waits for it, nobody misses it. */
  mention(message: Addressed): void;
}

export async function openPublisher(connection: ChannelModel): Promise<Publisher> {
  const channel = await connection.createConfirmChannel();
  const returned = new Set<string>();
  let blocked = false;
  connection.on('blocked', () => {
    blocked = true;
  });
  connection.on('unblocked', () => {
    blocked = false;
  });
  channel.on('return', ({ properties }) => returned.add(String(properties.messageId)));
  // Without its channel this publisher is of no use: the link makes a new connection.
  channel.on('error', () => undefined);
  channel.on('close', () => void closeConnection(connection));

  function send({ exchange, routingKey, content, options }: Addressed, settle: (error?: Error) => void): void {
    channel.publish(exchange, routingKey, content, options, (error: Error | null) => {
      if (error) settle(new Error('The broker refused an event: a queue is full or it is closing', { cause: error }));
      else if (returned.delete(String(options.messageId))) settle(new Error(`No queue takes ${routingKey}`));
      else settle();
    });
  }

  return {
    channel,
    isBlocked: () => blocked,
    publish(messages) {
      if (messages.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        let open = messages.length;
        let timer = setTimeout(lookAtTime, CONFIRM_WITHIN_MS);
        function lookAtTime(): void {
          if (blocked) {
            timer = setTimeout(lookAtTime, CONFIRM_WITHIN_MS);
            return;
          }
          // What is still on its way would only be sent once more.
          void closeConnection(connection);
          reject(new Error(`The broker has not confirmed within ${CONFIRM_WITHIN_MS} ms`));
        }
        for (const message of messages) {
          send(message, (error) => {
            open -= 1;
            if (error) reject(error);
            if (open > 0) return;
            clearTimeout(timer);
            resolve();
          });
        }
      });
    },
    mention(message) {
      try {
        send(message, () => undefined);
      } catch {
        // The channel has closed.
      }
    },
  };
}
