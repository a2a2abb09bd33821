import type { FastifyReply, FastifyRequest } from 'fastify';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { PARTNER_ERRORS, type PartnerScope } from '#contracts/partners';
import { Fault } from '#platform/http';
import type { Desk } from './desk.ts';
import type { KeyTokens } from './key-tokens.ts';
import { ensureClient, type Taken, takeRequest } from './store-clients.ts';

const API_KEY = /^Bearer +(fk_[\w-]{8,190})$/i;
const MOST_BLOCKED = 10_000;

/** Runs before a partner's request is read: proves the key, checks its scope, takes from its limit. */
export type Gate = (scope: PartnerScope) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export function partnerGate(desk: Desk, tokens: KeyTokens): Gate {
  const limits = requestLimits(desk);
  return (scope) => async (request, reply) => {
    const { authorization } = request.headers;
    if (!authorization) throw new Fault(PARTNER_ERRORS['partner.key_required']);
    const key = API_KEY.exec(authorization)?.[1];
    if (!key) throw new Fault(PARTNER_ERRORS['partner.key_invalid']);
    const { actor, token } = await tokens.tokenFor(key, request.ip);
    if (!actor.roles.includes('partner')) throw new Fault(PARTNER_ERRORS['partner.key_invalid']);
    await limits.take(actor, request, reply);
    if (actor.scopes.length > 0 && !actor.scopes.includes(scope)) {
      throw new Fault(PARTNER_ERRORS['partner.scope_missing'], { members: { needs: scope } });
    }
    request.actor = actor;
    request.actorToken = token;
  };
}

/** The limit per key, kept in the database for all processes. A key that is out is refused here until its time comes. */
function requestLimits(desk: Desk) {
  const blockedUntil = new Map<string, number>();

  function refuse(seconds: number): never {
    desk.metrics.limited.inc({ limit: 'requests' });
    throw new Fault(COMMON_ERRORS['rate.limited'], { retryAfterSeconds: seconds });
  }

  return {
    async take(actor: Actor, request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const now = desk.clock.now();
      const until = blockedUntil.get(actor.credential) ?? 0;
      if (until > now) {
        // The first of a flood has its line in the log; the metric counts them all.
        request.isQuiet = true;
        refuse((until - now) / 1000);
      }
      const taken = await takeFrom(desk, actor);
      tellLimits(reply, taken);
      if (taken.allowed) return;
      if (blockedUntil.size >= MOST_BLOCKED) blockedUntil.clear();
      blockedUntil.set(actor.credential, now + taken.seconds * 1000);
      refuse(taken.seconds);
    },
  };
}

/** A key that identity knows belongs to a client: its first request makes the client's row, with the usual limits. */
async function takeFrom({ sql }: Desk, { id, name, credential }: Actor): Promise<Taken> {
  const taken = await takeRequest(sql, id, credential);
  if (taken) return taken;
  await ensureClient(sql, { id, name });
  const takenNow = await takeRequest(sql, id, credential);
  if (!takenNow) throw new Fault(PARTNER_ERRORS['partner.suspended']);
  return takenNow;
}

function tellLimits(reply: FastifyReply, { burst, remaining, seconds }: Taken): void {
  reply.header('ratelimit-limit', burst);
  reply.header('ratelimit-remaining', remaining);
  reply.header('ratelimit-reset', Math.ceil(seconds));
}
