import type { Sql } from '#platform/database';
import type { PersonRow } from './person.ts';

export async function insertSession(
  sql: Sql,
  session: { id: string; tokenHash: Buffer; personId: string; days: number },
): Promise<void> {
  await sql`
    insert into session (id, token_hash, person_id, expires_at)
    values (${session.id}, ${session.tokenHash}, ${session.personId}, platform.now() + ${session.days} * interval '1 day')`;
}

export type SessionRow = PersonRow & { sessionId: string; now: string };

/**
 * The person behind a session, and the database's time. The rows stay shared-locked to the end of the statement: who
 * revokes waits for it, and dates the revocation later than any token that was made here.
 */
export async function findSession(sql: Sql, tokenHash: Buffer): Promise<SessionRow | null> {
  const [row] = await sql<SessionRow[]>`
    select session.id as "sessionId", platform.now() as now, person.id, kind, name, email,
      email_confirmed as "emailConfirmed", roles, client_id as "clientId", person.created_at as "createdAt",
      last_sign_in_at as "lastSignInAt", deactivated_at as "deactivatedAt"
    from session join person on person.id = person_id
    where token_hash = ${tokenHash} and session.expires_at > platform.now() and deactivated_at is null
    for share`;
  return row ?? null;
}

/** A session that is used lives on; written at most once in ten minutes. */
export async function prolongSession(sql: Sql, id: string, days: number): Promise<void> {
  await sql`
    update session set used_at = platform.now(), expires_at = platform.now() + ${days} * interval '1 day'
    where id = ${id} and used_at < platform.now() - interval '10 minutes'`;
}

export async function deleteSession(sql: Sql, tokenHash: Buffer): Promise<{ id: string; personId: string } | null> {
  const [row] = await sql<{ id: string; personId: string }[]>`
    delete from session where token_hash = ${tokenHash} returning id, person_id as "personId"`;
  return row ?? null;
}

export async function deleteSessionsOf(sql: Sql, personId: string): Promise<void> {
  await sql`delete from session where person_id = ${personId}`;
}

/** When it was said; tokens issued before are void. */
export async function insertRevocation(sql: Sql, personId: string, credentials: readonly string[]): Promise<string> {
  const [row] = await sql<{ at: string }[]>`
    insert into revocation (person_id, credentials) values (${personId}, ${credentials as string[]}) returning at`;
  return row!.at;
}

export async function listRevocations(
  sql: Sql,
  seconds: number,
): Promise<{ personId: string; credentials: string[]; before: string }[]> {
  return sql<{ personId: string; credentials: string[]; before: string }[]>`
    select person_id as "personId", credentials, at as before from revocation
    where at > platform.now() - ${seconds} * interval '1 second' order by at limit 10000`;
}

export async function insertLink(
  sql: Sql,
  link: { tokenHash: Buffer; purpose: string; personId: string | null; email: string | null; minutes: number },
): Promise<void> {
  await sql`
    insert into link (token_hash, purpose, person_id, email, expires_at)
    values (${link.tokenHash}, ${link.purpose}, ${link.personId}, ${link.email},
      platform.now() + ${link.minutes} * interval '1 minute')`;
}

export interface LinkRow {
  personId: string | null;
  email: string | null;
}

/** Uses the link up; null when it is unknown, used or old. */
export async function takeLink(sql: Sql, tokenHash: Buffer, purpose: string): Promise<LinkRow | null> {
  const [row] = await sql<LinkRow[]>`
    delete from link where token_hash = ${tokenHash} and purpose = ${purpose} and expires_at > platform.now()
    returning person_id as "personId", email`;
  return row ?? null;
}

export async function dropLinks(sql: Sql, purpose: string, personId: string | null): Promise<void> {
  await sql`delete from link where purpose = ${purpose} and person_id is not distinct from ${personId}`;
}

export interface AttemptRow {
  count: number;
  waitSeconds: number;
}

/** Counts one more try; a window that is over starts anew. */
export async function countAttempt(sql: Sql, subject: string, windowSeconds: number): Promise<AttemptRow> {
  const [row] = await sql<AttemptRow[]>`
    insert into attempt (subject, count, resets_at)
    values (${subject}, 1, platform.now() + ${windowSeconds} * interval '1 second')
    on conflict (subject) do update set
      count = case when attempt.resets_at <= platform.now() then 1 else attempt.count + 1 end,
      resets_at = case when attempt.resets_at <= platform.now() then excluded.resets_at else attempt.resets_at end
    returning count, extract(epoch from resets_at - platform.now())::float8 as "waitSeconds"`;
  return row!;
}

export async function giveBackAttempt(sql: Sql, subject: string): Promise<void> {
  await sql`update attempt set count = greatest(0, count - 1) where subject = ${subject}`;
}

export async function clearAttempts(sql: Sql, subject: string): Promise<void> {
  await sql`delete from attempt where subject = ${subject}`;
}

export interface SignOnRow {
  nonce: string;
  codeVerifier: string;
  returnTo: string;
}

export async function insertSignOn(
  sql: Sql,
  signOn: SignOnRow & { stateHash: Buffer; browserHash: Buffer },
): Promise<void> {
  await sql`
    insert into sign_on (state_hash, browser_hash, nonce, code_verifier, return_to, expires_at)
    values (${signOn.stateHash}, ${signOn.browserHash}, ${signOn.nonce}, ${signOn.codeVerifier}, ${signOn.returnTo},
      platform.now() + interval '10 minutes')`;
}

export async function takeSignOn(sql: Sql, stateHash: Buffer, browserHash: Buffer): Promise<SignOnRow | null> {
  const [row] = await sql<SignOnRow[]>`
    delete from sign_on
    where state_hash = ${stateHash} and browser_hash = ${browserHash} and expires_at > platform.now()
    returning nonce, code_verifier as "codeVerifier", return_to as "returnTo"`;
  return row ?? null;
}
