import type { Role } from '#contracts/basics';
import type { Actor, Person, PersonRecord } from '#contracts/identity';

/** A person as the table holds it. */
export interface PersonRow {
  id: string;
  kind: 'guest' | 'member' | 'invited' | 'registered';
  name: string;
  email: string | null;
  emailConfirmed: boolean;
  roles: Role[];
  clientId: string | null;
  createdAt: string;
  lastSignInAt: string | null;
  deactivatedAt: string | null;
}

/** One spelling per address: nobody owns `Anna@x.org` beside `anna@x.org`. */
export function plainEmail(email: string): string {
  return email.trim().toLowerCase();
}

export function personView({ id, kind, name, email, emailConfirmed, roles, clientId }: PersonRow): Person {
  return { id, name, email, emailConfirmed, roles, clientId, guest: kind === 'guest' };
}

export function personRecord(row: PersonRow): PersonRecord {
  const { kind, createdAt, lastSignInAt, deactivatedAt } = row;
  return { ...personView(row), kind, createdAt, lastSignInAt, deactivatedAt };
}

export function personActor({ id, name, roles, clientId }: PersonRow, sessionId: string): Actor {
  return { id, name, roles, credential: sessionId, scopes: [], ...(clientId ? { clientId } : {}) };
}

/** A partner's person acts for a client; nobody else does. */
export function clientFitsRoles(roles: readonly Role[], clientId: string | undefined): boolean {
  return roles.includes('partner') === (clientId !== undefined);
}
