import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { closeConnection } from './rabbit-close.ts';
import type { Outgoing } from './rabbit-message.ts';

const SILENT_FOR_MS = 10_000;

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
   * Resolves when the broker has all of them safe. Rejects when one was refused or came back, or the broker has confirmed
   * nothing at all for 10 s, unless it is blocked.
   */
  publish(messages: readonly Addressed[]): Promise<void>;
  /** Best effort: nobody waits for it, nobody misses it. */
  mention(message: Addressed): void;
}

export async function openPublisher(connection: ChannelModel): Promise<Publisher> {
  const channel = await connection.createConfirmChannel();
  const returned = new Set<string>();
  let blocked = false;
  let confirmedAt = 0;
  connection.on('blocked', () => {
    blocked = true;
  });
  connection.on('unblocked', () => {
    blocked = false;
    confirmedAt = performance.now();
  });
  channel.on('return', ({ properties }) => returned.add(String(properties.messageId)));
  // Without its channel this publisher is of no use: the link makes a new connection.
  channel.on('error', () => undefined);
  channel.on('close', () => void closeConnection(connection));

  function send({ exchange, routingKey, content, options }: Addressed, settle: (error?: Error) => void): void {
    channel.publish(exchange, routingKey, content, options, (error: Error | null) => {
      confirmedAt = performance.now();
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
        const from = performance.now();
        let timer = setTimeout(lookAtTime, SILENT_FOR_MS);
        function lookAtTime(): void {
          // A slow broker has others' to confirm first: what is on its way would only be sent once more.
          const silent = blocked ? 0 : performance.now() - Math.max(from, confirmedAt);
          if (silent < SILENT_FOR_MS) {
            timer = setTimeout(lookAtTime, SILENT_FOR_MS - silent);
            return;
          }
          void closeConnection(connection);
          reject(new Error(`The broker has confirmed nothing for ${SILENT_FOR_MS} ms`));
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
