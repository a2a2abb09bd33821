import type { ConsumeMessage, Options } from 'amqplib';
import type { Envelope } from '#contracts/events';
import { newId } from '#platform/clock';
import { PoisonEvent } from './contract.ts';
import type { FeedRow } from './feed.ts';

const ATTEMPTS = 'x-forgeline-attempts';

export interface Outgoing {
  content: Buffer;
  options: Options.Publish;
}

/** The event as an AMQP message. `attempts` have failed so far. */
export function messageOf({ traceparent, ...body }: Envelope, attempts = 0): Outgoing {
  const headers = attempts > 0 ? { [ATTEMPTS]: attempts } : {};
  return persistent(body, traceparent, JSON.stringify(body), headers);
}

/** A row of the outbox, its body still the text that PostgreSQL wrote: reading it only to write it again costs most. */
export type OutboxRow = Omit<FeedRow, 'body'> & { body: string };

export function messageOfRow({ id, topic: type, key, at: occurredAt, body, traceparent }: OutboxRow): Outgoing {
  const head = JSON.stringify({ id, type, key, occurredAt });
  return persistent({ id, type, occurredAt }, traceparent, `${head.slice(0, -1)},"data":${body}}`);
}

function persistent(
  { id, type, occurredAt }: Pick<Envelope, 'id' | 'type' | 'occurredAt'>,
  traceparent: string | null,
  content: string,
  headers: Record<string, unknown> = {},
): Outgoing {
  return {
    content: Buffer.from(content),
    options: {
      persistent: true,
      mandatory: true,
      contentType: 'application/json',
      messageId: id,
      type,
      timestamp: Math.floor(Date.parse(occurredAt) / 1000),
      headers: traceparent ? { ...headers, traceparent } : headers,
    },
  };
}

export function attemptsOf({ properties }: ConsumeMessage): number {
  const attempts = properties.headers?.[ATTEMPTS];
  return typeof attempts === 'number' ? attempts : 0;
}

/** Throws PoisonEvent when it is not one of our events. */
export function envelopeOfMessage({ content, properties }: ConsumeMessage): Envelope {
  const { id, type, key, occurredAt, data } = parse(content);
  const texts = [id, type, key, occurredAt];
  if (!texts.every((text) => typeof text === 'string') || data === undefined) {
    throw new PoisonEvent('The message lacks id, type, key, occurredAt or data');
  }
  const traceparent = properties.headers?.['traceparent'];
  return { id, type, key, occurredAt, data, traceparent: typeof traceparent === 'string' ? traceparent : null };
}

function parse(content: Buffer): Envelope {
  try {
    return (JSON.parse(content.toString('utf8')) ?? {}) as Envelope;
  } catch (error) {
    throw new PoisonEvent(`The message is not JSON: ${(error as Error).message}`);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What can be kept of a message that is not an event, for people to look at. */
export function remainsOf({ content, properties, fields }: ConsumeMessage): Envelope {
  const id = String(properties.messageId);
  return {
    id: UUID.test(id) ? id : newId(),
    type: fields.routingKey,
    key: '',
    occurredAt: new Date().toISOString(),
    traceparent: null,
    // U+0000 cannot be stored in jsonb.
    data: content.toString('utf8').slice(0, 10_000).replaceAll('\0', '\uFFFD'),
  };
}
