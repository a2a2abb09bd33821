import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEntry, NewKey, PersonRecord, SessionView, TokenAnswer } from '#contracts/identity';
import { newId } from '#platform/clock';
import {
  type Browser,
  type IdentityUnderTest,
  identityUnderTest,
  PASSWORD,
  PROOF,
  PUBLIC_ORIGIN,
  ROOM_PROOF,
} from './identity-under-test.ts';

let identity: IdentityUnderTest;
let admin: { id: string; email: string; browser: Browser };
before(async () => {
  identity = await identityUnderTest({ instances: 2 });
});
after(() => identity.close());

const newEmail = () => `${newId()}@example.org`;
const code = (answer: { body: unknown }) => (answer.body as { code: string }).code;
const tokenOf = (link: string) => link.slice(link.indexOf('#') + 1);

test('the link of the first start makes one admin, once, and the newest link only', async () => {
  const old = (await identity.room.firstAdminLink())!;
  const link = (await identity.room.firstAdminLink())!;
  assert.ok(link.startsWith(`${PUBLIC_ORIGIN}/account/first-admin#`));
  const email = newEmail();
  const person = { email, name: 'Ада', password: PASSWORD };
  const browser = identity.browser();
  assert.equal(code(await browser.post('/first-admin', { ...person, token: tokenOf(old) })), 'identity.link_invalid');
  const tries = [0, 1, 0, 1].map((instance) =>
    identity
      .browser(instance)
      .post<SessionView>('/first-admin', { ...person, email: newEmail(), token: tokenOf(link) }),
  );
  const answers = await Promise.all(tries);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410, 410, 410]);
  const made = answers.find(({ status }) => status === 200)!.body.person!;
  assert.deepEqual(made.roles, ['admin']);
  assert.equal(await identity.room.firstAdminLink(), null);

  const signedIn = identity.browser();
  await signedIn.post('/sessions', { email: made.email, password: PASSWORD });
  admin = { id: made.id, email: made.email!, browser: signedIn };
});

test('an admin invites, the invited person comes with those roles, and the link works once', async () => {
  const email = newEmail();
  const invited = await admin.browser.signed<PersonRecord>('POST', '/invitations', {
    email,
    name: 'Олег',
    roles: ['operator'],
  });
  assert.deepEqual([invited.status, invited.body.kind], [200, 'invited']);
  const first = await identity.mail(email);
  // Invited again with another role: the first link is void.
  await admin.browser.signed('POST', '/invitations', { email, name: 'Олег', roles: ['packer'] });
  const second = await identity.mail(email, first.count);

  const browser = identity.browser();
  const password = PASSWORD;
  assert.equal(code(await browser.post('/sessions', { email, password })), 'identity.wrong_credentials');
  assert.equal(
    code(await browser.post('/invitations/accept', { token: first.token, password })),
    'identity.link_invalid',
  );
  const accepted = await browser.post<SessionView>('/invitations/accept', { token: second.token, password });
  assert.equal(accepted.body.person?.id, invited.body.id);
  assert.deepEqual(accepted.body.person?.roles, ['packer']);
  assert.equal(
    code(await browser.post('/invitations/accept', { token: second.token, password })),
    'identity.link_invalid',
  );
  const again = await admin.browser.signed('POST', '/invitations', { email, name: 'Олег', roles: ['operator'] });
  assert.equal(code(again), 'identity.address_taken');
});

test('changed roles are those of the next token, and older tokens are void elsewhere', async () => {
  const { id, browser } = await identity.person(['seller']);
  const token = await browser.token();
  await identity.whoami(token);
  const changed = await admin.browser.signed<PersonRecord>('PUT', `/people/${id}/roles`, { roles: ['lead_seller'] });
  assert.deepEqual(changed.body.roles, ['lead_seller']);
  await identity.untilRefused(token);
  const next = await browser.post<TokenAnswer>('/token');
  assert.deepEqual((await identity.whoami(next.body.token)).body.roles, ['lead_seller']);
});

test('a token that is made while roles change never carries the old ones beyond the change', async () => {
  const { id, browser } = await identity.person(['seller']);
  const minting = Array.from({ length: 40 }, () => browser.post<TokenAnswer>('/token'));
  await admin.browser.signed('PUT', `/people/${id}/roles`, { roles: ['packer'] });
  const [revocation] = await identity.sql<{ at: string }[]>`select at from revocation where person_id = ${id}`;
  const answers = await Promise.all(minting);
  for (const { body } of answers.filter(({ body }) => body.actor.roles[0] === 'seller')) {
    const { iat } = JSON.parse(Buffer.from(body.token.split('.')[1]!, 'base64url').toString()) as { iat: number };
    assert.ok(iat * 1000 <= Date.parse(revocation!.at), 'issued before the revocation, hence void');
  }
});

test('a deactivated person is out everywhere and cannot come back, until activated', async () => {
  const { id, email, browser } = await identity.person(['operator']);
  const token = await browser.token();
  await identity.whoami(token);
  const gone = await admin.browser.signed<PersonRecord>('POST', `/people/${id}/deactivate`, {
    reason: 'left the company',
  });
  assert.ok(gone.body.deactivatedAt);
  await identity.untilRefused(token);
  assert.equal(code(await browser.post('/token')), 'auth.required');
  assert.equal(code(await browser.post('/sessions', { email, password: PASSWORD })), 'identity.wrong_credentials');
  await identity.browser().post('/password-resets', { email });
  assert.equal(await identity.mailCount(email), 0);
  await admin.browser.signed('POST', `/people/${id}/activate`);
  assert.equal((await browser.post('/sessions', { email, password: PASSWORD })).status, 200);
});

test('there is always an admin, also when two remove each other at once', async () => {
  const alone = await admin.browser.signed('POST', `/people/${admin.id}/deactivate`, { reason: 'mistake' });
  assert.equal(code(alone), 'identity.last_admin');
  const other = await identity.person(['admin']);
  await Promise.all([admin.browser.token(), other.browser.token()]);
  const answers = await Promise.all([
    admin.browser.signed('PUT', `/people/${other.id}/roles`, { roles: ['seller'] }),
    other.browser.signed('PUT', `/people/${admin.id}/roles`, { roles: ['seller'] }),
  ]);
  const statuses = answers.map(({ status }) => status).sort();
  // The loser is told that one must stay, or, a moment later, that it is no admin any more.
  assert.equal(statuses[0], 200);
  assert.ok(statuses[1]! >= 400, String(statuses[1]));
  const [count] = await identity.sql<{ admins: number }[]>`
    select count(*) as admins from person where 'admin' = any (roles) and kind = 'member' and deactivated_at is null`;
  assert.equal(count?.admins, 1);
  if (answers[1]?.status === 200) admin = other;
});

test('a partner’s person has a client, and nobody else has', async () => {
  const invite = (roles: string[], clientId?: string) =>
    admin.browser.signed('POST', '/invitations', {
      email: newEmail(),
      name: 'P',
      roles,
      ...(clientId ? { clientId } : {}),
    });
  assert.equal(code(await invite(['partner'])), 'identity.client_and_role');
  assert.equal(code(await invite(['seller'], newId())), 'identity.client_and_role');
  assert.equal((await invite(['partner'], newId())).status, 200);
});

test('people are listed newest first, page by page, searched and filtered; guests are left out', async () => {
  const name = `Искомый ${newId()}`;
  const made: string[] = [];
  for (let index = 0; index < 5; index++) {
    const person = { email: newEmail(), name: `${name} ${index}`, roles: ['quality' as const], password: PASSWORD };
    made.push((await identity.room.ensurePerson(person)).id);
  }
  await identity.browser().post('/guests');
  const found: PersonRecord[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = `?search=${encodeURIComponent(name)}&role=quality&limit=2${cursor ? `&cursor=${cursor}` : ''}`;
    const { body }: { body: { items: PersonRecord[]; next: string | null } } = await admin.browser.signed(
      'GET',
      `/people${query}`,
    );
    assert.ok(body.items.length <= 2);
    found.push(...body.items);
    cursor = body.next;
  }
  assert.deepEqual(
    found.map(({ id }) => id),
    made.toReversed(),
  );
  const wild = await admin.browser.signed<{ items: PersonRecord[] }>(
    'GET',
    `/people?search=${encodeURIComponent('%_%')}`,
  );
  assert.equal(wild.body.items.length, 0);
});

test('a seller registers a customer on the phone; the same address is the same person', async () => {
  const seller = await identity.person(['seller']);
  const email = newEmail();
  const register = (given: object) => seller.browser.signed<PersonRecord>('POST', '/customers', given);
  const answers = await Promise.all([1, 2, 3].map(() => register({ name: 'Пётр', email, phone: '+7 900' })));
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.deepEqual([answers[0]?.body.kind, answers[0]?.body.roles], ['registered', ['customer']]);
  const member = await identity.person(['customer']);
  assert.equal((await register({ name: 'M', email: member.email })).body.id, member.id);
  const staff = await seller.browser.signed<{ items: { id: string }[] }>('GET', '/staff?role=seller');
  assert.ok(staff.body.items.some(({ id }) => id === seller.id));
});

test('what happened to a person is in the audit, newest first', async () => {
  const { id, email, browser } = await identity.person(['seller']);
  await identity.browser().post('/sessions', { email, password: 'guess' });
  await browser.ask('DELETE', '/sessions/current');
  const { body } = await admin.browser.signed<{ items: AuditEntry[] }>('GET', `/audit?personId=${id}`);
  assert.deepEqual(
    body.items.map(({ event }) => event),
    ['sign_out', 'sign_in_failed', 'sign_in'],
  );
  assert.equal(body.items[0]?.address, '127.0.0.1');
});

test('a partner’s key gives a token of its client, is shown once, and is void everywhere once revoked', async () => {
  const clientId = newId();
  const partner = await identity.person(['partner'], clientId);
  const made = await partner.browser.signed<NewKey>('POST', '/keys', { name: 'production', scopes: ['orders:write'] });
  assert.equal(made.status, 201);
  assert.match(made.body.secret, /^fk_[a-z0-9]{8}_[\w-]{43}$/);
  const anybody = identity.browser(1);
  const exchanged = await anybody.post<TokenAnswer>('/key-token', { key: made.body.secret, proof: PROOF });
  assert.deepEqual(
    { ...exchanged.body.actor, credential: '' },
    { id: clientId, name: 'production', roles: ['partner'], credential: '', scopes: ['orders:write'], clientId },
  );
  assert.equal((await identity.whoami(exchanged.body.token)).body.id, clientId);
  const listed = await partner.browser.signed('GET', '/keys');
  assert.ok(!JSON.stringify(listed.body).includes(made.body.secret.slice(12)));
  assert.ok(JSON.stringify(listed.body).includes('lastUsedAt":"20'));

  const forged = `${made.body.secret.slice(0, -1)}${made.body.secret.endsWith('A') ? 'B' : 'A'}`;
  for (const key of [forged, 'fk_', 'x', made.body.secret.replace('fk_', 'fk-')]) {
    assert.equal(
      code(await anybody.post('/key-token', { key, proof: PROOF })),
      'identity.key_invalid',
      key.slice(0, 3),
    );
  }
  assert.equal((await partner.browser.signed('DELETE', `/keys/${made.body.key.id}`)).status, 204);
  await identity.untilRefused(exchanged.body.token);
  assert.equal(code(await anybody.post('/key-token', { key: made.body.secret, proof: PROOF })), 'identity.key_invalid');
});

test('a room that proves itself gets a token of its own, and nobody else does', async () => {
  const anybody = identity.browser();
  const { status, body } = await anybody.post<TokenAnswer>('/room-token', { room: 'crm', proof: ROOM_PROOF });
  assert.deepEqual([status, body.actor.name, body.actor.roles], [200, 'room crm', ['ops']]);
  assert.equal((await identity.whoami(body.token)).body.id, body.actor.id);
  for (const proof of ['', PROOF, `${ROOM_PROOF}x`]) {
    assert.equal(code(await anybody.post('/room-token', { room: 'crm', proof })), 'auth.required', proof);
  }
});

test('a rotated key stays good for the overlap, and not at all without one', async () => {
  const partner = await identity.person(['partner'], newId());
  const old = (await partner.browser.signed<NewKey>('POST', '/keys', { name: 'k', scopes: ['read'] })).body;
  const rotate = (id: string, overlapSeconds: number) =>
    partner.browser.signed<NewKey>('POST', `/keys/${id}/rotate`, { overlapSeconds });
  const next = (await rotate(old.key.id, 3600)).body;
  assert.deepEqual([next.key.name, next.key.scopes], ['k', ['read']]);
  const good = async (key: string) =>
    (await identity.browser().post('/key-token', { key, proof: PROOF })).status === 200;
  assert.deepEqual([await good(old.secret), await good(next.secret)], [true, true]);
  const last = (await rotate(next.key.id, 0)).body;
  assert.deepEqual([await good(next.secret), await good(last.secret)], [false, true]);
});

test('another client’s keys are not there, an admin names the client, and a key makes no keys', async () => {
  const clientId = newId();
  const [mine, other] = [await identity.person(['partner'], clientId), await identity.person(['partner'], newId())];
  const made = (await mine.browser.signed<NewKey>('POST', '/keys', { name: 'k', scopes: [] })).body;
  assert.equal((await other.browser.signed('DELETE', `/keys/${made.key.id}`)).status, 404);
  assert.equal((await other.browser.signed('POST', `/keys/${made.key.id}/rotate`, {})).status, 404);
  assert.equal((await other.browser.signed('GET', `/keys?clientId=${clientId}`)).status, 404);
  assert.equal((await admin.browser.signed('POST', '/keys', { name: 'k', scopes: [] })).status, 400);
  assert.equal((await admin.browser.signed('POST', '/keys', { clientId, name: 'k', scopes: [] })).status, 201);

  const { token } = (await identity.browser().post<TokenAnswer>('/key-token', { key: made.secret, proof: PROOF })).body;
  const byKey = await identity
    .browser()
    .ask('POST', '/keys', { name: 'k', scopes: [] }, { authorization: `Bearer ${token}` });
  assert.ok(byKey.status >= 400);
});

test('a process that has just started learns what was revoked before', async () => {
  const { id, browser } = await identity.person(['seller']);
  await admin.browser.signed('POST', `/people/${id}/deactivate`, { reason: 'test' });
  const { body } = await browser.get<{ items: { personId: string; credentials: string[] }[] }>('/revocations');
  assert.ok(body.items.some((item) => item.personId === id && item.credentials.length === 0));
});

test('a seed leaves people as they are', async () => {
  const email = newEmail();
  const first = await identity.room.ensurePerson({ email, name: 'A', roles: ['seller'], password: PASSWORD });
  const again = await identity.room.ensurePerson({ email, name: 'B', roles: ['admin'], password: 'another one' });
  assert.deepEqual([first.created, again], [true, { id: first.id, created: false }]);
  const answer = await identity.browser().post<SessionView>('/sessions', { email, password: PASSWORD });
  assert.deepEqual(answer.body.person?.roles, ['seller']);
});
