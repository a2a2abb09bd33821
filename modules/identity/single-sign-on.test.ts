import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import type { SessionView } from '#contracts/identity';
import { newId } from '#platform/clock';
import { BASE, type Browser, type IdentityUnderTest, identityUnderTest, PUBLIC_ORIGIN } from './identity-under-test.ts';

const CLIENT = { clientId: 'forgeline', clientSecret: 'a-secret-of-the-test-only' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function withIdentity(issuer: string): Promise<IdentityUnderTest> {
  const identity = await identityUnderTest({ oidc: { issuer, ...CLIENT } });
  closing.push(() => identity.close());
  return identity;
}

const code = (answer: { body: unknown }) => (answer.body as { code: string }).code;

/** Sets the browser off and gives the provider's address that it is sent to. */
async function begin(browser: Browser, returnTo = '/crm/'): Promise<URL> {
  const answer = await browser.get(`/oidc/start?returnTo=${encodeURIComponent(returnTo)}`);
  assert.equal(answer.status, 303, JSON.stringify(answer.body));
  return new URL(answer.headers.get('location')!);
}

const finish = (browser: Browser, back: URL) => browser.get(back.pathname.slice(BASE.length) + back.search);

// ---- a real provider ----

interface Account {
  email: string;
  email_verified: boolean;
  name: string;
}

/** `oidc-provider` with its own sign-in pages; accounts by their login. */
async function realProvider(accounts: Record<string, Account>): Promise<string> {
  let handle: RequestListener = () => {};
  const issuer = await listen(createServer((request, response) => handle(request, response)));
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [`${PUBLIC_ORIGIN}${BASE}/oidc/callback`],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    cookies: { keys: ['only-for-tests'] },
  });
  handle = provider.callback();
  return issuer;
}

/** A person at the provider: signs in, consents, and is sent back to us. */
async function signInThere(start: URL, login: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 15; step++) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: form } : {}),
    });
    for (const text of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      jar.set(name!, value!);
    }
    form = null;
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url);
      if (url.origin !== start.origin) return url;
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    assert.ok(prompt, page.slice(0, 2000));
    url = new URL(/action="([^"]+)"/.exec(page)![1]!, url);
    form = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
  }
  throw new Error('The provider never sent the browser back');
}

test('a person signs in at a real provider and is known again; a verified address finds the person it belongs to', async () => {
  const accounts: Record<string, Account> = {
    nina: { email: 'nina@example.org', email_verified: true, name: 'Нина' },
    liar: { email: 'seller@example.org', email_verified: false, name: 'Liar' },
    seller: { email: 'Seller@example.org', email_verified: true, name: 'Seller' },
  };
  const identity = await withIdentity(await realProvider(accounts));

  const first = identity.browser();
  assert.equal((await first.get<SessionView>('/session')).body.singleSignOn, `${BASE}/oidc/start`);
  const back = await signInThere(await begin(first), 'nina');
  const answer = await finish(first, back);
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, `${PUBLIC_ORIGIN}/crm/`]);
  const nina = (await first.get<SessionView>('/session')).body.person!;
  assert.deepEqual(
    [nina.name, nina.email, nina.emailConfirmed, nina.roles],
    ['Нина', 'nina@example.org', true, ['customer']],
  );

  accounts['nina'] = { email: 'nina.new@example.org', email_verified: true, name: 'Нина' };
  const second = identity.browser();
  await finish(second, await signInThere(await begin(second), 'nina'));
  assert.equal((await second.get<SessionView>('/session')).body.person?.id, nina.id);

  const seller = { email: 'seller@example.org', name: 'S', roles: ['seller' as const], password: 'not needed here' };
  const { id } = await identity.room.ensurePerson(seller);
  const liar = identity.browser();
  await finish(liar, await signInThere(await begin(liar), 'liar'));
  assert.notEqual((await liar.get<SessionView>('/session')).body.person?.id, id);
  const known = identity.browser();
  await finish(known, await signInThere(await begin(known), 'seller'));
  assert.equal((await known.get<SessionView>('/session')).body.person?.id, id);
});

test('an answer is taken once, by the browser that asked, and with the nonce that was sent', async () => {
  const accounts = { nina: { email: 'nina@example.org', email_verified: true, name: 'N' } };
  const identity = await withIdentity(await realProvider(accounts));

  const browser = identity.browser();
  const back = await signInThere(await begin(browser), 'nina');
  assert.equal(code(await finish(identity.browser(), back)), 'identity.sign_on_failed');
  const cookies = new Map(browser.jar);
  assert.equal((await finish(browser, back)).status, 303);
  const replaying = identity.browser();
  for (const [name, value] of cookies) replaying.jar.set(name, value);
  assert.equal(code(await finish(replaying, back)), 'identity.sign_on_failed');

  const tampered = identity.browser();
  const start = await begin(tampered);
  start.searchParams.set('nonce', 'another-nonce');
  assert.equal(code(await finish(tampered, await signInThere(start, 'nina'))), 'identity.sign_on_failed');
  assert.equal((await tampered.get<SessionView>('/session')).body.person, null);

  const denied = identity.browser();
  const refused = new URL(`${PUBLIC_ORIGIN}${BASE}/oidc/callback`);
  refused.searchParams.set('state', (await begin(denied)).searchParams.get('state')!);
  refused.searchParams.set('error', 'access_denied');
  assert.equal(code(await finish(denied, refused)), 'identity.sign_on_failed');
});

// ---- a provider that lies ----

interface Lies {
  iss?: string;
  aud?: string;
  nonce?: string;
  exp?: number;
  signedBy?: 'stranger';
}

/** Speaks the protocol for real, and puts into the ID token what the test wants. */
async function lyingProvider(lies: () => Lies) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  const nonces = new Map<string, string>();
  const issuer: string = await listen(
    createServer(async (request, response) => {
      const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      const url = new URL(request.url!, issuer);
      if (url.pathname === '/.well-known/openid-configuration') {
        json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      } else if (url.pathname === '/jwks') json({ keys: [jwk] });
      else {
        let body = '';
        for await (const chunk of request) body += chunk;
        const { signedBy, ...claims } = lies();
        const now = Math.floor(Date.now() / 1000);
        const nonce = nonces.get(new URLSearchParams(body).get('code')!);
        const told = {
          iss: issuer,
          aud: CLIENT.clientId,
          nonce,
          sub: 'p',
          iat: now,
          exp: now + 60,
          email: 'p@example.org',
          email_verified: true,
        };
        const idToken = await new SignJWT({ ...told, ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: 'k' })
          .sign(signedBy ? stranger.privateKey : privateKey);
        json({ access_token: 'a', token_type: 'Bearer', id_token: idToken });
      }
    }),
  );
  return {
    issuer,
    /** As if a person had signed in there. */
    answer(start: URL): URL {
      const back = new URL(start.searchParams.get('redirect_uri')!);
      const grant = newId();
      nonces.set(grant, start.searchParams.get('nonce')!);
      back.searchParams.set('code', grant);
      back.searchParams.set('state', start.searchParams.get('state')!);
      return back;
    },
  };
}

test('a wrong issuer, audience, nonce, signature or age of the ID token is refused', async () => {
  let lies: Lies = {};
  const provider = await lyingProvider(() => lies);
  const identity = await withIdentity(provider.issuer);
  const attempt = async (wanted: Lies) => {
    lies = wanted;
    const browser = identity.browser();
    const answer = await finish(browser, provider.answer(await begin(browser)));
    return { answer, person: (await browser.get<SessionView>('/session')).body.person };
  };
  for (const lie of [
    { iss: 'https://somebody.example' },
    { aud: 'another-client' },
    { nonce: 'another-nonce' },
    { exp: Math.floor(Date.now() / 1000) - 600 },
    { signedBy: 'stranger' as const },
  ]) {
    const { answer, person } = await attempt(lie);
    assert.equal(code(answer), 'identity.sign_on_failed', JSON.stringify(lie));
    assert.equal(person, null, JSON.stringify(lie));
  }
  const { answer, person } = await attempt({});
  assert.equal(answer.status, 303);
  assert.equal(person?.email, 'p@example.org');
});

test('nobody is sent to another site afterwards', async () => {
  const provider = await lyingProvider(() => ({}));
  const identity = await withIdentity(provider.issuer);
  for (const returnTo of ['https://evil.example', '//evil.example', '/\\evil.example', 'crm']) {
    const answer = await identity.browser().get(`/oidc/start?returnTo=${encodeURIComponent(returnTo)}`);
    assert.equal(code(answer), 'request.invalid', returnTo);
  }
});

test('a provider that is away is told as that, and is asked again later', async () => {
  let present = false;
  let origin = '';
  const metadata = () => ({
    issuer: origin,
    authorization_endpoint: `${origin}/a`,
    token_endpoint: `${origin}/t`,
    jwks_uri: `${origin}/j`,
  });
  origin = await listen(
    createServer((_request, response) => {
      if (present) response.setHeader('content-type', 'application/json').end(JSON.stringify(metadata()));
      else response.writeHead(503).end();
    }),
  );
  const identity = await withIdentity(origin);
  const away = await identity.browser().get('/oidc/start');
  assert.deepEqual([away.status, code(away)], [503, 'room.unavailable']);
  present = true;
  assert.equal((await identity.browser().get('/oidc/start')).status, 303);
});
