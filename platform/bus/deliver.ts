import type { Envelope } from '#contracts/events';
import { type Log, span } from '#platform/telemetry';
import { PoisonEvent, type Subscription } from './contract.ts';
import { reasonOf } from './ladder.ts';
import type { BusMetrics } from './metrics.ts';

export interface Failure {
  event: Envelope;
  reason: string;
  /** It can never succeed. */
  poison: boolean;
}

/** Hands events to their handler and answers which failed. Never rejects. */
export type Deliver = (batch: readonly Envelope[]) => Promise<Failure[]>;

/** With more traces than this in one batch, one span linked to all of them replaces one span inside each. */
const MOST_TRACES_CONTINUED = 3;

export function deliverer(
  { consumer, handle }: Pick<Subscription, 'consumer' | 'handle'>,
  { log, metrics }: { log: Log; metrics: BusMetrics },
): Deliver {
  async function attempt(events: readonly Envelope[]): Promise<Failure[]> {
    try {
      await span(`handle ${consumer}`, spanOptions(consumer, events), () => handle([...events]));
      metrics.handled.inc({ consumer }, events.length);
      return [];
    } catch (error) {
      if (events.length > 1) return inTurn(events.map((event) => [event]));
      return [describe(events[0]!, error)];
    }
  }

  function describe(event: Envelope, error: unknown): Failure {
    metrics.failed.inc({ consumer });
    const failure = { event, reason: reasonOf(error), poison: error instanceof PoisonEvent };
    log.warn(
      { event: event.type, eventId: event.id, key: event.key, consumer, err: error },
      'Handling an event failed',
    );
    return failure;
  }

  async function inTurn(groups: readonly (readonly Envelope[])[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const group of groups) failures.push(...(await attempt(group)));
    return failures;
  }

  return (batch) => {
    for (const { occurredAt } of batch) {
      metrics.delay.observe({ consumer }, Math.max(0, Date.now() - Date.parse(occurredAt)) / 1000);
    }
    const runs = runsOfOneTrace(batch);
    return runs.length <= MOST_TRACES_CONTINUED ? inTurn(runs) : attempt(batch);
  };
}

function spanOptions(consumer: string, events: readonly Envelope[]) {
  const attributes = {
    'messaging.system': 'forgeline',
    'messaging.consumer.group.name': consumer,
    'messaging.batch.message_count': events.length,
    ...(events.length === 1
      ? { 'messaging.message.id': events[0]!.id, 'messaging.destination.name': events[0]!.type }
      : {}),
  };
  const first = events[0]!.traceparent;
  const parents = [...new Set(events.map((event) => event.traceparent))];
  const oneTrace = events.every((event) => traceIdOf(event) === traceIdOf(events[0]!));
  if (oneTrace) return { kind: 'consumer', attributes, parent: first, links: parents.slice(1) } as const;
  return { kind: 'consumer', attributes, links: parents } as const;
}

/** Neighbours of one trace together; order is kept. */
function runsOfOneTrace(batch: readonly Envelope[]): Envelope[][] {
  const runs: Envelope[][] = [];
  for (const event of batch) {
    const last = runs.at(-1);
    if (last && traceIdOf(last[0]!) === traceIdOf(event)) last.push(event);
    else runs.push([event]);
  }
  return runs;
}

function traceIdOf({ traceparent }: Envelope): string | null {
  return traceparent?.split('-')[1] ?? null;
}
