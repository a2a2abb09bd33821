import type { Role } from '#contracts/basics';
import type { Sql } from '#platform/database';
import type { PersonRow } from './person.ts';

const columns = (sql: Sql) => sql`
  id, kind, name, email, email_confirmed as "emailConfirmed", roles, client_id as "clientId", created_at as "createdAt",
  last_sign_in_at as "lastSignInAt", deactivated_at as "deactivatedAt"`;

export interface NewPerson {
  id: string;
  kind: PersonRow['kind'];
  name: string;
  email?: string | null;
  emailConfirmed?: boolean;
  phone?: string;
  roles: readonly Role[];
  clientId?: string | null;
  passwordHash?: string | null;
}

/** Null when the address is another person's. */
export async function insertPerson(sql: Sql, person: NewPerson): Promise<PersonRow | null> {
  const [row] = await sql<PersonRow[]>`
    insert into person (id, kind, name, email, email_confirmed, phone, roles, client_id, password_hash)
    values (${person.id}, ${person.kind}, ${person.name}, ${person.email ?? null}, ${person.emailConfirmed ?? false},
      ${person.phone ?? ''}, ${person.roles as Role[]}, ${person.clientId ?? null}, ${person.passwordHash ?? null})
    on conflict do nothing
    returning ${columns(sql)}`;
  return row ?? null;
}

export async function findPerson(sql: Sql, id: string): Promise<PersonRow | null> {
  const [row] = await sql<PersonRow[]>`select ${columns(sql)} from person where id = ${id}`;
  return row ?? null;
}

/** The same, and nobody else changes the person until the transaction ends. */
export async function lockPerson(sql: Sql, id: string): Promise<PersonRow | null> {
  const [row] = await sql<PersonRow[]>`select ${columns(sql)} from person where id = ${id} for update`;
  return row ?? null;
}

/** True while nobody was ever here, guests included. */
export async function nobodyYet(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ empty: boolean }[]>`select not exists (select from person) as empty`;
  return row!.empty;
}

/** Whose confirmed (or invited) address this is. */
export async function findByEmail(
  sql: Sql,
  email: string,
): Promise<(PersonRow & { passwordHash: string | null }) | null> {
  const [row] = await sql<(PersonRow & { passwordHash: string | null })[]>`
    select ${columns(sql)}, password_hash as "passwordHash"
    from person where email = ${email} and (email_confirmed or kind = 'invited')`;
  return row ?? null;
}

export async function findRegistered(sql: Sql, email: string): Promise<PersonRow | null> {
  const [row] = await sql<
    PersonRow[]
  >`select ${columns(sql)} from person where email = ${email} and kind = 'registered'`;
  return row ?? null;
}

export async function passwordOf(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql<{ hash: string | null }[]>`select password_hash as hash from person where id = ${id}`;
  return row?.hash ?? null;
}

/** A guest or an invited person becomes a member. */
export async function becomeMember(
  sql: Sql,
  id: string,
  member: { name: string; email: string; emailConfirmed: boolean; passwordHash: string | null },
): Promise<PersonRow> {
  const [row] = await sql<PersonRow[]>`
    update person set kind = 'member', name = ${member.name}, email = ${member.email},
      email_confirmed = ${member.emailConfirmed}, password_hash = ${member.passwordHash}
    where id = ${id} returning ${columns(sql)}`;
  return row!;
}

/** False when the address has become another person's meanwhile. */
export async function confirmEmail(sql: Sql, id: string, email: string): Promise<boolean> {
  const done = await sql`
    update person set email_confirmed = true
    where id = ${id} and email = ${email}
      and not exists (
        select from person other where other.email = ${email} and other.id <> ${id}
          and (other.email_confirmed or other.kind = 'invited'))`;
  return done.count > 0;
}

export async function setPassword(sql: Sql, id: string, passwordHash: string): Promise<void> {
  await sql`update person set password_hash = ${passwordHash} where id = ${id}`;
}

export async function setRoles(
  sql: Sql,
  id: string,
  roles: readonly Role[],
  clientId: string | null,
): Promise<PersonRow> {
  const [row] = await sql<PersonRow[]>`
    update person set roles = ${roles as Role[]}, client_id = ${clientId} where id = ${id} returning ${columns(sql)}`;
  return row!;
}

export async function setActive(sql: Sql, id: string, active: boolean): Promise<PersonRow> {
  const [row] = await sql<PersonRow[]>`
    update person set deactivated_at = case when ${active} then null else platform.now() end
    where id = ${id} returning ${columns(sql)}`;
  return row!;
}

export async function noteSignIn(sql: Sql, id: string): Promise<void> {
  await sql`update person set last_sign_in_at = platform.now() where id = ${id}`;
}

/** Whoever makes or unmakes an admin waits here for the others: two must not remove each other at once. */
export async function lockAdmins(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('identity.admins', 0))`;
}

/** Call it under `lockAdmins`. */
export async function countActiveAdmins(tx: Sql): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select count(*) from person where 'admin' = any (roles) and kind = 'member' and deactivated_at is null`;
  return row!.count;
}

export interface PeopleFilter {
  search?: string;
  role?: Role;
  after?: { createdAt: string; id: string };
  limit: number;
}

/** Newest first. Guests are left out: they are many and say nothing. */
export async function listPeople(sql: Sql, { search, role, after, limit }: PeopleFilter): Promise<PersonRow[]> {
  const pattern = search ? `%${search.replaceAll(/[\\%_]/g, '\\$&')}%` : null;
  return sql<PersonRow[]>`
    select ${columns(sql)} from person
    where kind <> 'guest'
      ${role ? sql`and roles @> ${[role]}` : sql``}
      ${pattern ? sql`and (name ilike ${pattern} or email ilike ${pattern})` : sql``}
      ${after ? sql`and (created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)` : sql``}
    order by created_at desc, id desc limit ${limit}`;
}

export async function listStaff(
  sql: Sql,
  roles: readonly Role[],
): Promise<{ id: string; name: string; roles: Role[] }[]> {
  return sql<{ id: string; name: string; roles: Role[] }[]>`
    select id, name, roles from person
    where kind = 'member' and deactivated_at is null and roles && ${roles as Role[]}
    order by name, id limit 1000`;
}

export async function findExternal(sql: Sql, issuer: string, subject: string): Promise<PersonRow | null> {
  const [row] = await sql<PersonRow[]>`
    select ${columns(sql)} from person
    where id = (select person_id from external_login where issuer = ${issuer} and subject = ${subject})`;
  return row ?? null;
}

export async function linkExternal(sql: Sql, issuer: string, subject: string, personId: string): Promise<void> {
  await sql`
    insert into external_login (issuer, subject, person_id) values (${issuer}, ${subject}, ${personId})
    on conflict do nothing`;
}
