import type { Money } from '#contracts/basics';
import type { Operator, Rate, SetOperator } from '#contracts/mes';
import type { Sql } from '#platform/database';
import type { Floor } from './floor.ts';
import { personScope, RATES } from './scopes.ts';

type Announcing = Pick<Floor, 'sql' | 'live'>;

const selectOperators = (sql: Sql) => sql`
  select person_id as "personId", name, claim_cap as "claimCap", work_centres as "workCentres",
    (select count(*)::int from operation
      where holder_id = person_id and state in ('claimed', 'running', 'paused')) as claims
  from operator`;

export async function listOperators(sql: Sql): Promise<Operator[]> {
  return sql<Operator[]>`${selectOperators(sql)} order by name, person_id limit 1000`;
}

/** Cap and work centres of a person, whether or not the floor has seen them. */
export async function readOperatorSettings(sql: Sql, personId: string, defaultCap: number) {
  const [row] = await sql<Operator[]>`${selectOperators(sql)} where person_id = ${personId}`;
  return row ?? { claimCap: defaultCap, workCentres: null, claims: 0 };
}

export async function saveOperator({ sql, live }: Announcing, personId: string, settings: SetOperator) {
  const { name, claimCap, workCentres } = settings;
  await sql.begin(async (tx) => {
    await tx`
    insert into operator (person_id, name, claim_cap, work_centres)
    values (${personId}, ${name}, ${claimCap}, ${workCentres})
    on conflict (person_id) do update set
      name = excluded.name, claim_cap = excluded.claim_cap, work_centres = excluded.work_centres`;
    await live.announceAll(tx, [{ scope: personScope(personId) }]);
  });
  const [row] = await sql<Operator[]>`${selectOperators(sql)} where person_id = ${personId}`;
  return row!;
}

export async function listRates(sql: Sql): Promise<Rate[]> {
  const rows = await sql<{ operation: string; minor: number; currency: Money['currency'] }[]>`
    select operation, minor, currency from rate order by operation`;
  return rows.map(({ operation, minor, currency }) => ({ operation, rate: { minor, currency } }));
}

/** Null when there is no such operation. Claims that exist keep their rate. */
export async function saveRate(
  { sql, live }: Announcing,
  operation: string,
  minor: number,
  by: string,
): Promise<Rate | null> {
  const row = await sql.begin(async (tx) => {
    const [saved] = await tx<{ currency: Money['currency'] }[]>`
      update rate set minor = ${minor}, changed_at = platform.now(), changed_by = ${by}
      where operation = ${operation} returning currency`;
    if (saved) await live.announceAll(tx, [{ scope: RATES }]);
    return saved;
  });
  return row ? { operation, rate: { minor, currency: row.currency } } : null;
}
