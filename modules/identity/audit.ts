import type { AuditEntry } from '#contracts/identity';
import type { Sql } from '#platform/database';

export interface AuditNote {
  event: string;
  personId?: string | null;
  actorId?: string | null;
  address?: string | null;
  detail?: string;
}

/** In the transaction of what it tells of: nothing of this kind happens unrecorded. */
export async function note(sql: Sql, { event, personId, actorId, address, detail }: AuditNote): Promise<void> {
  await sql`
    insert into audit (event, person_id, actor_id, address, detail)
    values (${event}, ${personId ?? null}, ${actorId ?? null}, ${address ?? null}, ${detail ?? ''})`;
}

/** Newest first. */
export async function listAudit(
  sql: Sql,
  { personId, before, limit }: { personId?: string; before?: string; limit: number },
): Promise<AuditEntry[]> {
  return sql<AuditEntry[]>`
    select id, at, event, person_id as "personId", actor_id as "actorId", address, detail from audit
    where true ${personId ? sql`and person_id = ${personId}` : sql``} ${before ? sql`and id < ${before}::uuid` : sql``}
    order by id desc limit ${limit}`;
}
