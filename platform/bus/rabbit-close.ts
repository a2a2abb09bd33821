import type { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';

const POLITE_MS = 1_000;

/**
 * Closes a connection: politely, and after a second by force, for a broker in trouble may never answer. Its `close` event
 * comes either way. Never rejects.
 */
export async function closeConnection(connection: ChannelModel): Promise<void> {
  const { stream } = connection.connection as unknown as { stream: Duplex };
  const force = setTimeout(() => stream.destroy(new Error('The broker did not answer the close')), POLITE_MS);
  try {
    await connection.close();
  } catch {
    // Closed already, or being closed by somebody else, who will see it through.
  }
  if (stream.destroyed) clearTimeout(force);
  else stream.once('close', () => clearTimeout(force));
}
