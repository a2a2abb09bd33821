import { createHash } from 'node:crypto';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { clearAttempts, countAttempt, giveBackAttempt } from './session-store.ts';

interface Limit {
  most: number;
  seconds: number;
}

/**
 * Tries per account bound how fast one password can be guessed, tries per address how fast many accounts can be tried.
 * An account that is tried out is closed to everybody for the rest of the window; a password reset opens it.
 */
const LIMITS = {
  sign_in_account: { most: 10, seconds: 900 },
  sign_in_address: { most: 100, seconds: 900 },
  sign_up_address: { most: 100, seconds: 3600 },
  reset_account: { most: 5, seconds: 3600 },
  reset_address: { most: 50, seconds: 3600 },
  guest_address: { most: 1000, seconds: 3600 },
} as const satisfies Record<string, Limit>;
export type LimitName = keyof typeof LIMITS;

/** Counts first and acts after, in PostgreSQL: a hundred tries at once over ten instances are still a hundred tries. */
export async function spend(sql: Sql, name: LimitName, subject: string): Promise<void> {
  const limit = LIMITS[name];
  const { count, waitSeconds } = await countAttempt(sql, key(name, subject), limit.seconds);
  if (count > limit.most) {
    throw new Fault(COMMON_ERRORS['rate.limited'], { internal: name, retryAfterSeconds: waitSeconds });
  }
}

export async function forgive(sql: Sql, name: LimitName, subject: string): Promise<void> {
  await clearAttempts(sql, key(name, subject));
}

/** The try was a good one: a whole office behind one address signs in without hindrance. */
export async function giveBack(sql: Sql, name: LimitName, subject: string): Promise<void> {
  await giveBackAttempt(sql, key(name, subject));
}

/** Addresses of people who never signed up are none of the table's business. */
function key(name: LimitName, subject: string): string {
  return `${name}:${createHash('sha256').update(subject).digest('base64url')}`;
}
