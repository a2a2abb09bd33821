import * as openid from 'openid-client';
import { COMMON_ERRORS } from '#contracts/errors';
import { IDENTITY_ERRORS } from '#contracts/identity';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import type { Caller, Desk } from './desk.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { becomeMember, findByEmail, findExternal, insertPerson, linkExternal } from './people-store.ts';
import { type PersonRow, plainEmail } from './person.ts';
import { hashSecret, newSecret } from './secret.ts';
import { insertSignOn, takeSignOn } from './session-store.ts';

export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

export const CALLBACK_PATH = '/api/internal/v1/identity/oidc/callback';
const SCOPE = 'openid email profile';

export interface SingleSignOn {
  /** Where to send the browser, and the value of a cookie that binds the answer to this browser. */
  begin(returnTo: string): Promise<{ url: string; browserToken: string }>;
  /** `query` is what the provider sent back with the browser. */
  finish(query: string, browserToken: string | null, caller: Caller): Promise<SignedIn & { returnTo: string }>;
}

/** OpenID Connect, code flow with PKCE, against any provider that can be discovered. */
export function singleSignOn(desk: Desk, settings: OidcSettings): SingleSignOn {
  const redirectUri = desk.publicOrigin + CALLBACK_PATH;
  let discovered: Promise<openid.Configuration> | null = null;

  /** Asked when first needed: a provider that is away must not keep this program from starting. */
  async function provider(): Promise<openid.Configuration> {
    discovered ??= discover(settings);
    try {
      return await discovered;
    } catch (cause) {
      discovered = null;
      throw new Fault(COMMON_ERRORS['room.unavailable'], {
        detail: 'The sign-on provider does not answer',
        cause,
        retryAfterSeconds: 5,
      });
    }
  }

  return {
    async begin(returnTo) {
      const config = await provider();
      const state = newSecret();
      const browser = newSecret();
      const nonce = openid.randomNonce();
      const codeVerifier = openid.randomPKCECodeVerifier();
      await insertSignOn(desk.sql, { stateHash: state.hash, browserHash: browser.hash, nonce, codeVerifier, returnTo });
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state: state.text,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, browserToken: browser.text };
    },
    async finish(query, browserToken, caller) {
      const config = await provider();
      const state = new URLSearchParams(query).get('state') ?? '';
      const begun = await takeSignOn(desk.sql, hashSecret(state), hashSecret(browserToken ?? ''));
      if (!begun)
        throw new Fault(IDENTITY_ERRORS['identity.sign_on_failed'], { internal: 'Nothing of this state was begun' });
      const claims = await provenClaims(config, new URL(`${redirectUri}?${query}`), { ...begun, state });
      const signedIn = await desk.sql.begin(async (tx) => {
        const person = await personOf(tx, claims);
        return openSession(tx, person, caller, 'sign_on');
      });
      desk.bus.hint();
      return { ...signedIn, returnTo: begun.returnTo };
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<openid.Configuration> {
  const server = new URL(issuer);
  const isLocal = server.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(server.hostname);
  // The library trusts TLS for a token that comes straight from the provider; its signature is checked all the same.
  const execute = [openid.enableNonRepudiationChecks, ...(isLocal ? [openid.allowInsecureRequests] : [])];
  return openid.discovery(server, clientId, clientSecret, undefined, { execute });
}

interface Claims {
  issuer: string;
  subject: string;
  name: string;
  /** Only when the provider says that it is verified. */
  email: string | null;
}

/** The library checks issuer, audience, signature, expiry, nonce, state and PKCE; anything amiss is one refusal. */
async function provenClaims(
  config: openid.Configuration,
  answer: URL,
  { nonce, codeVerifier, state }: { nonce: string; codeVerifier: string; state: string },
): Promise<Claims> {
  try {
    const tokens = await openid.authorizationCodeGrant(config, answer, {
      pkceCodeVerifier: codeVerifier,
      expectedNonce: nonce,
      expectedState: state,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    const told = claims['email'] === undefined ? await moreClaims(config, tokens.access_token, claims.sub) : claims;
    const verified = told['email_verified'] === true && typeof told['email'] === 'string';
    return {
      issuer: claims.iss,
      subject: claims.sub,
      name: typeof told['name'] === 'string' && told['name'].trim() !== '' ? told['name'].slice(0, 200) : claims.sub,
      email: verified ? plainEmail(told['email'] as string) : null,
    };
  } catch (cause) {
    throw new Fault(IDENTITY_ERRORS['identity.sign_on_failed'], { internal: String(cause), cause });
  }
}

/** Many providers put e-mail and name into the user-info answer only. */
async function moreClaims(
  config: openid.Configuration,
  accessToken: string,
  subject: string,
): Promise<Record<string, unknown>> {
  if (!config.serverMetadata().userinfo_endpoint) return {};
  return openid.fetchUserInfo(config, accessToken, subject);
}

/** Known by the provider's subject; else by a verified address of ours; else a new customer. */
async function personOf(tx: Sql, { issuer, subject, name, email }: Claims): Promise<PersonRow> {
  const person = (await findExternal(tx, issuer, subject)) ?? (await byAddress(tx, name, email));
  if (person.deactivatedAt) throw new Fault(IDENTITY_ERRORS['identity.sign_on_failed'], { internal: 'Deactivated' });
  await linkExternal(tx, issuer, subject, person.id);
  return person;
}

async function byAddress(tx: Sql, name: string, email: string | null): Promise<PersonRow> {
  const known = email ? await findByEmail(tx, email) : null;
  if (known?.kind === 'invited') {
    return becomeMember(tx, known.id, {
      name: known.name,
      email: known.email!,
      emailConfirmed: true,
      passwordHash: null,
    });
  }
  if (known) return known;
  const person = {
    id: newId(),
    kind: 'member',
    name,
    email,
    emailConfirmed: email !== null,
    roles: ['customer'],
  } as const;
  return (await insertPerson(tx, person))!;
}
