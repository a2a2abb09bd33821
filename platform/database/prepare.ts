import { createHash } from 'node:crypto';
import { EVENT_OWNERS } from '#contracts/events';
import { grantFeed } from './feed-walls.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { openDatabase } from './pool.ts';
import type { Sql } from './sql.ts';
import { roomUrl } from './url.ts';
import { buildFoundation, buildRoom, changePassword, refuseWeakAdmin } from './walls.ts';

export interface RoomSpec {
  /** Also its schema's and its database role's name. */
  name: string;
  /** Folder of `NNNN-name.sql` files, run as the room's own role in its own schema. */
  migrations: URL;
  /** Owners of events it may read: `order`, `quote` … Besides these it reads `person` and its own. */
  hears: string[];
  /** Owners that it may append as. Default: those that `#contracts/events` gives it. */
  says?: string[];
}

export interface PrepareOptions {
  /** Somebody who may create roles and schemas in this database; need not be a superuser. */
  adminUrl: string;
  rooms: RoomSpec[];
  /** By room. A role that refuses its password gets this one. */
  passwords: Record<string, string>;
}

const PLATFORM_MIGRATIONS = new URL('./migrations/', import.meta.url);
const BUS_MIGRATIONS = new URL('../bus/migrations/', import.meta.url);
/** Any constant: everyone who prepares this database waits for the same lock. */
const LOCK = 7_305_190_421;

/**
 * Makes a database fit for these rooms: their walls, the platform's and the bus's schema, every migration. Safe to run
 * again and by several processes at once: they wait for each other. Throws, naming the right or the file, when it cannot.
 */
export async function prepareDatabase({ adminUrl, rooms, passwords }: PrepareOptions): Promise<void> {
  const admin = openDatabase({ url: adminUrl, room: 'migrate', max: 1 });
  try {
    await unhurried(admin.sql);
    await admin.sql`select pg_advisory_lock(${LOCK})`;
    await refuseWeakAdmin(admin.sql);
    await buildFoundation(admin.sql);
    await migrate(admin.sql, 'platform', readMigrations(PLATFORM_MIGRATIONS));
    await migrate(admin.sql, 'bus', readMigrations(BUS_MIGRATIONS));
    await countStatements(admin.sql);
    for (const room of rooms) await prepareRoom(admin.sql, adminUrl, room, passwords);
  } finally {
    await admin.end();
  }
}

/** Changes whenever `prepareDatabase` would make something else of an empty database. */
export function preparationFingerprint(rooms: RoomSpec[]): string {
  const folders = [PLATFORM_MIGRATIONS, BUS_MIGRATIONS, ...rooms.map(({ migrations }) => migrations)];
  const checksums = folders.map((folder) => readMigrations(folder).map(({ name, checksum }) => [name, checksum]));
  const content = JSON.stringify([rooms, checksums]);
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** For `npm run slow-queries`. Where it may not be made, or is not installed, only that report is missing. */
async function countStatements(admin: Sql): Promise<void> {
  try {
    await admin`create extension if not exists pg_stat_statements schema platform`;
  } catch (error) {
    if (!NOT_TO_BE_HAD.includes((error as { code?: string }).code ?? '')) throw error;
  }
}

/** insufficient_privilege, feature_not_supported, undefined_file */
const NOT_TO_BE_HAD = ['42501', '0A000', '58P01'];

/** Waiting for the lock and filling a new column take as long as they take. */
async function unhurried(sql: Sql): Promise<void> {
  await sql`select set_config(name, '0', false)
    from unnest(array['statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout']) as name`;
}

async function prepareRoom(
  admin: Sql,
  adminUrl: string,
  room: RoomSpec,
  passwords: Record<string, string>,
): Promise<void> {
  const password = passwords[room.name];
  if (!password) throw new Error(`No password was given for the database role of room ${room.name}`);
  const own = room.says ?? ownedEvents(room.name);
  await buildRoom(admin, room.name, password);
  await grantFeed(admin, room.name, { reads: [...new Set([...room.hears, ...own, 'person'])], writes: own });
  await migrateAsRoom(admin, roomUrl(adminUrl, room.name, password), room, password);
}

function ownedEvents(room: string): string[] {
  return Object.entries(EVENT_OWNERS)
    .filter(([, owner]) => owner === room)
    .map(([event]) => event);
}

async function migrateAsRoom(admin: Sql, url: string, room: RoomSpec, password: string): Promise<void> {
  const migrations = readMigrations(room.migrations);
  try {
    await migrateWith(url, room.name, migrations);
  } catch (error) {
    if ((error as { code?: string }).code !== WRONG_PASSWORD) throw error;
    await changePassword(admin, room.name, password);
    await migrateWith(url, room.name, migrations);
  }
}

const WRONG_PASSWORD = '28P01';

async function migrateWith(url: string, schema: string, migrations: Migration[]): Promise<void> {
  const { sql, end } = openDatabase({ url, room: schema, role: 'migrate', max: 1 });
  try {
    await unhurried(sql);
    await migrate(sql, schema, migrations);
  } finally {
    await end();
  }
}
