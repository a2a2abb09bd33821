import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { ORDER_EVENTS, OrderEvent } from '#contracts/orders';
import { type Bus, PoisonEvent } from '#platform/bus';
import { span } from '#platform/telemetry';
import type { Floor } from './floor.ts';
import { NOT_OURS, takeOrder } from './take-order.ts';

/** Keeps the copy of orders. */
export const CONSUMER = 'mes.orders';

/** Not of orders that come, are priced and wait for their payment: most of what orders say. */
export const HEARD = ORDER_EVENTS.filter((type) => NOT_OURS.every((status) => type !== `order.${status}`));

const orderEvent = Compile(OrderEvent);

/**
 * Every event carries the whole order, so of a batch only the newest version of each order counts; repeats and older
 * versions change nothing, which is why the room needs no inbox.
 */
export function hearOrders(bus: Bus, floor: Floor, rebuild?: (stopping: AbortSignal) => Promise<void>): void {
  bus.subscribe({
    consumer: CONSUMER,
    events: HEARD,
    handle: async (batch) => {
      for (const heard of newestOfEach(batch.map(parse))) await hear(floor, heard);
    },
    ...(rebuild && { rebuild }),
  });
}

interface Heard {
  readonly event: OrderEvent;
  readonly traceparent: string | null;
}

async function hear(floor: Floor, { event, traceparent }: Heard): Promise<void> {
  const { id, version } = event.order;
  const attributes = { 'order.id': id, 'order.version': version };
  await span('floor takes order', { kind: 'consumer', parent: traceparent, attributes }, () => takeOrder(floor, event));
}

function parse(envelope: Envelope): Heard {
  const { data, traceparent } = envelope;
  if (orderEvent.Check(data)) return { event: data, traceparent };
  const [first] = orderEvent.Errors(data);
  throw new PoisonEvent(
    `${envelope.type} ${envelope.id} is not an order event: ${first?.instancePath} ${first?.message}`,
  );
}

function newestOfEach(batch: readonly Heard[]): Heard[] {
  const newest = new Map<string, Heard>();
  for (const heard of batch) {
    const { id, version } = heard.event.order;
    const known = newest.get(id);
    if (!known || known.event.order.version < version) newest.set(id, heard);
  }
  return [...newest.values()];
}
