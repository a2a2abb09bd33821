import { type Static, Type } from 'typebox';
import { Id, IsoTime, Page, Role } from './basics.ts';
import { errorCatalogue } from './errors.ts';

const closed = { additionalProperties: false } as const;

/** Who acts, as a room sees it: proven by a signature, without a look-up. */
export const Actor = Type.Object(
  {
    /** Person id; for a partner's key the client's id. Whose carts, quotes and orders are meant. */
    id: Id,
    name: Type.String(),
    roles: Type.Array(Role),
    /** The session or key behind the token: what a revocation names. */
    credential: Type.String(),
    /** Only for partners' keys. */
    scopes: Type.Array(Type.String()),
    /** The partner client that a partner's person or key acts for. */
    clientId: Type.Optional(Id),
  },
  { $id: 'Actor', ...closed },
);
export type Actor = Static<typeof Actor>;

/** Whose models, quotes and orders the actor's are: a partner's people and keys act for their client, others for themselves. */
export function tenantOf({ id, clientId }: Pick<Actor, 'id' | 'clientId'>): string {
  return clientId ?? id;
}

/** POST /api/internal/v1/identity/token, with the session cookie and the CSRF header: a token for `Authorization: Bearer`. */
export const TokenAnswer = Type.Object(
  { token: Type.String(), expiresAt: IsoTime, actor: Actor },
  { $id: 'TokenAnswer', ...closed },
);
export type TokenAnswer = Static<typeof TokenAnswer>;

/**
 * POST /api/internal/v1/identity/key-token: the same for a partner's API key. Only `partners` may ask, which `proof` (of the
 * installation's secret) shows: a key's holder with a token of their own would pass by the limits of the partners' API.
 */
export const KeyTokenRequest = Type.Object(
  { key: Type.String({ maxLength: 200 }), proof: Type.String({ maxLength: 100 }) },
  closed,
);

/**
 * POST /api/internal/v1/identity/room-token: for what a room asks of another on nobody's behalf. `proof` (of the installation's
 * secret) shows that it is one. The actor has the role `ops`.
 */
export const RoomTokenRequest = Type.Object(
  { room: Type.String({ pattern: '^[a-z-]{1,40}$' }), proof: Type.String({ maxLength: 100 }) },
  closed,
);

/** `person.revoked`: tokens of these credentials, or of the whole person, issued before `before` are void. Heard by every process. */
export const PersonRevoked = Type.Object(
  {
    personId: Id,
    /** Empty: every credential of the person. */
    credentials: Type.Array(Type.String()),
    before: IsoTime,
  },
  { $id: 'PersonRevoked', ...closed },
);
export type PersonRevoked = Static<typeof PersonRevoked>;

// ---- HTTP: /api/internal/v1/identity ----

const Email = Type.String({ format: 'email', maxLength: 254 });
const PersonName = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' });
/** A new one; a longer sentence beats a short riddle. */
const NewPassword = Type.String({ minLength: 10, maxLength: 200 });
const GivenPassword = Type.String({ minLength: 1, maxLength: 200 });
/** Out of a link that was mailed or printed. */
const LinkToken = Type.String({ minLength: 20, maxLength: 100 });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** Every request that the session cookie alone would carry needs this header: a foreign page cannot send it. */
export const CSRF_HEADER = 'x-forgeline-csrf';

/** Pages that mailed links lead to: `<public origin>/account/<page>#<token>`. */
export const ACCOUNT_PAGES = {
  confirmEmail: '/account/confirm-email',
  resetPassword: '/account/reset-password',
  acceptInvitation: '/account/invitation',
  firstAdmin: '/account/first-admin',
} as const;

export const Person = Type.Object(
  {
    id: Id,
    name: Type.String(),
    /** Null for a guest. */
    email: Nullable(Type.String()),
    emailConfirmed: Type.Boolean(),
    roles: Type.Array(Role),
    clientId: Nullable(Id),
    /** True until this person has signed up. */
    guest: Type.Boolean(),
  },
  { $id: 'Account', ...closed },
);
export type Person = Static<typeof Person>;

/** GET session (nobody: null); the answer of everything that signs in. */
export const SessionView = Type.Object(
  {
    person: Nullable(Person),
    /** Where to go for single sign-on, with `?returnTo=/crm/`; null when there is none. */
    singleSignOn: Nullable(Type.String()),
  },
  { $id: 'SessionView', ...closed },
);
export type SessionView = Static<typeof SessionView>;

/** POST people: a visitor becomes a customer; a guest keeps the id. The address counts once it is confirmed by its mail. */
export const SignUp = Type.Object({ name: PersonName, email: Email, password: NewPassword }, closed);
/** POST sessions */
export const SignIn = Type.Object({ email: Email, password: GivenPassword }, closed);
/** POST email-confirmations; the password is asked of a browser that is not signed in as this person. */
export const ConfirmEmail = Type.Object({ token: LinkToken, password: Type.Optional(GivenPassword) }, closed);
/** POST password-resets: always 202, whether the address is known or not. */
export const AskPasswordReset = Type.Object({ email: Email }, closed);
/** POST password-resets/complete: ends every session of the person. */
export const CompletePasswordReset = Type.Object({ token: LinkToken, password: NewPassword }, closed);
/** PUT password, with a Bearer */
export const ChangePassword = Type.Object({ current: GivenPassword, next: NewPassword }, closed);
/** POST invitations/accept */
export const AcceptInvitation = Type.Object({ token: LinkToken, password: NewPassword }, closed);
/** POST first-admin */
export const BecomeFirstAdmin = Type.Object(
  { token: LinkToken, email: Email, name: PersonName, password: NewPassword },
  closed,
);

const RoleSet = Type.Array(Role, { minItems: 1, maxItems: 10, uniqueItems: true });
/** POST customers, by a seller: somebody on the phone. The same address gets the same person. */
export const RegisterCustomer = Type.Object(
  { name: PersonName, email: Email, phone: Type.Optional(Type.String({ maxLength: 40 })) },
  closed,
);
/** POST invitations, by an admin. `clientId` goes with the role `partner`, and only with it. */
export const Invite = Type.Object(
  { email: Email, name: PersonName, roles: RoleSet, clientId: Type.Optional(Id) },
  closed,
);
/** PUT people/:personId/roles */
export const ChangeRoles = Type.Object({ roles: RoleSet, clientId: Type.Optional(Id) }, closed);
/** POST people/:personId/deactivate */
export const Deactivate = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed);

export const PersonRecord = Type.Object(
  {
    ...Person.properties,
    kind: Type.Enum(['guest', 'member', 'invited', 'registered']),
    createdAt: IsoTime,
    lastSignInAt: Nullable(IsoTime),
    deactivatedAt: Nullable(IsoTime),
  },
  { $id: 'PersonRecord', ...closed },
);
export type PersonRecord = Static<typeof PersonRecord>;
export const People = Page(PersonRecord);

/** GET staff: who may be given an order or an operation. */
export const Staff = Type.Object(
  { items: Type.Array(Type.Object({ id: Id, name: Type.String(), roles: Type.Array(Role) }, closed)) },
  { $id: 'Staff', ...closed },
);

export const AuditEntry = Type.Object(
  {
    id: Id,
    at: IsoTime,
    /** E.g. `sign_in`, `sign_in_failed`, `roles_changed`. */
    event: Type.String(),
    personId: Nullable(Id),
    /** Who did it, when it was somebody else. */
    actorId: Nullable(Id),
    address: Nullable(Type.String()),
    detail: Type.String(),
  },
  { $id: 'AuditEntry', ...closed },
);
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry);

/** A partner's API key, `fk_<prefix>_<secret>`; the secret is shown once and kept as a hash. */
export const ApiKey = Type.Object(
  {
    id: Id,
    clientId: Id,
    name: Type.String(),
    prefix: Type.String(),
    scopes: Type.Array(Type.String()),
    createdAt: IsoTime,
    /** After a rotation the old key is good until here. */
    expiresAt: Nullable(IsoTime),
    lastUsedAt: Nullable(IsoTime),
    revokedAt: Nullable(IsoTime),
  },
  { $id: 'ApiKey', ...closed },
);
export type ApiKey = Static<typeof ApiKey>;
export const ApiKeys = Type.Object({ items: Type.Array(ApiKey) }, { $id: 'ApiKeys', ...closed });
/** POST keys. A partner's person makes keys of their own client; an admin names the client. */
export const CreateKey = Type.Object(
  {
    clientId: Type.Optional(Id),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(Type.String({ pattern: '^[a-z][a-z_:.-]{0,49}$' }), { maxItems: 20, uniqueItems: true }),
  },
  closed,
);
/** POST keys/:keyId/rotate: a new key with the same name and scopes; the old one stays good for the overlap. */
export const RotateKey = Type.Object(
  { overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 30 * 24 * 3600 })) },
  closed,
);
export const NewKey = Type.Object({ key: ApiKey, secret: Type.String() }, { $id: 'NewKey', ...closed });
export type NewKey = Static<typeof NewKey>;

/** GET revocations: those of the last five minutes, for a process that has just started. */
export const Revocations = Type.Object({ items: Type.Array(PersonRevoked) }, closed);

export const IDENTITY_ERRORS = errorCatalogue({
  'identity.wrong_credentials': {
    status: 401,
    title: 'The address or the password is wrong',
    hint: 'Check both. If you have just signed up, confirm your address first: the link is in your mail.',
  },
  'identity.csrf': {
    status: 403,
    title: 'The request did not come from our pages',
    hint: `Send the header ${CSRF_HEADER}: 1 from the same origin.`,
  },
  'identity.link_invalid': {
    status: 410,
    title: 'This link was used or has expired',
    hint: 'Ask for a new one.',
  },
  'identity.weak_password': {
    status: 422,
    title: 'This password is too easy to guess',
    hint: 'Take a longer one that is neither your address nor your name.',
  },
  'identity.already_member': {
    status: 409,
    title: 'This browser is signed in already',
    hint: 'Sign out first.',
  },
  'identity.address_taken': {
    status: 409,
    title: 'A person with this address exists already',
    hint: 'Change the roles of that person instead.',
  },
  'identity.last_admin': {
    status: 409,
    title: 'Somebody must be able to administer',
    hint: 'Make another person an admin first.',
  },
  'identity.client_and_role': {
    status: 422,
    title: 'The role partner and a client go together',
    hint: 'Name the client of a partner; leave it out for everybody else.',
  },
  'identity.key_invalid': {
    status: 401,
    title: 'This API key is not valid',
    hint: 'Make a new key, or ask your administrator.',
  },
  'identity.sign_on_failed': {
    status: 401,
    title: 'The single sign-on did not succeed',
    hint: 'Start again. If it stays, ask your administrator.',
  },
});
