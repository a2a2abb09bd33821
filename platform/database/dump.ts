import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { openDatabase } from './pool.ts';
import type { Sql } from './sql.ts';

/** One table in a backup: `<schema>.<table>.zst`, PostgreSQL's text format of COPY. */
export interface DumpedTable {
  schema: string;
  table: string;
  columns: string[];
  rows: number;
  file: string;
  /** Of the file as it lies there. */
  bytes: number;
  sha256: string;
}

export interface DumpedSequence {
  schema: string;
  sequence: string;
  /** Null: never asked for a number. */
  last: string | null;
}

/** Everything of one database at one moment. Its tables are made by migrations; here is what is in them. */
export interface DatabaseDump {
  /** The database's clock at that moment. */
  at: string;
  /** Of PostgreSQL, for people. */
  serverVersion: string;
  /** Names of the migrations by schema: a restore needs a release that knows them. */
  migrations: Record<string, string[]>;
  tables: DumpedTable[];
  sequences: DumpedSequence[];
}

export interface DumpOptions {
  /** Owns the schema `bus`. */
  adminUrl: string;
  /** Who owns which schema: a room's name and its address. */
  rooms: readonly { name: string; url: string }[];
  /** Must be there; files are readable by their owner only. */
  folder: string;
}

const BUS = 'bus';

/**
 * Writes every table of these rooms and of the bus as of one moment, while others read and write: one snapshot, held by a
 * transaction that only reads, so that it holds back no reader of the feed.
 */
export async function dumpDatabase({ adminUrl, rooms, folder }: DumpOptions): Promise<DatabaseDump> {
  const admin = openDatabase({ url: adminUrl, room: 'backup', max: 1 });
  try {
    await unhurried(admin.sql);
    return await admin.sql.begin(READING, async (tx) => {
      const [moment] = await tx<{ snapshot: string; at: string; version: string }[]>`
        select pg_export_snapshot() as snapshot, clock_timestamp() as at, current_setting('server_version') as version`;
      const { snapshot, at, version } = moment!;
      const parts = [await dumpSchema(tx, BUS, folder)];
      for (const { name, url } of rooms) parts.push(await dumpRoom(name, url, snapshot, folder));
      return {
        at,
        serverVersion: version,
        migrations: Object.assign({}, ...parts.map(({ migrations }) => migrations)) as Record<string, string[]>,
        tables: parts.flatMap(({ tables }) => tables),
        sequences: parts.flatMap(({ sequences }) => sequences),
      };
    });
  } finally {
    await admin.end();
  }
}

const READING = 'isolation level repeatable read read only';

/** A large table takes as long as it takes. */
export async function unhurried(sql: Sql): Promise<void> {
  await sql`select set_config(name, '0', false)
    from unnest(array['statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout']) as name`;
}

type SchemaDump = Pick<DatabaseDump, 'migrations' | 'tables' | 'sequences'>;

async function dumpRoom(room: string, url: string, snapshot: string, folder: string): Promise<SchemaDump> {
  const { sql, end } = openDatabase({ url, room, role: 'backup', max: 1 });
  try {
    await unhurried(sql);
    return await sql.begin(READING, async (tx) => {
      await tx.unsafe(`set transaction snapshot '${snapshot}'`);
      return dumpSchema(tx, room, folder);
    });
  } finally {
    await end();
  }
}

async function dumpSchema(tx: Sql, schema: string, folder: string): Promise<SchemaDump> {
  const applied = await tx<{ name: string }[]>`select name from ${tx(schema)}.migration order by name`;
  const tables: DumpedTable[] = [];
  for (const { table, columns } of await tablesOf(tx, schema)) {
    tables.push(await dumpTable(tx, schema, table, columns, folder));
  }
  const sequences = await tx<DumpedSequence[]>`
    select schemaname as schema, sequencename as sequence, last_value::text as last from pg_sequences
    where schemaname = ${schema} order by sequencename`;
  return { migrations: { [schema]: applied.map(({ name }) => name) }, tables, sequences: [...sequences] };
}

/**
 * What a migration or a start makes anew is left out: the migrations' own list, generated columns, and tables that are not
 * logged, which a crash may empty.
 */
async function tablesOf(tx: Sql, schema: string): Promise<{ table: string; columns: string[] }[]> {
  return tx<{ table: string; columns: string[] }[]>`
    select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = ${schema}::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
      and c.relname <> 'migration' and a.attgenerated = ''
    group by c.relname order by c.relname`;
}

async function dumpTable(
  tx: Sql,
  schema: string,
  table: string,
  columns: string[],
  folder: string,
): Promise<DumpedTable> {
  const file = `${schema}.${table}.zst`;
  const lines = new LineCount();
  const written = new Digest();
  const rows = await tx`copy ${tx(`${schema}.${table}`)} (${tx(columns)}) to stdout`.readable();
  await pipeline(
    rows,
    lines,
    compressed(),
    written,
    createWriteStream(join(folder, file), { mode: 0o600, flush: true }),
  );
  // postgres.js (3.4) pauses its socket when this stream is full and goes on when it is read: not after its last byte.
  rows._read(0);
  return { schema, table, columns, rows: lines.count, file, bytes: written.bytes, sha256: written.sha256 };
}

function compressed(): Transform {
  return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}

/** Rows of COPY's text format: a line break inside a value is escaped there. */
export class LineCount extends Transform {
  count = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.count++;
    done(null, chunk);
  }
}

/** SHA-256 and length of what passes; read them after the end. */
export class Digest extends Transform {
  readonly #hash = createHash('sha256');
  bytes = 0;
  sha256 = '';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: () => void): void {
    this.sha256 = this.#hash.digest('hex');
    done();
  }
}
