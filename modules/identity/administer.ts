import type { Role } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { type Actor, IDENTITY_ERRORS } from '#contracts/identity';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { note } from './audit.ts';
import type { Caller, Desk } from './desk.ts';
import { mailLink } from './mail.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { hashPassword, refuseWeak } from './password.ts';
import {
  becomeMember,
  countActiveAdmins,
  findByEmail,
  findRegistered,
  insertPerson,
  lockAdmins,
  lockPerson,
  setActive,
  setRoles,
} from './people-store.ts';
import { clientFitsRoles, type PersonRow, plainEmail } from './person.ts';
import { revoke } from './revoke.ts';
import { hashSecret, newSecret } from './secret.ts';
import { deleteSessionsOf, dropLinks, insertLink, takeLink } from './session-store.ts';

const INVITATION_MINUTES = 7 * 24 * 60;

/** Invites a person by mail; inviting again sends a new link with the new roles, and the old link is void. */
export async function invite(
  desk: Desk,
  { email: given, name, roles, clientId }: { email: string; name: string; roles: Role[]; clientId?: string },
  actor: Actor,
): Promise<PersonRow> {
  requireClientFits(roles, clientId);
  const email = plainEmail(given);
  const invited = await desk.sql.begin(async (tx) => {
    const known = await findByEmail(tx, email);
    if (known && known.kind !== 'invited') throw new Fault(IDENTITY_ERRORS['identity.address_taken']);
    const person = known
      ? await setRoles(tx, known.id, roles, clientId ?? null)
      : await insertPerson(tx, { id: newId(), kind: 'invited', name, email, roles, clientId: clientId ?? null });
    if (!person) throw new Fault(IDENTITY_ERRORS['identity.address_taken']);
    const { text, hash } = newSecret();
    await dropLinks(tx, 'invitation', person.id);
    await insertLink(tx, {
      tokenHash: hash,
      purpose: 'invitation',
      personId: person.id,
      email,
      minutes: INVITATION_MINUTES,
    });
    await mailLink(tx, 'acceptInvitation', { to: email, origin: desk.publicOrigin, token: text });
    await note(tx, { event: 'invited', personId: person.id, actorId: actor.id, detail: roles.join(', ') });
    return person;
  });
  desk.mailWaits();
  return invited;
}

/** The invited person sets a password; the link came by mail, so the address is confirmed too. */
export async function acceptInvitation(
  { sql, bus }: Desk,
  { token, password }: { token: string; password: string },
  caller: Caller,
): Promise<SignedIn> {
  const passwordHash = await hashPassword(password);
  const signedIn = await sql.begin(async (tx) => {
    const link = await takeLink(tx, hashSecret(token), 'invitation');
    const person = link?.personId ? await lockPerson(tx, link.personId) : null;
    if (person?.kind !== 'invited' || !person.email || person.deactivatedAt) {
      throw new Fault(IDENTITY_ERRORS['identity.link_invalid']);
    }
    refuseWeak(password, { email: person.email, name: person.name });
    const { name, email } = person;
    const member = await becomeMember(tx, person.id, { name, email, emailConfirmed: true, passwordHash });
    return openSession(tx, member, caller, 'invitation_accepted');
  });
  bus.hint();
  return signedIn;
}

/** Tokens with the old roles are void; the person's sessions go on with the new ones. */
export async function changeRoles(
  { sql, bus }: Desk,
  personId: string,
  { roles, clientId }: { roles: Role[]; clientId?: string },
  actor: Actor,
): Promise<PersonRow> {
  requireClientFits(roles, clientId);
  const changed = await sql.begin(async (tx) => {
    await lockAdmins(tx);
    const person = await existing(tx, personId);
    if (person.roles.includes('admin') && !roles.includes('admin')) await keepAnAdmin(tx);
    const after = await setRoles(tx, personId, roles, clientId ?? null);
    const detail = `${person.roles.join(', ')} → ${roles.join(', ')}`;
    await note(tx, { event: 'roles_changed', personId, actorId: actor.id, detail });
    await revoke(tx, personId);
    return after;
  });
  bus.hint();
  return changed;
}

/** Signs the person out everywhere and lets them in no more. */
export async function deactivate(
  { sql, bus }: Desk,
  personId: string,
  reason: string,
  actor: Actor,
): Promise<PersonRow> {
  const gone = await sql.begin(async (tx) => {
    await lockAdmins(tx);
    const person = await existing(tx, personId);
    if (person.roles.includes('admin') && !person.deactivatedAt) await keepAnAdmin(tx);
    const after = await setActive(tx, personId, false);
    await deleteSessionsOf(tx, personId);
    await note(tx, { event: 'deactivated', personId, actorId: actor.id, detail: reason });
    await revoke(tx, personId);
    return after;
  });
  bus.hint();
  return gone;
}

export async function activate({ sql }: Desk, personId: string, actor: Actor): Promise<PersonRow> {
  return sql.begin(async (tx) => {
    await existing(tx, personId);
    const back = await setActive(tx, personId, true);
    await note(tx, { event: 'activated', personId, actorId: actor.id });
    return back;
  });
}

/** A customer on the phone. The same address gets the same person, be it a member or one whom a seller registered before. */
export async function registerCustomer(
  { sql }: Desk,
  { name, email: given, phone }: { name: string; email: string; phone?: string },
  actor: Actor,
): Promise<PersonRow> {
  const email = plainEmail(given);
  return sql.begin(async (tx) => {
    const member = await findByEmail(tx, email);
    if (member?.roles.includes('customer')) return member;
    const id = newId();
    const person = await insertPerson(tx, {
      id,
      kind: 'registered',
      name,
      email,
      phone: phone ?? '',
      roles: ['customer'],
    });
    if (!person) return (await findRegistered(tx, email))!;
    await note(tx, { event: 'registered', personId: id, actorId: actor.id });
    return person;
  });
}

async function existing(tx: Sql, personId: string): Promise<PersonRow> {
  const person = await lockPerson(tx, personId);
  if (!person) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return person;
}

async function keepAnAdmin(tx: Sql): Promise<void> {
  if ((await countActiveAdmins(tx)) <= 1) throw new Fault(IDENTITY_ERRORS['identity.last_admin']);
}

function requireClientFits(roles: Role[], clientId: string | undefined): void {
  if (!clientFitsRoles(roles, clientId)) throw new Fault(IDENTITY_ERRORS['identity.client_and_role']);
}
