import { type Leftovers, oldRows } from '#platform/database';

/** Days for which answers to commands are remembered. */
export interface KeepDays {
  answers: number;
}

export const KEEP_DAYS: KeepDays = { answers: 90 };

/** What is kept for a while only. Logs of operations and the ledger stay for ever. */
export function leftovers({ answers }: KeepDays): Leftovers[] {
  return [oldRows({ table: 'command', key: ['person_id', 'command_id'], since: 'at', days: answers })];
}
