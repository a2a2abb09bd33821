import { scramVerifier } from './password.ts';
import type { Sql } from './sql.ts';

/** Throws, naming every missing right and how to give it. */
export async function refuseWeakAdmin(admin: Sql): Promise<void> {
  const [row] = await admin<{ name: string; database: string; createsRoles: boolean; owns: boolean; major: number }[]>`
    select current_user as name, current_database() as database,
           rolsuper or rolcreaterole as "createsRoles",
           rolsuper or pg_has_role(datdba, 'member') as owns,
           current_setting('server_version_num')::int / 10000 as major
    from pg_roles, pg_database where rolname = current_user and datname = current_database()`;
  const { name, database, createsRoles, owns, major } = row!;
  const missing = [
    major < 18 && `PostgreSQL 18 or newer (this is ${major})`,
    !createsRoles && `the right to create roles (alter role "${name}" createrole)`,
    !owns && `ownership of the database (alter database "${database}" owner to "${name}")`,
  ].filter((lack) => lack !== false);
  if (missing.length === 0) return;
  throw new Error(`The user "${name}" cannot prepare the database "${database}"; missing: ${missing.join('; ')}`);
}

/** What all rooms stand on: nobody may anything by default, and one group for those who use the bus. */
export async function buildFoundation(admin: Sql): Promise<void> {
  await createRole(admin, 'bus_user', 'nologin');
  await revokeFromPublic(admin);
  await admin`create schema if not exists platform`;
  await admin`create schema if not exists bus`;
  await admin`grant usage on schema bus to bus_user`;
}

/** A clone made from a template loses these, as they belong to the database and not to what is in it. */
export async function revokeFromPublic(admin: Sql): Promise<void> {
  const database = await currentDatabase(admin);
  await admin`revoke all on database ${admin(database)} from public`;
  await admin`revoke all on schema public from public`;
}

export async function grantConnect(admin: Sql, room: string): Promise<void> {
  await admin`grant connect on database ${admin(await currentDatabase(admin))} to ${admin(room)}`;
}

/** The room's role and schemas: they are the only ones where it may create or read a table. */
export async function buildRoom(admin: Sql, room: string, password: string): Promise<void> {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(room)) throw new Error(`"${room}" cannot be the name of a room`);
  await createRole(admin, room, `login password '${scramVerifier(password)}'`);
  await inSharedCatalogue(async () => {
    await admin`grant bus_user to ${admin(room)}`;
    await admin`grant ${admin(room)} to current_user with inherit false, set true`;
    // Not "in database": that setting would be lost in clones.
    await admin`alter role ${admin(room)} set search_path = ${admin(room)}`;
  });
  await grantConnect(admin, room);
  await admin`create schema if not exists ${admin(room)} authorization ${admin(room)}`;
  // Where tables are made anew while those in use serve on.
  await admin`create schema if not exists ${admin(`${room}_rebuild`)} authorization ${admin(room)}`;
}

export async function changePassword(admin: Sql, room: string, password: string): Promise<void> {
  const options = admin.unsafe(`password '${scramVerifier(password)}'`);
  await inSharedCatalogue(() => admin`alter role ${admin(room)} ${options}`);
}

function createRole(admin: Sql, name: string, options: string): Promise<void> {
  return inSharedCatalogue(async () => {
    const [known] = await admin`select from pg_roles where rolname = ${name}`;
    if (!known) await admin`create role ${admin(name)} ${admin.unsafe(options)}`;
  });
}

/** Roles belong to the whole server: whoever prepares another database of it may change the same one at this moment. */
async function inSharedCatalogue(change: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await change();
      return;
    } catch (error) {
      if (attempt === 10 || !isRace(error as { code?: string; message: string })) throw error;
    }
  }
}

function isRace({ code, message }: { code?: string; message: string }): boolean {
  return code === '42710' || code === '23505' || message.includes('concurrently updated');
}

async function currentDatabase(admin: Sql): Promise<string> {
  const [row] = await admin<{ name: string }[]>`select current_database() as name`;
  return row!.name;
}
