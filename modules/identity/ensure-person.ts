import type { Role } from '#contracts/basics';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { hashPassword } from './password.ts';
import { findByEmail, insertPerson } from './people-store.ts';
import { plainEmail } from './person.ts';

export interface EnsuredPerson {
  email: string;
  name: string;
  roles: Role[];
  /** As it is: no rules for demo and test. */
  password: string;
  /** With the role `partner`, and only with it. */
  clientId?: string;
}

/** A member with a confirmed address, for seeds. One who exists is left as they are. */
export async function ensurePerson(sql: Sql, given: EnsuredPerson): Promise<{ id: string; created: boolean }> {
  const email = plainEmail(given.email);
  const known = await findByEmail(sql, email);
  if (known) return { id: known.id, created: false };
  const person = await insertPerson(sql, {
    id: newId(),
    kind: 'member',
    name: given.name,
    email,
    emailConfirmed: true,
    roles: given.roles,
    clientId: given.clientId ?? null,
    passwordHash: await hashPassword(given.password),
  });
  if (person) return { id: person.id, created: true };
  return { id: (await findByEmail(sql, email))!.id, created: false };
}
