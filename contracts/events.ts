/**
 * The envelope of every event. Delivery is at least once and in no promised order across keys, therefore `data` always
 * carries the full state of its subject and that state's version: a reader keeps the higher version and ignores the rest.
 */
export interface Envelope<Data = unknown> {
  /** UUIDv7, unique per event; the inbox's key. */
  id: string;
  /** Dotted name, e.g. `order.approved`. The owner is the first word. */
  type: string;
  /** What must stay in order: the order's id, the quote's id. */
  key: string;
  /** UTC, ISO 8601, taken by the database that committed it. */
  occurredAt: string;
  /** W3C trace context of the request or job that caused it. */
  traceparent: string | null;
  data: Data;
}

/** Who publishes which events. A room may subscribe to any of them, and append only its own. */
export const EVENT_OWNERS = {
  order: 'orders',
  quote: 'pricing',
  production: 'mes',
  'order-note': 'crm',
  webhook: 'partners',
  person: 'identity',
} as const;
