import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Actor } from '#contracts/identity';
import type { Clock } from '#platform/clock';

/** No token outlives this; a revocation need not be remembered longer. */
export const MAX_TOKEN_SECONDS = 300;

/** Tells an actor token from any other JWT that the same key might sign one day. */
export const TOKEN_TYPE = 'forgeline-actor+jwt';
export const TOKEN_ISSUER = 'forgeline-identity';

export interface SignedActor {
  token: string;
  /** UTC, ISO 8601. */
  expiresAt: string;
}

export interface ActorSigner {
  /** `issuedAt` (ms since the epoch) is now unless the caller has read it from the database that also dates revocations. */
  sign(actor: Actor, issuedAt?: number): Promise<SignedActor>;
}

/** Signs actors with an Ed25519 private key; `keyId` names it in the published key set. */
export function actorSigner({
  privateKey,
  keyId,
  clock,
  lifetimeSeconds = MAX_TOKEN_SECONDS,
}: {
  privateKey: KeyObject;
  keyId: string;
  clock: Clock;
  lifetimeSeconds?: number;
}): ActorSigner {
  const lifetime = Math.min(lifetimeSeconds, MAX_TOKEN_SECONDS);
  return {
    async sign(actor, issuedAt = clock.now()) {
      const expiresAt = issuedAt + lifetime * 1000;
      const token = await new SignJWT({
        name: actor.name,
        roles: actor.roles,
        credential: actor.credential,
        scopes: actor.scopes,
        ...(actor.clientId ? { clientId: actor.clientId } : {}),
        // With its fraction: a token made 10 ms after a revocation is good, one made 10 ms before is not.
        iat: issuedAt / 1000,
        exp: Math.floor(expiresAt / 1000),
      })
        .setProtectedHeader({ alg: 'EdDSA', kid: keyId, typ: TOKEN_TYPE })
        .setIssuer(TOKEN_ISSUER)
        .setSubject(actor.id)
        .sign(privateKey);
      return { token, expiresAt: new Date(Math.floor(expiresAt / 1000) * 1000).toISOString() };
    },
  };
}
