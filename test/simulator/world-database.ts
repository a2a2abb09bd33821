import { ROOM_NAMES, ROOMS, type RoomName } from '#app/rooms';
import { openDatabase, type Sql } from '#platform/database';
import { testDatabase } from '#platform/testing';
import type { Actor } from './actor.ts';
import type { Step } from './scheduler.ts';
import { type Connection, Connections } from './stepped-sql.ts';

/**
 * One real PostgreSQL with every room in it, for one world at a time. Ids that the database makes come from a counter, so that
 * they are the same for the same seed; nothing else is changed.
 */
export interface WorldDatabase {
  /** As administrator. */
  admin: Sql;
  connections: Record<RoomName, Connections>;
  /** Takes everything out that the world before has left. */
  empty(): Promise<void>;
  /** Those of these statements that wait for another's lock. */
  findBlocked(steps: readonly Step[]): Promise<Set<Step>>;
  /** What a dead process's connections do: their transactions are rolled back. */
  abandon(actor: Actor): Promise<void>;
  close(): Promise<void>;
}

export async function worldDatabase(): Promise<WorldDatabase> {
  const database = await testDatabase({ rooms: Object.values(ROOMS), ownServer: true });
  const { sql: admin, end } = openDatabase({ url: database.adminUrl, room: 'simulator', max: 2 });
  await quietServer(admin);
  await countedIds(admin);
  const connections = Object.fromEntries(
    ROOM_NAMES.map((room) => [room, new Connections(room, database.url(room))]),
  ) as Record<RoomName, Connections>;
  const emptying = await emptyingStatement(admin);

  return {
    admin,
    connections,
    async empty() {
      await admin.unsafe(emptying);
    },
    async findBlocked(steps) {
      const pids = steps.map(({ connection }) => (connection as Connection | null)?.pid ?? 0);
      const rows = await admin<{ pid: number }[]>`
        select pid from unnest(${pids}::int[]) pid where cardinality(pg_blocking_pids(pid)) > 0`;
      const blocked = new Set(rows.map(({ pid }) => pid));
      return new Set(steps.filter((_, index) => blocked.has(pids[index]!)));
    },
    async abandon(actor) {
      const running = actor.scheduler
        .runningOf(actor)
        .map(({ connection }) => (connection as Connection | null)?.pid ?? 0);
      if (running.length > 0) await admin`select pg_cancel_backend(pid) from unnest(${running}::int[]) pid`;
      for (const pool of Object.values(connections)) {
        for (const connection of pool.all.filter(({ owner }) => owner === actor)) {
          await connection.raw.unsafe('rollback');
          pool.give(connection);
        }
      }
    },
    async close() {
      await Promise.all(Object.values(connections).map((pool) => pool.end()));
      await end();
      await database.close();
    },
  };
}

/** Nothing of the server's own may hold back the feed's horizon or come between two statements. */
async function quietServer(admin: Sql): Promise<void> {
  await admin`alter system set autovacuum = off`;
  await admin`alter system set deadlock_timeout = '30ms'`;
  await admin`alter system set synchronous_commit = off`;
  await admin`select pg_reload_conf()`;
}

async function countedIds(admin: Sql): Promise<void> {
  await admin`create sequence platform.world_id`;
  await admin`
    create function platform.next_world_id() returns uuid language sql volatile security definer
    return ('00000000-0000-7000-8000-' || lpad(to_hex(nextval('platform.world_id')), 12, '0'))::uuid`;
  const columns = await admin<{ table: string; column: string }[]>`
    select format('%I.%I', table_schema, table_name) as table, column_name as column
    from information_schema.columns where column_default like '%uuidv7()%'`;
  for (const { table, column } of columns) {
    await admin.unsafe(`alter table ${table} alter column ${column} set default platform.next_world_id()`);
  }
}

/** One batch: the tables are small, and truncating a file costs more than deleting its rows. */
async function emptyingStatement(admin: Sql): Promise<string> {
  const tables = await admin<{ name: string; rows: boolean }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = any (${['bus', ...ROOM_NAMES]}) and tablename not in ('migration', 'migrations', 'epoch')
    order by 1`;
  const seeded: string[] = [];
  for (const { name } of tables) {
    const [row] = await admin.unsafe<{ filled: boolean }[]>(`select exists (select from ${name}) as filled`);
    if (row!.filled) seeded.push(name);
  }
  const sequences = await admin<{ name: string }[]>`
    select format('%I.%I', schemaname, sequencename) as name from pg_sequences
    where schemaname = any (${['bus', 'platform', ...ROOM_NAMES]})`;
  for (const name of seeded) {
    const copy = `platform.${name.replaceAll(/\W/g, '_')}_at_first`;
    await admin.unsafe(`create table ${copy} as table ${name}`);
  }
  const refill = seeded.map((name) => {
    const copy = `platform.${name.replaceAll(/\W/g, '_')}_at_first`;
    return `insert into ${name} select * from ${copy}`;
  });
  return [
    // The ledgers are append-only, and tables refer to each other.
    'set session_replication_role = replica',
    ...tables.map(({ name }) => `delete from ${name}`),
    ...refill,
    ...sequences.map(({ name }) => `select setval('${name}', 1000, false)`),
    'set session_replication_role = origin',
  ].join(';\n');
}
