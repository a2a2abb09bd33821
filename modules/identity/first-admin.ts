import { IDENTITY_ERRORS } from '#contracts/identity';
import { newId } from '#platform/clock';
import { Fault } from '#platform/http';
import type { Caller, Desk } from './desk.ts';
import { linkTo } from './mail.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { hashPassword, refuseWeak } from './password.ts';
import { countActiveAdmins, insertPerson, lockAdmins } from './people-store.ts';
import { plainEmail } from './person.ts';
import { hashSecret, newSecret } from './secret.ts';
import { dropLinks, insertLink, takeLink } from './session-store.ts';

const PURPOSE = 'first_admin';
const LINK_MINUTES = 24 * 60;

/** A link that makes one admin, for the console of the first start; null once there is one. Each call voids the link before. */
export async function firstAdminLink({ sql, publicOrigin }: Desk): Promise<string | null> {
  return sql.begin(async (tx) => {
    await lockAdmins(tx);
    if ((await countActiveAdmins(tx)) > 0) return null;
    const { text, hash } = newSecret();
    await dropLinks(tx, PURPOSE, null);
    await insertLink(tx, { tokenHash: hash, purpose: PURPOSE, personId: null, email: null, minutes: LINK_MINUTES });
    return linkTo(publicOrigin, 'firstAdmin', text);
  });
}

export async function becomeFirstAdmin(
  { sql, bus }: Desk,
  { token, email: given, name, password }: { token: string; email: string; name: string; password: string },
  caller: Caller,
): Promise<SignedIn> {
  const email = plainEmail(given);
  refuseWeak(password, { email, name });
  const passwordHash = await hashPassword(password);
  const signedIn = await sql.begin(async (tx) => {
    await lockAdmins(tx);
    const link = await takeLink(tx, hashSecret(token), PURPOSE);
    if (!link || (await countActiveAdmins(tx)) > 0) throw new Fault(IDENTITY_ERRORS['identity.link_invalid']);
    const admin = {
      id: newId(),
      kind: 'member',
      name,
      email,
      emailConfirmed: true,
      roles: ['admin'],
      passwordHash,
    } as const;
    const person = await insertPerson(tx, admin);
    if (!person) throw new Fault(IDENTITY_ERRORS['identity.address_taken']);
    return openSession(tx, person, caller, 'first_admin');
  });
  bus.hint();
  return signedIn;
}
