import type { ConsumeMessage } from 'amqplib';
import type { Sql } from '#platform/database';
import { publishers } from './patterns.ts';
import type { RabbitNames } from './rabbit-names.ts';
import type { Addressed } from './rabbit-publisher.ts';

/**
 * A publisher's word, behind what it has sent: "up to `until` that was everything". No event: rooms never see it, it counts
 * nowhere, and one that is lost is made up for by the next.
 */
export interface Tick {
  publisher: string;
  until: string;
}

const TYPE = 'forgeline.tick';

export function tickMessage(names: RabbitNames, { publisher, until }: Tick): Addressed {
  return {
    exchange: names.ticks,
    routingKey: publisher,
    content: Buffer.alloc(0),
    options: { type: TYPE, headers: { publisher, until } },
  };
}

/** Null: the message is an event. */
export function tickOf({ properties }: ConsumeMessage): Tick | null {
  if (properties.type !== TYPE) return null;
  const { publisher, until } = (properties.headers ?? {}) as Record<string, unknown>;
  return { publisher: String(publisher), until: String(until) };
}

/** Writes down what was heard. A publisher that has not been heard yet holds the whole back. */
export async function recordTicks(
  sql: Sql,
  { consumer, events }: { consumer: string; events: readonly string[] },
  ticks: readonly Tick[],
): Promise<void> {
  const until = new Map<string, string>([...(publishers(events) ?? [])].map((room) => [room, '-infinity']));
  for (const tick of ticks) until.set(tick.publisher, tick.until);
  await sql`
    with heard as (
      insert into bus.heard as known (consumer, publisher, as_of)
      select ${consumer}, publisher, as_of
      from unnest(${[...until.keys()]}::text[], ${[...until.values()]}::timestamptz[]) as told (publisher, as_of)
      on conflict (owner, consumer, publisher) do update set as_of = greatest(known.as_of, excluded.as_of)
    )
    delete from bus.heard where owner = current_user and consumer = ${consumer} and ${publishers(events) !== null}
      and publisher <> all (${[...until.keys()]}::text[])`;
}
