import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { newId } from '#platform/clock';
import { actorSigner, actorVerifier, InvalidToken } from './index.ts';

const clock = { time: 0, now: () => clock.time };
beforeEach(() => {
  clock.time = Date.parse('2026-03-01T10:00:00.250Z');
});

const actor = { id: newId(), name: 'Анна', roles: ['seller' as const], credential: newId(), scopes: [] };

async function keyPair(keyId: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: keyId, alg: 'EdDSA' };
  return { privateKey, jwk, signer: actorSigner({ privateKey, keyId, clock }) };
}

const refused = (expired: boolean) => (error: unknown) => error instanceof InvalidToken && error.expired === expired;

test('an actor comes out as it went in, until the token expires', async () => {
  const { signer, jwk } = await keyPair('a');
  const verifier = actorVerifier({ keys: async () => [jwk], clock });
  const { token, expiresAt } = await signer.sign(actor);
  assert.deepEqual(await verifier.verify(token), actor);
  assert.equal(expiresAt, '2026-03-01T10:05:00.000Z');
  assert.ok(verifier.stands(token));
  clock.time = Date.parse(expiresAt);
  assert.ok(!verifier.stands(token));
  await assert.rejects(verifier.verify(token), refused(true));
});

test('a forged, foreign, altered or overlong token proves nothing', async () => {
  const { signer, jwk, privateKey } = await keyPair('a');
  const verifier = actorVerifier({ keys: async () => [jwk], clock });
  const { token } = await signer.sign(actor);
  const [head, body, signature] = token.split('.') as [string, string, string];
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString());
  const admin = Buffer.from(JSON.stringify({ ...payload, roles: ['admin'] })).toString('base64url');
  const none = Buffer.from('{"alg":"none","kid":"a","typ":"forgeline-actor+jwt"}').toString('base64url');
  const stranger = await (await keyPair('a')).signer.sign(actor);
  const jwt = (header: object, claims: object) =>
    new SignJWT({ ...payload, ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: 'a', ...header }).sign(privateKey);
  const good = { typ: 'forgeline-actor+jwt' };

  for (const bad of [
    '',
    'x.y.z',
    `${head}.${admin}.${signature}`,
    `${none}.${admin}.`,
    stranger.token,
    await jwt({ typ: 'JWT' }, {}),
    await jwt(good, { iss: 'somebody' }),
    await jwt(good, { roles: ['emperor'] }),
    await jwt(good, { exp: payload.exp + 3600 }),
    await jwt(good, { iat: payload.iat + 60, exp: payload.exp + 60 }),
  ]) {
    await assert.rejects(verifier.verify(bad), refused(false), bad);
  }
  assert.deepEqual(await verifier.verify(await jwt(good, {})), actor);
});

test('a revocation voids what was issued before it, of one credential or of all', async () => {
  const { signer, jwk } = await keyPair('a');
  const verifier = actorVerifier({ keys: async () => [jwk], clock });
  const known = await signer.sign(actor);
  const unseen = await signer.sign({ ...actor, credential: newId() });
  await verifier.verify(known.token);
  clock.time += 10;
  const before = new Date(clock.time).toISOString();
  verifier.revoke({ personId: actor.id, credentials: [actor.credential], before });
  assert.ok(!verifier.stands(known.token));
  await assert.rejects(verifier.verify(known.token), refused(true));
  await verifier.verify(unseen.token);
  const next = await signer.sign(actor);
  await verifier.verify(next.token);

  clock.time += 10;
  verifier.revoke({ personId: actor.id, credentials: [], before: new Date(clock.time).toISOString() });
  // An older event that comes late takes nothing back.
  verifier.revoke({ personId: actor.id, credentials: [], before });
  for (const { token } of [unseen, next]) await assert.rejects(verifier.verify(token), refused(true));
  await verifier.verify((await signer.sign(actor)).token);
});

test('a new key is found without a restart, and a known one holds while identity is away', async () => {
  const first = await keyPair('a');
  const second = await keyPair('b');
  const state = { published: [first.jwk], away: false, asked: 0 };
  const keys = async () => {
    state.asked += 1;
    if (state.away) throw new Error('identity is away');
    return state.published;
  };
  const verifier = actorVerifier({ keys, clock });
  await verifier.verify((await first.signer.sign(actor)).token);

  const rotated = (await second.signer.sign(actor)).token;
  await assert.rejects(verifier.verify(rotated), refused(false));
  assert.equal(state.asked, 1, 'an unknown key does not let strangers make us ask at will');
  state.published = [first.jwk, second.jwk];
  clock.time += 3_000;
  await verifier.verify(rotated);

  state.away = true;
  clock.time += 400_000;
  await verifier.verify((await second.signer.sign(actor)).token);
  const fresh = actorVerifier({ keys, clock });
  await assert.rejects(fresh.verify((await second.signer.sign(actor)).token), /identity is away/);
});

test('a verifier that has just started knows what was revoked before', async () => {
  const { signer, jwk } = await keyPair('a');
  const { token } = await signer.sign(actor);
  clock.time += 10;
  const revoked = { personId: actor.id, credentials: [], before: new Date(clock.time).toISOString() };
  const verifier = actorVerifier({ keys: async () => [jwk], revocations: async () => [revoked], clock });
  await assert.rejects(verifier.verify(token), refused(true));
  await verifier.verify((await signer.sign(actor)).token);
});
