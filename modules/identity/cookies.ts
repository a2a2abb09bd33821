import type { FastifyReply, FastifyRequest } from 'fastify';
import { CSRF_HEADER, IDENTITY_ERRORS } from '#contracts/identity';
import { Fault } from '#platform/http';
import type { Caller } from './desk.ts';
import { SESSION_DAYS } from './open-session.ts';

const PATH = '/api/internal/v1/identity';

export interface Cookies {
  caller(request: FastifyRequest): Caller;
  /** Null takes the cookie away. */
  setSession(reply: FastifyReply, sessionToken: string | null): void;
  /** Lax, unlike the session's: it must come along when the provider sends the browser back. */
  setSignOn(reply: FastifyReply, browserToken: string | null): void;
  signOnOf(request: FastifyRequest): string | null;
  /** Refuses what another site's page might have sent with our cookie. */
  refuseForeign(request: FastifyRequest): void;
}

export function cookies(publicOrigin: string): Cookies {
  const secure = publicOrigin.startsWith('https:');
  // Browsers take a __Secure- cookie only over https: nobody on plain http can plant one.
  const prefix = secure ? '__Secure-' : '';
  const SESSION = `${prefix}forgeline_session`;
  const SIGN_ON = `${prefix}forgeline_sign_on`;
  const set = (
    reply: FastifyReply,
    name: string,
    value: string | null,
    sameSite: 'Strict' | 'Lax',
    seconds: number,
  ) => {
    const maxAge = value === null ? 0 : seconds;
    const parts = [`${name}=${value ?? ''}`, `Max-Age=${maxAge}`, `Path=${PATH}`, 'HttpOnly', `SameSite=${sameSite}`];
    reply.header('set-cookie', [...parts, ...(secure ? ['Secure'] : [])].join('; '));
  };

  return {
    caller: (request) => ({ address: request.ip, sessionToken: read(request, SESSION) }),
    setSession: (reply, token) => set(reply, SESSION, token, 'Strict', SESSION_DAYS * 86_400),
    setSignOn: (reply, token) => set(reply, SIGN_ON, token, 'Lax', 600),
    signOnOf: (request) => read(request, SIGN_ON),
    refuseForeign(request) {
      const { origin, host } = request.headers;
      const ours = origin === undefined || origin === publicOrigin || hostOf(origin) === host;
      if (!ours || request.headers[CSRF_HEADER] === undefined) throw new Fault(IDENTITY_ERRORS['identity.csrf']);
    },
  };
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** Our values are base64url: nothing in them is quoted or escaped. */
function read(request: FastifyRequest, name: string): string | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const own = pairs.find((pair) => pair.startsWith(`${name}=`));
  return own?.slice(name.length + 1) || null;
}
