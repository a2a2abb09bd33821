import { type Leftovers, oldRows } from '#platform/database';

/** Days for which answers to commands, and the ids of seen events, are remembered. */
export interface KeepDays {
  answers: number;
  inbox: number;
}

export const KEEP_DAYS: KeepDays = { answers: 90, inbox: 30 };

/** What is kept for a while only. Orders and their history stay for ever. */
export function leftovers({ answers, inbox }: KeepDays): Leftovers[] {
  return [
    oldRows({ table: 'command', key: ['id'], since: 'at', days: answers }),
    oldRows({ table: 'inbox', key: ['consumer', 'event_id'], since: 'at', days: inbox }),
  ];
}
