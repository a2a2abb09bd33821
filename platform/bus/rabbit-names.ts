import { LONG_WAITS } from './ladder.ts';

/** Every exchange and queue, all under one name so that several installations can share a broker. */
export type RabbitNames = ReturnType<typeof rabbitNames>;

export function rabbitNames(namespace: string, room: string) {
  return {
    /** Topic exchange of all events, by type. */
    events: namespace,
    /** Topic exchange of the publishers' ticks, by room. */
    ticks: `${namespace}.ticks`,
    /** What no queue is bound to. */
    unrouted: `${namespace}.unrouted`,
    /** Direct exchange: what the broker itself gave up, by room. */
    deadExchange: `${namespace}.dead`,
    deadQueue: `${namespace}.dead.${room}`,
    /** One exchange and queue for each wait; the routing key is the queue to come back to. */
    wait: (ms: number) => `${namespace}.wait.${ms}`,
    waits: LONG_WAITS,
    queue: (consumer: string) => `${namespace}.${consumer}`,
    consumer: (queue: string) => queue.slice(namespace.length + 1),
  };
}
