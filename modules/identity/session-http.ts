import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { COMMON_ERRORS } from '#contracts/errors';
import {
  AcceptInvitation,
  AskPasswordReset,
  BecomeFirstAdmin,
  ChangePassword,
  CompletePasswordReset,
  ConfirmEmail,
  IDENTITY_ERRORS,
  KeyTokenRequest,
  Revocations,
  RoomTokenRequest,
  SessionView,
  SignIn,
  SignUp,
  TokenAnswer,
} from '#contracts/identity';
import { MAX_TOKEN_SECONDS } from '#platform/actor';
import { Fault, type Http } from '#platform/http';
import { acceptInvitation } from './administer.ts';
import { exchangeKey } from './api-keys.ts';
import type { Cookies } from './cookies.ts';
import type { Desk } from './desk.ts';
import { becomeFirstAdmin } from './first-admin.ts';
import { currentSession, type SignedIn, signOut } from './open-session.ts';
import { type PersonRow, personActor, personView } from './person.ts';
import { askPasswordReset, changePassword, completePasswordReset } from './reset-password.ts';
import { roomToken } from './room-token.ts';
import { sameSecret } from './secret.ts';
import { listRevocations } from './session-store.ts';
import { signIn } from './sign-in.ts';
import { becomeGuest, confirmAddress, signUp } from './sign-up.ts';
import type { SingleSignOn } from './single-sign-on.ts';

const BASE = '/api/internal/v1/identity';
/** The session cookie, or a link of one's own, is what counts here: actor tokens are only made by these routes. */
const config = { access: 'public' } as const;
const closed = { additionalProperties: false } as const;
const session = { response: { 200: SessionView } };

/** Routes that browsers call with the session cookie, and those by which other processes prove tokens. */
export function sessionRoutes(http: Http, desk: Desk, cookie: Cookies, signOn: SingleSignOn | null): void {
  const view = (person: PersonRow | null): SessionView => ({
    person: person && personView(person),
    singleSignOn: signOn ? `${BASE}/oidc/start` : null,
  });
  const welcome = (reply: FastifyReply, { person, sessionToken }: SignedIn): SessionView => {
    cookie.setSession(reply, sessionToken);
    return view(person);
  };

  http.get(`${BASE}/session`, { config, schema: session }, async (request) => {
    return view(await currentSession(desk.sql, cookie.caller(request)));
  });

  http.post(`${BASE}/guests`, { config, schema: session }, async (request, reply) => {
    cookie.refuseForeign(request);
    return welcome(reply, await becomeGuest(desk, cookie.caller(request)));
  });
  http.post(`${BASE}/people`, { config, schema: { body: SignUp, ...session } }, async (request, reply) => {
    cookie.refuseForeign(request);
    return welcome(reply, await signUp(desk, request.body, cookie.caller(request)));
  });
  http.post(`${BASE}/sessions`, { config, schema: { body: SignIn, ...session } }, async (request, reply) => {
    cookie.refuseForeign(request);
    return welcome(reply, await signIn(desk, request.body, cookie.caller(request)));
  });
  http.delete(`${BASE}/sessions/current`, { config }, async (request, reply) => {
    cookie.refuseForeign(request);
    await signOut(desk, cookie.caller(request));
    cookie.setSession(reply, null);
    return reply.code(204).send();
  });

  http.post(`${BASE}/token`, { config, schema: { response: { 200: TokenAnswer } } }, async (request) => {
    cookie.refuseForeign(request);
    const person = await currentSession(desk.sql, cookie.caller(request));
    if (!person) throw new Fault(COMMON_ERRORS['auth.required']);
    const actor = personActor(person, person.sessionId);
    return { ...(await desk.keys.sign(actor, person.now)), actor };
  });

  http.post(
    `${BASE}/email-confirmations`,
    { config, schema: { body: ConfirmEmail, ...session } },
    async (request, reply) => {
      cookie.refuseForeign(request);
      return welcome(reply, await confirmAddress(desk, request.body, cookie.caller(request)));
    },
  );
  http.post(`${BASE}/password-resets`, { config, schema: { body: AskPasswordReset } }, async (request, reply) => {
    await askPasswordReset(desk, request.body, cookie.caller(request));
    return reply.code(202).send({});
  });
  http.post(
    `${BASE}/password-resets/complete`,
    { config, schema: { body: CompletePasswordReset } },
    async (request, reply) => {
      await completePasswordReset(desk, request.body, cookie.caller(request));
      return reply.code(204).send();
    },
  );
  http.put(
    `${BASE}/password`,
    { config: { access: 'signed_in' }, schema: { body: ChangePassword } },
    async (request, reply) => {
      await changePassword(desk, request.actor.id, request.body, cookie.caller(request));
      return reply.code(204).send();
    },
  );
  http.post(
    `${BASE}/invitations/accept`,
    { config, schema: { body: AcceptInvitation, ...session } },
    async (request, reply) => {
      cookie.refuseForeign(request);
      return welcome(reply, await acceptInvitation(desk, request.body, cookie.caller(request)));
    },
  );
  http.post(
    `${BASE}/first-admin`,
    { config, schema: { body: BecomeFirstAdmin, ...session } },
    async (request, reply) => {
      cookie.refuseForeign(request);
      return welcome(reply, await becomeFirstAdmin(desk, request.body, cookie.caller(request)));
    },
  );

  http.get(`${BASE}/jwks`, { config }, async () => ({ keys: await desk.keys.published() }));
  http.get(`${BASE}/revocations`, { config, schema: { response: { 200: Revocations } } }, async () => {
    return { items: await listRevocations(desk.sql, MAX_TOKEN_SECONDS) };
  });
  http.post(
    `${BASE}/key-token`,
    { config, schema: { body: KeyTokenRequest, response: { 200: TokenAnswer } } },
    async ({ body }) => {
      if (!sameSecret(body.proof, desk.exchangeProof)) throw new Fault(IDENTITY_ERRORS['identity.key_invalid']);
      return exchangeKey(desk, body.key);
    },
  );

  http.post(
    `${BASE}/room-token`,
    { config, schema: { body: RoomTokenRequest, response: { 200: TokenAnswer } } },
    async ({ body }) => {
      if (!sameSecret(body.proof, desk.roomProof)) throw new Fault(COMMON_ERRORS['auth.required']);
      return roomToken(desk, body.room);
    },
  );

  if (signOn) signOnRoutes(http, desk, cookie, signOn);
}

/** A path of this site, never another's: `//evil.example` and `\\evil` are not. */
const ReturnTo = Type.String({ pattern: '^/([\\w.~%-][\\w/.~%-]*)?$', maxLength: 500 });

function signOnRoutes(http: Http, desk: Desk, cookie: Cookies, signOn: SingleSignOn): void {
  const query = Type.Object({ returnTo: Type.Optional(ReturnTo) }, closed);
  http.get(`${BASE}/oidc/start`, { config, schema: { querystring: query } }, async (request, reply) => {
    const { url, browserToken } = await signOn.begin(request.query.returnTo ?? '/');
    cookie.setSignOn(reply, browserToken);
    return reply.redirect(url, 303);
  });
  // Providers add parameters of their own.
  const answer = Type.Object({ state: Type.String() }, { additionalProperties: Type.String() });
  http.get(`${BASE}/oidc/callback`, { config, schema: { querystring: answer } }, async (request, reply) => {
    const query = request.url.slice(request.url.indexOf('?') + 1);
    const { returnTo, sessionToken } = await signOn.finish(query, cookie.signOnOf(request), cookie.caller(request));
    cookie.setSignOn(reply, null);
    cookie.setSession(reply, sessionToken);
    return reply.redirect(desk.publicOrigin + returnTo, 303);
  });
}
