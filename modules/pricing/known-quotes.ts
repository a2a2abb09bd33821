import type { Sql } from '#platform/database';

/** Of these quotes, those that this room does not know. */
export async function unknownQuotes(sql: Sql, quoteIds: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select asked.id from unnest(${[...quoteIds]}::uuid[]) as asked (id)
    where not exists (select from quote where quote.id = asked.id)`;
  return rows.map(({ id }) => id);
}
