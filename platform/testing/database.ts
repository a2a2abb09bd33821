import { randomBytes } from 'node:crypto';
import {
  databaseUrl,
  openDatabase,
  preparationFingerprint,
  prepareDatabase,
  type RoomSpec,
  roomUrl,
  type Sql,
} from '#platform/database';
import { startTestServer, type TestServer } from './server.ts';

export interface TestDatabase {
  /** Address for the room's role; with `admin` it is the administrator's. */
  url(room: string): string;
  adminUrl: string;
  /** A pool of the room, closed by `close`. */
  sql(room: string): Sql;
  /** Closes the pools and drops the database. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions {
  rooms: RoomSpec[];
  /**
   * A server for this database alone. Needed where the feed's progress is asserted: a write transaction in any database of
   * a server holds back the feeds of all.
   */
  ownServer?: boolean;
}

const TEMPLATE_LOCK = 4_211_930_077;
const PASSWORD = 'only-for-tests';

/**
 * A database with these rooms, prepared as in production, for one test file. The first call with these rooms and
 * migrations builds a template; each call clones it (about 30 ms).
 */
export async function testDatabase({ rooms, ownServer = false }: TestDatabaseOptions): Promise<TestDatabase> {
  const server = ownServer ? await startTestServer() : await sharedServer();
  const maintenance = openDatabase({ url: server.url, room: 'testing', max: 1 });
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = await buildTemplate(maintenance.sql, server.url, rooms);
  await maintenance.sql`create database ${maintenance.sql(name)} template ${maintenance.sql(template)}`;
  await grantAgain(maintenance.sql, name, rooms);
  const adminUrl = databaseUrl(server.url, name);
  const url = (room: string) => roomUrl(adminUrl, room, PASSWORD);
  const pools = new Map<string, ReturnType<typeof openDatabase>>();
  return {
    url,
    adminUrl,
    sql(room) {
      const pool = pools.get(room) ?? openDatabase({ url: url(room), room, role: 'test' });
      pools.set(room, pool);
      return pool.sql;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await maintenance.sql`drop database ${maintenance.sql(name)} with (force)`;
      await maintenance.end();
      if (ownServer) await server.stop();
    },
  };
}

let shared: Promise<TestServer> | undefined;

/** The server that the runner started for all test processes, else one of this process, gone when the process is. */
function sharedServer(): Promise<TestServer> {
  const url = process.env['FORGELINE_TEST_POSTGRES'];
  if (url) return Promise.resolve({ url, stop: async () => {} });
  shared ??= startTestServer();
  return shared;
}

/** Many test processes ask at once: the first builds, the others wait for its lock (held in the maintenance database). */
async function buildTemplate(sql: Sql, serverUrl: string, rooms: RoomSpec[]): Promise<string> {
  const name = `template_${preparationFingerprint(rooms)}`;
  try {
    await sql`select pg_advisory_lock(${TEMPLATE_LOCK})`;
    const [known] = await sql`select from pg_database where datname = ${name} and datistemplate`;
    if (known) return name;
    await sql`drop database if exists ${sql(name)} with (force)`;
    await sql`create database ${sql(name)}`;
    const passwords = Object.fromEntries(rooms.map((room) => [room.name, PASSWORD]));
    await prepareDatabase({ adminUrl: databaseUrl(serverUrl, name), rooms, passwords });
    await sql`alter database ${sql(name)} is_template true`;
    return name;
  } finally {
    await sql`select pg_advisory_unlock_all()`;
  }
}

/** A clone does not inherit who may connect. */
async function grantAgain(sql: Sql, name: string, rooms: RoomSpec[]): Promise<void> {
  await sql`revoke all on database ${sql(name)} from public`;
  for (const room of rooms) await sql`grant connect on database ${sql(name)} to ${sql(room.name)}`;
}
