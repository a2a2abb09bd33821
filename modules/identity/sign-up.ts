import { IDENTITY_ERRORS } from '#contracts/identity';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import type { Caller, Desk } from './desk.ts';
import { spend } from './limits.ts';
import { mailKnownAlready, mailLink } from './mail.ts';
import { currentSession, openSession, type SignedIn } from './open-session.ts';
import { hashPassword, refuseWeak, verifyPassword } from './password.ts';
import { becomeMember, confirmEmail, findByEmail, findPerson, insertPerson, passwordOf } from './people-store.ts';
import { type PersonRow, plainEmail } from './person.ts';
import { hashSecret, newSecret } from './secret.ts';
import { insertLink, takeLink } from './session-store.ts';

const CONFIRM_MINUTES = 3 * 24 * 60;

/** An anonymous customer, so that models and quotes have an owner before anybody signs up. Whoever is somebody stays it. */
export async function becomeGuest({ sql, bus }: Desk, caller: Caller): Promise<SignedIn> {
  const session = await currentSession(sql, caller);
  if (session) return { person: session, sessionToken: caller.sessionToken! };
  await spend(sql, 'guest_address', caller.address);
  const guest = await sql.begin(async (tx) => {
    const person = await insertPerson(tx, { id: newId(), kind: 'guest', name: 'Guest', roles: ['customer'] });
    return openSession(tx, person!, caller, 'guest');
  });
  bus.hint();
  return guest;
}

/**
 * Makes a customer who can order at once; a guest keeps the id. The address is only claimed: it signs in once its mail
 * confirmed it. So a stranger's address gets the same answer as a free one, and its owner a mail.
 */
export async function signUp(
  desk: Desk,
  given: { name: string; email: string; password: string },
  caller: Caller,
): Promise<SignedIn> {
  const { sql, bus } = desk;
  const email = plainEmail(given.email);
  await spend(sql, 'sign_up_address', caller.address);
  refuseWeak(given.password, { email, name: given.name });
  const session = await currentSession(sql, caller);
  if (session && session.kind !== 'guest') throw new Fault(IDENTITY_ERRORS['identity.already_member']);
  const passwordHash = await hashPassword(given.password);
  const signedIn = await sql.begin(async (tx) => {
    const member = { name: given.name, email, emailConfirmed: false, passwordHash };
    const person = session
      ? await becomeMember(tx, session.id, member)
      : await insertPerson(tx, { id: newId(), kind: 'member', roles: ['customer'], ...member });
    await mailAbout(tx, desk, person!, email);
    return openSession(tx, person!, caller, 'sign_up');
  });
  desk.mailWaits();
  bus.hint();
  return signedIn;
}

async function mailAbout(tx: Sql, { publicOrigin }: Desk, person: PersonRow, email: string): Promise<void> {
  if (await findByEmail(tx, email)) return mailKnownAlready(tx, email, publicOrigin);
  const { text, hash } = newSecret();
  await insertLink(tx, {
    tokenHash: hash,
    purpose: 'confirm_email',
    personId: person.id,
    email,
    minutes: CONFIRM_MINUTES,
  });
  await mailLink(tx, 'confirmEmail', { to: email, origin: publicOrigin, token: text });
}

/**
 * The mail was read, so the address is this person's. A browser that is not signed in as this person also gives the
 * password: else somebody who signs up with another's address would get it confirmed by an innocent click.
 */
export async function confirmAddress(
  { sql, bus }: Desk,
  { token, password }: { token: string; password?: string },
  caller: Caller,
): Promise<SignedIn> {
  const session = await currentSession(sql, caller);
  const confirmed = await sql.begin(async (tx) => {
    const link = await takeLink(tx, hashSecret(token), 'confirm_email');
    if (!link?.personId || !link.email) throw new Fault(IDENTITY_ERRORS['identity.link_invalid']);
    if (session?.id !== link.personId) await provePassword(sql, link.personId, password, caller);
    const free = await confirmEmail(tx, link.personId, link.email);
    const person = await findPerson(tx, link.personId);
    if (!free || !person || person.deactivatedAt) throw new Fault(IDENTITY_ERRORS['identity.link_invalid']);
    return openSession(tx, person, caller, 'email_confirmed');
  });
  bus.hint();
  return confirmed;
}

/** Outside of the transaction: a try counts although it is rolled back. */
async function provePassword(sql: Sql, personId: string, password: string | undefined, caller: Caller): Promise<void> {
  await spend(sql, 'sign_in_address', caller.address);
  const stored = await passwordOf(sql, personId);
  if (password === undefined || !(await verifyPassword(password, stored))) {
    throw new Fault(IDENTITY_ERRORS['identity.wrong_credentials']);
  }
}
