import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SessionView, TokenAnswer } from '#contracts/identity';
import { newId } from '#platform/clock';
import { type IdentityUnderTest, identityUnderTest, PASSWORD, PUBLIC_ORIGIN } from './identity-under-test.ts';

let identity: IdentityUnderTest;
before(async () => {
  identity = await identityUnderTest({ instances: 2 });
});
after(() => identity.close());

const newEmail = () => `${newId()}@example.org`;
const code = (answer: { body: unknown }) => (answer.body as { code: string }).code;

test('a guest signs up, keeps the id, confirms the address and signs in elsewhere', async () => {
  const home = identity.browser();
  assert.equal((await home.get<SessionView>('/session')).body.person, null);
  const guest = (await home.post<SessionView>('/guests')).body.person!;
  assert.deepEqual([guest.guest, guest.roles, guest.email], [true, ['customer'], null]);
  assert.equal((await home.post<SessionView>('/guests')).body.person?.id, guest.id);

  const email = newEmail();
  const signedUp = await home.post<SessionView>('/people', {
    name: 'Анна',
    email: email.toUpperCase(),
    password: PASSWORD,
  });
  assert.equal(signedUp.status, 200);
  assert.deepEqual(signedUp.body.person, { ...guest, name: 'Анна', email, emailConfirmed: false, guest: false });

  const elsewhere = identity.browser(1);
  assert.equal(code(await elsewhere.post('/sessions', { email, password: PASSWORD })), 'identity.wrong_credentials');
  const { token } = await identity.mail(email);
  const confirmed = await home.post<SessionView>('/email-confirmations', { token });
  assert.equal(confirmed.body.person?.emailConfirmed, true);
  const signedIn = await elsewhere.post<SessionView>('/sessions', { email, password: PASSWORD });
  assert.equal(signedIn.body.person?.id, guest.id);
  assert.equal(code(await home.post('/email-confirmations', { token })), 'identity.link_invalid');
  assert.equal(
    code(await home.post('/people', { name: 'B', email: newEmail(), password: PASSWORD })),
    'identity.already_member',
  );
});

test('signing up with a known address looks the same, and only its owner gets a mail', async () => {
  const owner = await identity.person(['customer']);
  const stranger = identity.browser();
  const taken = await stranger.post<SessionView>('/people', { name: 'S', email: owner.email, password: PASSWORD });
  const free = await identity
    .browser()
    .post<SessionView>('/people', { name: 'S', email: newEmail(), password: PASSWORD });
  const { id: _taken, email: _takenEmail, ...looksTaken } = taken.body.person!;
  const { id: _free, email: _freeEmail, ...looksFree } = free.body.person!;
  assert.deepEqual(looksTaken, looksFree);
  assert.notEqual(taken.body.person?.id, owner.id);
  const { text, token } = await identity.mail(owner.email);
  assert.match(text, /There is an account/);
  assert.equal(token, '');
});

test('an innocent click does not confirm an address that somebody else claimed', async () => {
  const email = newEmail();
  await identity.browser().post('/people', { name: 'Attacker', email, password: PASSWORD });
  const { token } = await identity.mail(email);
  const victim = identity.browser();
  assert.equal(code(await victim.post('/email-confirmations', { token })), 'identity.wrong_credentials');
  assert.equal(
    code(await victim.post('/email-confirmations', { token, password: 'a guess' })),
    'identity.wrong_credentials',
  );
  assert.equal((await victim.post('/email-confirmations', { token, password: PASSWORD })).status, 200);
});

test('an address that was confirmed by another meanwhile is not confirmed again', async () => {
  const email = newEmail();
  const [one, two] = [identity.browser(), identity.browser()];
  await one.post('/people', { name: 'One', email, password: PASSWORD });
  const first = await identity.mail(email);
  await two.post('/people', { name: 'Two', email, password: PASSWORD });
  const second = await identity.mail(email, first.count);
  assert.equal((await two.post('/email-confirmations', { token: second.token })).status, 200);
  assert.equal(code(await one.post('/email-confirmations', { token: first.token })), 'identity.link_invalid');
});

test('a password that its owner’s address or name gives away is refused', async () => {
  const browser = identity.browser();
  for (const password of ['aaaaaaaaaaaa', 'Konstantin1', 'konstantin@example.org']) {
    const answer = await browser.post('/people', { name: 'Konstantin', email: 'konstantin@example.org', password });
    assert.equal(code(answer), 'identity.weak_password', password);
  }
  assert.equal(
    code(await browser.post('/people', { name: 'K', email: newEmail(), password: 'short' })),
    'request.invalid',
  );
});

test('unknown address and wrong password are one refusal', async () => {
  const { email } = await identity.person(['seller']);
  const wrong = await identity.browser().post('/sessions', { email, password: 'not this one' });
  const unknown = await identity.browser().post('/sessions', { email: newEmail(), password: 'not this one' });
  const same = ({ body }: typeof wrong) => ({ ...(body as object), requestId: '' });
  assert.equal(wrong.status, 401);
  assert.deepEqual(same(wrong), same(unknown));
});

test('the cookie is out of reach of scripts and other sites, and nothing of it is stored as it is', async () => {
  const { browser } = await identity.person(['customer']);
  const again = await browser.post('/email-confirmations', { token: 'x'.repeat(43) });
  assert.equal(again.headers.getSetCookie().length, 0);
  const { email } = await identity.person(['customer']);
  const answer = await identity.browser().post('/sessions', { email, password: PASSWORD });
  const [cookie] = answer.headers.getSetCookie();
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/api/internal/v1/identity'])
    assert.ok(cookie?.includes(part), part);
  assert.ok(!cookie?.includes('Secure'));
  const value = /=([^;]+)/.exec(cookie!)![1]!;
  const [row] = await identity.sql<{ found: boolean }[]>`
    select exists (select from session where encode(token_hash, 'escape') like ${`%${value}%`}) as found`;
  assert.equal(row?.found, false);
});

test('over https the cookie is Secure', async () => {
  const overHttps = await identityUnderTest({ publicOrigin: 'https://forgeline.test/' });
  const answer = await overHttps.browser().post('/guests');
  assert.match(answer.headers.getSetCookie()[0]!, /^__Secure-forgeline_session=.*; Secure$/);
  await overHttps.close();
});

test('a token proves the person to other processes, and sign-out voids it there', async () => {
  const { id, browser } = await identity.person(['lead_seller', 'admin']);
  const answer = await browser.post<TokenAnswer>('/token');
  assert.equal(answer.body.actor.id, id);
  assert.ok(Date.parse(answer.body.expiresAt) - Date.now() <= 300_000);
  const seen = await identity.whoami(answer.body.token);
  assert.deepEqual(seen.body.roles, ['lead_seller', 'admin']);

  const session = browser.jar.get('forgeline_session')!;
  assert.equal((await browser.ask('DELETE', '/sessions/current')).status, 204);
  await identity.untilRefused(answer.body.token);
  assert.equal((await identity.whoami(answer.body.token)).body.code, 'auth.expired');
  assert.equal(code(await browser.post('/token')), 'auth.required');
  browser.jar.set('forgeline_session', session);
  assert.equal(code(await browser.post('/token')), 'auth.required');
});

test('a value of the cookie that was known before the sign-in is worth nothing after', async () => {
  const victim = identity.browser();
  await victim.post('/guests');
  const planted = victim.jar.get('forgeline_session')!;
  const { email } = await identity.person(['customer']);
  await victim.post('/sessions', { email, password: PASSWORD });
  const attacker = identity.browser();
  attacker.jar.set('forgeline_session', planted);
  assert.equal((await attacker.get<SessionView>('/session')).body.person, null);
});

test('another site’s page gets nowhere with our cookie', async () => {
  const { browser } = await identity.person(['customer']);
  const foreign = { origin: 'https://evil.example' };
  assert.equal(code(await browser.ask('POST', '/token', {}, foreign)), 'identity.csrf');
  assert.equal(code(await browser.ask('POST', '/token', {}, { origin: 'null' })), 'identity.csrf');
  const answer = await fetch(`${identity.origin}/api/internal/v1/identity/token`, {
    method: 'POST',
    headers: { cookie: `forgeline_session=${browser.jar.get('forgeline_session')}` },
  });
  assert.equal(((await answer.json()) as { code: string }).code, 'identity.csrf');
  for (const origin of [identity.origin, PUBLIC_ORIGIN]) {
    assert.equal((await browser.ask('POST', '/token', {}, { origin })).status, 200);
  }
});

test('a password is reset by mail: sessions end, the link works once, and a locked account is open again', async () => {
  const { email, browser } = await identity.person(['customer']);
  const token = await browser.token();
  for (let tries = 0; tries < 12; tries++) await identity.browser().post('/sessions', { email, password: 'guess' });
  assert.equal(code(await identity.browser().post('/sessions', { email, password: PASSWORD })), 'rate.limited');

  assert.equal((await identity.browser().post('/password-resets', { email })).status, 202);
  const mail = await identity.mail(email);
  const stranger = identity.browser();
  const next = 'a new long password';
  assert.equal(
    code(await stranger.post('/password-resets/complete', { token: mail.token, password: email })),
    'identity.weak_password',
  );
  assert.equal((await stranger.post('/password-resets/complete', { token: mail.token, password: next })).status, 204);
  assert.equal(
    code(await stranger.post('/password-resets/complete', { token: mail.token, password: next })),
    'identity.link_invalid',
  );
  await identity.untilRefused(token);
  assert.equal(code(await browser.post('/token')), 'auth.required');
  assert.equal(code(await stranger.post('/sessions', { email, password: PASSWORD })), 'identity.wrong_credentials');
  assert.equal((await stranger.post('/sessions', { email, password: next })).status, 200);
});

test('asking for a new password tells nothing about the address', async () => {
  const unknown = newEmail();
  const answer = await identity.browser().post('/password-resets', { email: unknown });
  assert.deepEqual([answer.status, answer.body], [202, {}]);
  assert.equal(await identity.mailCount(unknown), 0);
});

test('guesses are limited over all instances together, however many come at once', async () => {
  const { email } = await identity.person(['customer']);
  const browsers = Array.from({ length: 30 }, (_, index) => identity.browser(index % 2));
  const answers = await Promise.all(browsers.map((one) => one.post('/sessions', { email, password: 'guess' })));
  const checked = answers.filter(({ status }) => status === 401);
  const limited = answers.filter(({ status }) => status === 429);
  // One try of the ten was the sign-in of the person itself, and was forgiven.
  assert.deepEqual([checked.length, limited.length], [10, 20]);
  assert.ok(Number(limited[0]?.headers.get('retry-after')) > 60);
});

test('a password is changed with the old one, and every session ends', async () => {
  const { email, browser } = await identity.person(['operator']);
  const next = 'an even longer one';
  const wrong = await browser.signed('PUT', '/password', { current: 'guess', next });
  assert.equal(code(wrong), 'identity.wrong_credentials');
  assert.equal((await browser.signed('PUT', '/password', { current: PASSWORD, next })).status, 204);
  assert.equal((await browser.get<SessionView>('/session')).body.person, null);
  assert.equal((await identity.browser(1).post('/sessions', { email, password: next })).status, 200);
});

test('keys of the signature can be changed while people work', async () => {
  const { browser } = await identity.person(['admin']);
  const before = await browser.token();
  const known = (await identity.keys()).length;
  assert.equal((await browser.signed('POST', '/signing-keys/rotate', {})).status, 200);
  assert.equal((await identity.keys()).length, known + 1);
  assert.ok(
    (await identity.keys()).every((key) => key.d === undefined),
    'no private half is published',
  );
  assert.equal((await identity.whoami(before)).status, 200);
});

test('no password, cookie or token is in any log line', () => {
  const all = identity.lines.join('');
  assert.ok(identity.lines.length > 50);
  for (const secret of [PASSWORD, 'a new long password', 'forgeline_session=', '@example.org', 'eyJ']) {
    assert.ok(!all.includes(secret), secret);
  }
});
