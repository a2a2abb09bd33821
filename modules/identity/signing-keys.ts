import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import type { Actor } from '#contracts/identity';
import { actorSigner, type SignedActor } from '#platform/actor';
import { newId, systemClock } from '#platform/clock';
import type { Sql } from '#platform/database';

/** How long another instance may go on signing with a key that was retired elsewhere. */
const RELOAD_MS = 60_000;
/** Longer than that and the life of a token together. */
const PUBLISHED_AFTER_RETIREMENT = '15 minutes';

export interface SigningKeys {
  /** `issuedAt`: UTC, ISO 8601, the database's time. */
  sign(actor: Actor, issuedAt: string): Promise<SignedActor>;
  /** Public halves of every key whose tokens may still be about. */
  published(): Promise<JWK[]>;
  /** A new key signs from now on; tokens of the old one stay good until they expire. */
  rotate(): Promise<string>;
}

interface KeyRow {
  id: string;
  privateJwk: JsonWebKey;
}

/** Ed25519 keys in this room's schema, shared by its instances. The first one is made when it is first needed. */
export function signingKeys(sql: Sql): SigningKeys {
  let current: { signer: ReturnType<typeof actorSigner>; loadedAt: number } | null = null;

  async function signer() {
    if (!current || performance.now() - current.loadedAt > RELOAD_MS) {
      const { id, privateJwk } = await sql.begin((tx) => newestKey(tx));
      const privateKey = createPrivateKey({ key: privateJwk, format: 'jwk' });
      current = {
        signer: actorSigner({ privateKey, keyId: id, clock: systemClock }),
        loadedAt: performance.now(),
      };
    }
    return current.signer;
  }

  return {
    sign: async (actor, issuedAt) => (await signer()).sign(actor, Date.parse(issuedAt)),
    async published() {
      await signer();
      const rows = await sql<KeyRow[]>`
        select id, private_jwk as "privateJwk" from signing_key
        where retired_at is null or retired_at > platform.now() - ${PUBLISHED_AFTER_RETIREMENT}::interval
        order by created_at`;
      return rows.map(({ id, privateJwk: { kty, crv, x } }) => ({
        kty: kty!,
        crv: crv!,
        x: x!,
        kid: id,
        alg: 'EdDSA',
        use: 'sig',
      }));
    },
    async rotate() {
      const id = await sql.begin(async (tx) => {
        await lock(tx);
        await tx`update signing_key set retired_at = platform.now() where retired_at is null`;
        return (await insertKey(tx)).id;
      });
      current = null;
      return id;
    },
  };
}

async function newestKey(tx: Sql): Promise<KeyRow> {
  await lock(tx);
  const [row] = await tx<KeyRow[]>`
    select id, private_jwk as "privateJwk" from signing_key where retired_at is null order by created_at desc limit 1`;
  return row ?? insertKey(tx);
}

/** Two instances that start at once must not make two first keys. */
async function lock(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))`;
}

async function insertKey(tx: Sql): Promise<KeyRow> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const row = { id: newId(), privateJwk: privateKey.export({ format: 'jwk' }) };
  await tx`insert into signing_key (id, private_jwk) values (${row.id}, ${tx.json(row.privateJwk as never)})`;
  return row;
}
