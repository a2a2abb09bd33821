import type { FastifyRequest, RouteOptions } from 'fastify';
import type { Role } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { type ActorVerifier, InvalidToken } from '#platform/actor';
import { Fault } from './fault.ts';

/** Who may call a route. What a person may do to one object is decided by the room. */
export type Access = 'public' | 'signed_in' | { roles: readonly Role[] };

const BEARER = /^Bearer +([\w.~+/=-]+)$/i;

/** A route that does not say who may call it is never registered: forgetting must not mean allowing. */
export function requireAccess(route: Pick<RouteOptions, 'method' | 'url' | 'config'>): Access {
  const access = route.config?.access;
  const said = access === 'public' || access === 'signed_in' || (access?.roles?.length ?? 0) > 0;
  if (!access || !said) {
    throw new Error(`Route ${route.method} ${route.url} needs config.access: 'public', 'signed_in' or {roles: […]}`);
  }
  return access;
}

/**
 * Proves who calls and whether their role may; the actor is on the request from here on. At once where the token is known, for
 * most requests bring one that is.
 */
export function authenticate(request: FastifyRequest, access: Access, verifier: ActorVerifier): void | Promise<void> {
  if (access === 'public') return;
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (!token) throw new Fault(COMMON_ERRORS['auth.required']);
  const known = verifier.known(token);
  if (known) return admit(request, access, token, known);
  return verified(token, verifier).then((actor) => admit(request, access, token, actor));
}

function admit(request: FastifyRequest, access: Exclude<Access, 'public'>, token: string, actor: Actor): void {
  request.actor = actor;
  request.actorToken = token;
  if (access !== 'signed_in' && !actor.roles.some((role) => access.roles.includes(role))) {
    throw new Fault(COMMON_ERRORS['auth.forbidden'], { members: { allowed: access.roles } });
  }
  refuseBeyondScopes(request, actor);
}

/**
 * Whoever has an API key can have its token too and come here without passing the partners' gate: what the key may not do
 * there, it may not do here.
 */
function refuseBeyondScopes({ method, routeOptions }: FastifyRequest, { scopes }: Actor): void {
  if (scopes.length === 0 || method === 'GET' || method === 'HEAD') return;
  const { scope } = routeOptions.config;
  if (scope && scopes.includes(scope)) return;
  throw new Fault(COMMON_ERRORS['auth.forbidden'], { members: { needs: scope ?? null } });
}

async function verified(token: string, verifier: ActorVerifier) {
  try {
    return await verifier.verify(token);
  } catch (cause) {
    if (!(cause instanceof InvalidToken)) throw cause;
    const kind = cause.expired ? COMMON_ERRORS['auth.expired'] : COMMON_ERRORS['auth.required'];
    throw new Fault(kind, { internal: cause.message, cause });
  }
}
