import { IDENTITY_ERRORS } from '#contracts/identity';
import { Fault } from '#platform/http';
import { note } from './audit.ts';
import type { Caller, Desk } from './desk.ts';
import { forgive, spend } from './limits.ts';
import { mailLink } from './mail.ts';
import { hashPassword, refuseWeak, verifyPassword } from './password.ts';
import { findByEmail, findPerson, passwordOf, setPassword } from './people-store.ts';
import { plainEmail } from './person.ts';
import { revoke } from './revoke.ts';
import { hashSecret, newSecret } from './secret.ts';
import { deleteSessionsOf, dropLinks, insertLink, takeLink } from './session-store.ts';

const RESET_MINUTES = 60;

/** Answers the same whether the address is known or not; only its owner's mailbox tells. */
export async function askPasswordReset(desk: Desk, given: { email: string }, caller: Caller): Promise<void> {
  const { sql } = desk;
  const email = plainEmail(given.email);
  await spend(sql, 'reset_address', caller.address);
  await spend(sql, 'reset_account', email);
  const person = await findByEmail(sql, email);
  if (person?.kind !== 'member' || person.deactivatedAt) return;
  await sql.begin(async (tx) => {
    const { text, hash } = newSecret();
    await dropLinks(tx, 'reset_password', person.id);
    await insertLink(tx, {
      tokenHash: hash,
      purpose: 'reset_password',
      personId: person.id,
      email,
      minutes: RESET_MINUTES,
    });
    await mailLink(tx, 'resetPassword', { to: email, origin: desk.publicOrigin, token: text });
    await note(tx, { event: 'password_reset_asked', personId: person.id, address: caller.address });
  });
  desk.mailWaits();
}

/** Whoever else is signed in as this person is signed out. */
export async function completePasswordReset(
  { sql, bus }: Desk,
  { token, password }: { token: string; password: string },
  caller: Caller,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  const email = await sql.begin(async (tx) => {
    const link = await takeLink(tx, hashSecret(token), 'reset_password');
    const person = link?.personId ? await findPerson(tx, link.personId) : null;
    if (!person?.email || person.deactivatedAt) throw new Fault(IDENTITY_ERRORS['identity.link_invalid']);
    refuseWeak(password, { email: person.email, name: person.name });
    await setPassword(tx, person.id, passwordHash);
    await deleteSessionsOf(tx, person.id);
    await note(tx, { event: 'password_reset', personId: person.id, address: caller.address });
    await revoke(tx, person.id);
    return person.email;
  });
  await forgive(sql, 'sign_in_account', email);
  bus.hint();
}

/** Ends every session but, by a new one at the next sign-in, none stays behind with the old password. */
export async function changePassword(
  { sql, bus }: Desk,
  personId: string,
  { current, next }: { current: string; next: string },
  caller: Caller,
): Promise<void> {
  await spend(sql, 'sign_in_account', personId);
  if (!(await verifyPassword(current, await passwordOf(sql, personId)))) {
    throw new Fault(IDENTITY_ERRORS['identity.wrong_credentials']);
  }
  const passwordHash = await hashPassword(next);
  await sql.begin(async (tx) => {
    const person = await findPerson(tx, personId);
    refuseWeak(next, { email: person?.email ?? '', name: person?.name ?? '' });
    await setPassword(tx, personId, passwordHash);
    await deleteSessionsOf(tx, personId);
    await note(tx, { event: 'password_changed', personId, address: caller.address });
    await revoke(tx, personId);
  });
  await forgive(sql, 'sign_in_account', personId);
  bus.hint();
}
