import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type AuditNote, note } from './audit.ts';
import type { Caller, Desk } from './desk.ts';
import { noteSignIn } from './people-store.ts';
import type { PersonRow } from './person.ts';
import { revoke } from './revoke.ts';
import { hashSecret, newSecret } from './secret.ts';
import { deleteSession, findSession, insertSession, prolongSession, type SessionRow } from './session-store.ts';

/** A session that nobody uses ends after this. */
export const SESSION_DAYS = 30;

/** A person who has just signed in, with the value of their session cookie. */
export interface SignedIn {
  person: PersonRow;
  sessionToken: string;
}

/** Opens a session and ends the one that the browser had: a value that was known before the sign-in is worth nothing after. */
export async function openSession(tx: Sql, person: PersonRow, caller: Caller, event: string): Promise<SignedIn> {
  await endSession(tx, caller);
  const secret = newSecret();
  await insertSession(tx, { id: newId(), tokenHash: secret.hash, personId: person.id, days: SESSION_DAYS });
  await noteSignIn(tx, person.id);
  await note(tx, { event, personId: person.id, address: caller.address } satisfies AuditNote);
  return { person, sessionToken: secret.text };
}

/** Whose session the cookie is; null when it is none. */
export async function currentSession(sql: Sql, { sessionToken }: Caller): Promise<SessionRow | null> {
  if (!sessionToken) return null;
  const session = await findSession(sql, hashSecret(sessionToken));
  if (session) await prolongSession(sql, session.sessionId, SESSION_DAYS);
  return session;
}

async function endSession(tx: Sql, { sessionToken }: Caller): Promise<string | null> {
  const ended = sessionToken ? await deleteSession(tx, hashSecret(sessionToken)) : null;
  if (!ended) return null;
  await revoke(tx, ended.personId, [ended.id]);
  return ended.personId;
}

/** Ends this browser's session; its tokens are void everywhere within two seconds. */
export async function signOut({ sql, bus }: Desk, caller: Caller): Promise<void> {
  await sql.begin(async (tx) => {
    const personId = await endSession(tx, caller);
    if (personId) await note(tx, { event: 'sign_out', personId, address: caller.address });
  });
  bus.hint();
}
