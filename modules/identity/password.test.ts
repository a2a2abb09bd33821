import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '#platform/http';
import { hashPassword, verifyPassword } from './password.ts';

test('a password is verified against its hash only, in any of its spellings in Unicode', async () => {
  const composed = 'пароль й é';
  const hash = await hashPassword(composed);
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.ok(await verifyPassword(composed, hash));
  assert.ok(await verifyPassword(composed.normalize('NFD'), hash));
  assert.ok(!(await verifyPassword(`${composed}.`, hash)));
  assert.ok(!(await verifyPassword('', hash)));
  assert.ok(!(await verifyPassword(composed, null)));
  assert.notEqual(await hashPassword(composed), hash);
});

test('beyond what the machine can take, people are asked to come back', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 80 }, () => hashPassword('x')));
  const refused = tries.filter((one) => one.status === 'rejected');
  assert.equal(refused.length, 80 - 64);
  assert.ok(refused.every(({ reason }) => reason instanceof Fault && reason.code === 'room.unavailable'));
  assert.ok(await verifyPassword('x', await hashPassword('x')));
});
