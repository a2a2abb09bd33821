import { type Leftovers, oldRows } from '#platform/database';

/** Days for which is kept: answers by Idempotency-Key, ids of seen events, clients' events with the log of deliveries. */
export interface KeepDays {
  answers: number;
  inbox: number;
  webhooks: number;
}

export const KEEP_DAYS: KeepDays = { answers: 90, inbox: 30, webhooks: 90 };
/** For the figures of a whole year and the one before. */
const USAGE_DAYS = 800;

/** What is kept for a while only. A delivery that still waits is none of it. */
export function leftovers({ answers, inbox, webhooks }: KeepDays): Leftovers[] {
  return [
    oldRows({ table: 'idempotency', key: ['client_id', 'key'], since: 'at', days: answers }),
    oldRows({ table: 'inbox', key: ['consumer', 'event_id'], since: 'at', days: inbox }),
    oldRows({ table: 'client_event', key: ['client_id', 'sequence'], since: 'at', days: webhooks }),
    oldRows({ table: 'delivery', key: ['id'], since: 'created_at', days: webhooks, where: "state <> 'pending'" }),
    oldRows({ table: 'daily_usage', key: ['client_id', 'day', 'kind'], since: 'day', days: USAGE_DAYS }),
  ];
}
