import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Sql } from './sql.ts';

export interface Migration {
  /** `0001-orders.sql`; applied in the order of the names. */
  name: string;
  text: string;
  /** SHA-256 of the text: what was applied may never be edited. */
  checksum: string;
}

/** Reads `NNNN-name.sql` files of a folder. No folder, no migrations; another name there is an error. */
export function readMigrations(folder: URL): Migration[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const odd = names.find((name) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name));
  if (odd) throw new Error(`${fileURLToPath(folder)}/${odd}: a migration is named like 0001-orders.sql`);
  return names.sort().map((name) => {
    const text = readFileSync(`${fileURLToPath(folder).replace(/\/$/, '')}/${name}`, 'utf8');
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

/**
 * Brings one schema up to date, as whoever `sql` is signed in as: each file once, in a transaction of its own together with
 * its row in `<schema>.migration`. Forward only. Throws when an applied file was changed or is gone.
 */
export async function migrate(sql: Sql, schema: string, migrations: Migration[]): Promise<void> {
  await sql`create table if not exists ${sql(schema)}.migration (
    name text primary key, checksum text not null, at timestamptz not null default clock_timestamp())`;
  const applied = await sql<{ name: string; checksum: string }[]>`
    select name, checksum from ${sql(schema)}.migration order by name`;
  for (const { name, checksum } of applied) refuseChanged(schema, name, checksum, migrations);
  const done = new Set(applied.map(({ name }) => name));
  for (const migration of migrations.filter(({ name }) => !done.has(name))) await apply(sql, schema, migration);
}

function refuseChanged(schema: string, name: string, checksum: string, migrations: Migration[]): void {
  const now = migrations.find((migration) => migration.name === name);
  // A newer release has been here: its tables are compatible with this one (expand, then contract).
  if (!now && name > (migrations.at(-1)?.name ?? '')) return;
  if (now?.checksum === checksum) return;
  throw new Error(
    `Migration ${schema}/${name} was applied to this database and has been ${now ? 'changed' : 'removed'} since: ` +
      'restore the file and write the change as a new migration',
  );
}

async function apply(sql: Sql, schema: string, { name, text, checksum }: Migration): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      await tx`select set_config('search_path', ${schema}, true)`;
      await tx.unsafe(text).simple();
      await tx`insert into ${tx(schema)}.migration (name, checksum) values (${name}, ${checksum})`;
    });
  } catch (cause) {
    throw new Error(`Migration ${schema}/${name} failed: ${(cause as Error).message}`, { cause });
  }
}
