import type { PersonRevoked } from '#contracts/identity';
import { appendEvents } from '#platform/bus';
import type { Sql } from '#platform/database';
import { insertRevocation } from './session-store.ts';

/**
 * Voids the tokens of these credentials (none named: of the whole person) in every process. Call it last in the
 * transaction, after the rows that tokens are made from were changed, then `bus.hint()`.
 */
export async function revoke(tx: Sql, personId: string, credentials: readonly string[] = []): Promise<void> {
  const before = await insertRevocation(tx, personId, credentials);
  const data: PersonRevoked = { personId, credentials: [...credentials], before };
  await appendEvents(tx, [{ type: 'person.revoked', key: personId, data }]);
}
