import { generateKeyPairSync } from 'node:crypto';
import { exportJWK } from 'jose';
import type { Role } from '#contracts/basics';
import type { Actor } from '#contracts/identity';
import { type ActorSigner, type ActorVerifier, actorSigner, actorVerifier } from '#platform/actor';
import { type Clock, newId, systemClock } from '#platform/clock';

export interface TestActors {
  signer: ActorSigner;
  /** For `httpServer`; it believes this signer only. */
  verifier: ActorVerifier;
  /** An actor with one role (several: an array) and, unless given, an id of its own. */
  actor(role: Role | Role[], id?: string, parts?: Partial<Actor>): Actor;
  /** A signed token of such an actor, for `Authorization: Bearer`. */
  token(role: Role | Role[], id?: string, parts?: Partial<Actor>): Promise<string>;
}

/** Actors with real signatures, from a key made for this test. */
export async function testActors(clock: Clock = systemClock): Promise<TestActors> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' };
  const signer = actorSigner({ privateKey, keyId: 'test', clock });
  const actor: TestActors['actor'] = (role, id = newId(), parts = {}) => {
    const roles = [role].flat();
    return { id, name: `Test ${roles.join(', ')}`, roles, credential: newId(), scopes: [], ...parts };
  };
  return {
    signer,
    verifier: actorVerifier({ keys: async () => [jwk], clock }),
    actor,
    token: async (role, id, parts) => (await signer.sign(actor(role, id, parts))).token,
  };
}
