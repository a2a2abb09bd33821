import { PARTNER_ERRORS } from '#contracts/partners';
import { Fault } from '#platform/http';
import type { Desk } from './desk.ts';
import { countUsage, type UsageKind } from './store-clients.ts';

const DAY_MS = 86_400_000;

/** Counts one of the client's quota of this day; throws `quota.exceeded`. What is refused later stays counted. */
export async function spend(desk: Desk, clientId: string, kind: UsageKind): Promise<void> {
  if (await countUsage(desk.sql, clientId, kind)) return;
  desk.metrics.limited.inc({ limit: kind });
  const untilMidnightMs = DAY_MS - (desk.clock.now() % DAY_MS);
  throw new Fault(PARTNER_ERRORS['quota.exceeded'], {
    detail: `The quota of ${kind} starts anew at midnight UTC.`,
    retryAfterSeconds: untilMidnightMs / 1000,
  });
}
