import { IDENTITY_ERRORS } from '#contracts/identity';
import { Fault } from '#platform/http';
import { note } from './audit.ts';
import type { Caller, Desk } from './desk.ts';
import { forgive, giveBack, spend } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { verifyPassword } from './password.ts';
import { findByEmail } from './people-store.ts';
import { plainEmail } from './person.ts';

/** Refuses in the same words and the same time whether the address is unknown or the password wrong. */
export async function signIn(
  desk: Desk,
  given: { email: string; password: string },
  caller: Caller,
): Promise<SignedIn> {
  const { sql, bus } = desk;
  const email = plainEmail(given.email);
  await spend(sql, 'sign_in_address', caller.address);
  await spend(sql, 'sign_in_account', email);
  const person = await findByEmail(sql, email);
  const right = await verifyPassword(given.password, person?.passwordHash ?? null);
  if (!person || !right || person.deactivatedAt) {
    await note(sql, { event: 'sign_in_failed', personId: person?.id ?? null, address: caller.address });
    throw new Fault(IDENTITY_ERRORS['identity.wrong_credentials']);
  }
  await forgive(sql, 'sign_in_account', email);
  await giveBack(sql, 'sign_in_address', caller.address);
  const signedIn = await sql.begin((tx) => openSession(tx, person, caller, 'sign_in'));
  bus.hint();
  return signedIn;
}
