import { EVENT_OWNERS } from '#contracts/events';

/** `order.*` stands for everything under `order.`; anything else is one event's exact name. */
const EVERYTHING_UNDER = '.*';

/** For SQL's `like any`. */
export function likePatterns(events: readonly string[]): string[] {
  return events.map((event) => {
    const exact = event.replace(/[\\_%]/g, '\\$&');
    return event.endsWith(EVERYTHING_UNDER) ? `${exact.slice(0, -1)}%` : exact;
  });
}

/** For an AMQP topic exchange, where `*` is one word and `#` any number. */
export function bindingPatterns(events: readonly string[]): string[] {
  return events.map((event) => (event.endsWith(EVERYTHING_UNDER) ? `${event.slice(0, -1)}#` : event));
}

/** For an AMQP topic exchange: the ticks of those who publish these events. */
export function tickPatterns(events: readonly string[]): string[] {
  const rooms = publishers(events);
  return rooms ? [...rooms] : ['#'];
}

/** The rooms that publish these events; null when a name has no known owner. */
export function publishers(events: readonly string[]): Set<string> | null {
  const owners: Record<string, string> = EVENT_OWNERS;
  const rooms = events.map((event) => owners[event.split('.')[0]!]);
  return rooms.some((room) => room === undefined) ? null : new Set(rooms as string[]);
}
