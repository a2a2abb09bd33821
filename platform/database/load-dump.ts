import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { type DatabaseDump, type DumpedTable, type DumpOptions, LineCount, unhurried } from './dump.ts';
import { openDatabase } from './pool.ts';
import type { Sql } from './sql.ts';

/** The dump cannot be put into this database; the text says why and what to do. */
export class LoadRefused extends Error {
  override name = 'LoadRefused';
}

/** By so much sequences go on behind where they stood: what they gave out after the backup is not given out again. */
const SEQUENCE_LEAP = 10_000;

/**
 * Fills the tables of a database that was just prepared (`prepareDatabase`) with a dump of `dumpDatabase`. All of a schema or
 * nothing of it. Positions in the feed belong to the cluster they were taken in: they begin anew (`bus.renew_epoch`).
 * @throws LoadRefused when the release does not know the dump's migrations, or a file is not what the dump says
 */
export async function loadDump(
  { migrations, tables, sequences }: DatabaseDump,
  { adminUrl, rooms, folder }: DumpOptions,
): Promise<void> {
  const owners = [{ name: 'bus', url: adminUrl }, ...rooms];
  for (const { name, url } of owners) {
    const { sql, end } = openDatabase({ url, room: name, role: 'restore', max: 1 });
    try {
      await unhurried(sql);
      await refuseUnknownMigrations(sql, name, migrations[name] ?? []);
      await sql.begin(async (tx) => {
        const mine = tables.filter(({ schema }) => schema === name);
        for (const table of await parentsFirst(tx, name, mine)) await loadTable(tx, table, folder);
        if (name === 'bus') await beginFeedAnew(tx);
        for (const { schema, sequence, last } of sequences) {
          if (schema === name && last !== null) {
            await tx`select setval(${`${schema}.${sequence}`}::regclass, ${last}::int8 + ${SEQUENCE_LEAP})`;
          }
        }
      });
      await sql`analyze`;
    } finally {
      await end();
    }
  }
}

/** Also in the cluster that the dump came from: rows were stamped there by transactions that have long ended. */
async function beginFeedAnew(tx: Sql): Promise<void> {
  await tx`select bus.renew_epoch()`;
  await tx`update bus.cursor set xid = '0', seq = 0, epoch = bus.system_identifier()`;
}

async function refuseUnknownMigrations(sql: Sql, schema: string, dumped: readonly string[]): Promise<void> {
  const rows = await sql<{ name: string }[]>`select name from ${sql(schema)}.migration`;
  const known = new Set(rows.map(({ name }) => name));
  const unknown = dumped.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new LoadRefused(
    `The backup holds ${schema}/${unknown}, which this release does not know: restore with the release that made it, or a newer one.`,
  );
}

/** A row's parents must be there before it. */
async function parentsFirst(tx: Sql, schema: string, tables: readonly DumpedTable[]): Promise<DumpedTable[]> {
  const references = await tx<{ child: string; parent: string }[]>`
    select c.relname as child, p.relname as parent from pg_constraint f
    join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
    where f.contype = 'f' and f.connamespace = ${schema}::regnamespace and c.oid <> p.oid`;
  const sorted: DumpedTable[] = [];
  const visit = (name: string): void => {
    if (sorted.some(({ table }) => table === name)) return;
    for (const { child, parent } of references) if (child === name) visit(parent);
    const found = tables.find(({ table }) => table === name);
    if (found) sorted.push(found);
  };
  for (const { table } of tables) visit(table);
  return sorted;
}

async function loadTable(tx: Sql, { schema, table, columns, rows, file }: DumpedTable, folder: string): Promise<void> {
  const name = tx(`${schema}.${table}`);
  // What the migrations put there is in the dump as well.
  const [filled] = await tx`select from ${name} limit 1`;
  if (filled) await tx`truncate ${name} cascade`;
  const lines = new LineCount();
  const into = await tx`copy ${name} (${tx(columns)}) from stdin`.writable();
  await pipeline(createReadStream(join(folder, file)), createZstdDecompress(), lines, into);
  const [counted] = await tx<{ count: number }[]>`select count(*) from ${name}`;
  if (counted!.count === rows && lines.count === rows) return;
  throw new LoadRefused(`${schema}.${table} has ${counted!.count} rows after the load instead of ${rows}.`);
}
