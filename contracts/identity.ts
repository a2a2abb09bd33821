import { type Static, Type } from 'typebox';
import { Id, IsoTime, Role } from './basics.ts';

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
  },
  { $id: 'Actor', ...closed },
);
export type Actor = Static<typeof Actor>;

/** POST /api/internal/v1/identity/token, with the session cookie and the CSRF header: a token for `Authorization: Bearer`. */
export const TokenAnswer = Type.Object(
  { token: Type.String(), expiresAt: IsoTime, actor: Actor },
  { $id: 'TokenAnswer', ...closed },
);
export type TokenAnswer = Static<typeof TokenAnswer>;

/** POST /api/internal/v1/identity/key-token: the same for a partner's API key (called by `partners`). */
export const KeyTokenRequest = Type.Object({ key: Type.String({ maxLength: 200 }) }, closed);

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
