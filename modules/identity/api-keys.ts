import { randomInt, timingSafeEqual } from 'node:crypto';
import { COMMON_ERRORS } from '#contracts/errors';
import { type Actor, type ApiKey, IDENTITY_ERRORS, type NewKey, type TokenAnswer } from '#contracts/identity';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { note } from './audit.ts';
import type { Desk } from './desk.ts';
import { revoke } from './revoke.ts';
import { hashSecret, newSecret } from './secret.ts';

const KEY = /^fk_([a-z0-9]{8})_([\w-]{43})$/;
const DEFAULT_OVERLAP_SECONDS = 24 * 3600;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

const columns = (sql: Sql) => sql`
  id, client_id as "clientId", name, prefix, scopes, created_at as "createdAt", expires_at as "expiresAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** Whose keys these are: a partner's person manages those of their client, an admin those of the client named. */
export function keyClient(actor: Actor, named: string | undefined): string {
  if (actor.roles.includes('admin') && named) return named;
  const own = managedClient(actor);
  if (!own && !named) throw new Fault(COMMON_ERRORS['request.invalid'], { detail: 'clientId is missing' });
  // Another's client looks like one that does not exist.
  if (!own || (named && named !== own)) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return own;
}

/** A key may not make keys: a stolen one would outlive its revocation. */
function managedClient(actor: Actor): string | null {
  return actor.clientId && actor.clientId !== actor.id ? actor.clientId : null;
}

export async function listKeys(sql: Sql, clientId: string): Promise<ApiKey[]> {
  return sql<ApiKey[]>`
    select ${columns(sql)} from api_key where client_id = ${clientId} order by created_at desc, id desc limit 500`;
}

/** The only time that the secret is shown. */
export async function createKey(
  { sql }: Desk,
  { clientId, name, scopes }: { clientId: string; name: string; scopes: string[] },
  actor: Actor,
): Promise<NewKey> {
  return sql.begin((tx) => insertKey(tx, { clientId, name, scopes }, actor));
}

/** A new key of the same name and scopes; the old one stays good for the overlap, so that nothing stops meanwhile. */
export async function rotateKey(
  { sql, bus }: Desk,
  keyId: string,
  overlapSeconds: number = DEFAULT_OVERLAP_SECONDS,
  actor: Actor,
): Promise<NewKey> {
  const made = await sql.begin(async (tx) => {
    const old = await liveKey(tx, keyId, actor);
    const next = await insertKey(tx, old, actor);
    await tx`
      update api_key set expires_at = least(expires_at, platform.now() + ${overlapSeconds} * interval '1 second')
      where id = ${keyId}`;
    if (overlapSeconds === 0) await revoke(tx, old.clientId, [keyId]);
    return next;
  });
  bus.hint();
  return made;
}

export async function revokeKey({ sql, bus }: Desk, keyId: string, actor: Actor): Promise<void> {
  await sql.begin(async (tx) => {
    const key = await liveKey(tx, keyId, actor);
    await tx`update api_key set revoked_at = platform.now() where id = ${keyId}`;
    await note(tx, { event: 'key_revoked', actorId: actor.id, detail: `${key.prefix} of client ${key.clientId}` });
    await revoke(tx, key.clientId, [keyId]);
  });
  bus.hint();
}

/** A key for a token of its client, at most as long as a token lives. */
export async function exchangeKey({ sql, keys }: Desk, given: string): Promise<TokenAnswer> {
  const [, prefix, secret] = KEY.exec(given) ?? [];
  const key = prefix && secret ? await goodKey(sql, prefix, secret) : null;
  if (!key) throw new Fault(IDENTITY_ERRORS['identity.key_invalid']);
  const { id, clientId, name, scopes, now } = key;
  const actor: Actor = { id: clientId, name, roles: ['partner'], credential: id, scopes, clientId };
  return { ...(await keys.sign(actor, now)), actor };
}

type UsedKey = ApiKey & { secretHash: Buffer; now: string };

/** Shared-locked like a session, so that a revocation is dated after every token made before it. */
async function goodKey(sql: Sql, prefix: string, secret: string): Promise<UsedKey | null> {
  const [key] = await sql<UsedKey[]>`
    select ${columns(sql)}, secret_hash as "secretHash", platform.now() as now from api_key
    where prefix = ${prefix} and revoked_at is null and (expires_at is null or expires_at > platform.now())
    for share`;
  if (!key || !timingSafeEqual(hashSecret(secret), key.secretHash)) return null;
  await sql`
    update api_key set last_used_at = platform.now()
    where id = ${key.id} and (last_used_at is null or last_used_at < platform.now() - interval '1 minute')`;
  return key;
}

async function insertKey(
  tx: Sql,
  { clientId, name, scopes }: { clientId: string; name: string; scopes: string[] },
  actor: Actor,
): Promise<NewKey> {
  const prefix = Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const { text, hash } = newSecret();
  const [key] = await tx<ApiKey[]>`
    insert into api_key (id, client_id, name, prefix, secret_hash, scopes, created_by)
    values (${newId()}, ${clientId}, ${name}, ${prefix}, ${hash}, ${scopes}, ${actor.id})
    returning ${columns(tx)}`;
  await note(tx, { event: 'key_created', actorId: actor.id, detail: `${prefix} of client ${clientId}` });
  return { key: key!, secret: `fk_${prefix}_${text}` };
}

/** Locked. What is another client's, revoked or unknown is not found. */
async function liveKey(tx: Sql, keyId: string, actor: Actor): Promise<ApiKey> {
  const [key] = await tx<
    ApiKey[]
  >`select ${columns(tx)} from api_key where id = ${keyId} and revoked_at is null for update`;
  const allowed = key && (actor.roles.includes('admin') || managedClient(actor) === key.clientId);
  if (!allowed) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return key;
}
