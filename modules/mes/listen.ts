import { Compile } from 'typebox/compile';
import type { Envelope } from '#contracts/events';
import { OrderEvent } from '#contracts/orders';
import { type Bus, PoisonEvent } from '#platform/bus';
import type { Floor } from './floor.ts';
import { takeOrder } from './take-order.ts';

const orderEvent = Compile(OrderEvent);

/**
 * Every event carries the whole order, so of a batch only the newest version of each order counts; repeats and older
 * versions change nothing, which is why the room needs no inbox.
 */
export function hearOrders(bus: Bus, floor: Floor): void {
  bus.subscribe({
    consumer: 'mes.orders',
    events: ['order.*'],
    handle: async (batch) => {
      for (const event of newestOfEach(batch.map(parse))) await takeOrder(floor, event);
    },
  });
}

function parse(envelope: Envelope): OrderEvent {
  if (orderEvent.Check(envelope.data)) return envelope.data;
  const [first] = orderEvent.Errors(envelope.data);
  throw new PoisonEvent(
    `${envelope.type} ${envelope.id} is not an order event: ${first?.instancePath} ${first?.message}`,
  );
}

function newestOfEach(events: readonly OrderEvent[]): OrderEvent[] {
  const newest = new Map<string, OrderEvent>();
  for (const event of events) {
    const known = newest.get(event.order.id);
    if (!known || known.order.version < event.order.version) newest.set(event.order.id, event);
  }
  return [...newest.values()];
}
