import { type Leftovers, oldRows } from '#platform/database';

/** Days for which is known who signed in and what administrators changed. */
export interface KeepDays {
  audit: number;
}

export const KEEP_DAYS: KeepDays = { audit: 730 };

/** What nobody will ask for again. */
export function leftovers({ audit }: KeepDays): Leftovers[] {
  return [
    oldRows({ table: 'session', key: ['id'], since: 'expires_at', days: 0 }),
    oldRows({ table: 'link', key: ['token_hash'], since: 'expires_at', days: 0 }),
    oldRows({ table: 'attempt', key: ['subject'], since: 'resets_at', days: 0 }),
    oldRows({ table: 'sign_on', key: ['state_hash'], since: 'expires_at', days: 0 }),
    oldRows({ table: 'revocation', key: ['id'], since: 'at', days: 1 / 24 }),
    oldRows({ table: 'mail', key: ['id'], since: 'sent_at', days: 30 }),
    oldRows({ table: 'signing_key', key: ['id'], since: 'retired_at', days: 1 }),
    oldRows({ table: 'audit', key: ['id'], since: 'at', days: audit }),
  ];
}
