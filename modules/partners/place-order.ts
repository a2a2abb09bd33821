import { createHash } from 'node:crypto';
import type { Actor } from '#contracts/identity';
import type { CommandAnswer } from '#contracts/orders';
import {
  PARTNER_ERRORS,
  type PartnerCommandName,
  type PartnerOrderAnswer,
  type PlacePartnerOrder,
} from '#contracts/partners';
import { newId } from '#platform/clock';
import { Fault } from '#platform/http';
import type { Desk } from './desk.ts';
import { passOn } from './pass-on.ts';
import { spend } from './quota.ts';
import { bindKey, freeKey, rememberAnswer } from './store-orders.ts';

const COME_BACK_SECONDS = 300;

export interface Asking {
  actor: Actor;
  token: string;
}

/**
 * Places an order once per Idempotency-Key. The key also names the command at orders, so that a crash between the two
 * rooms, or the same request on several processes at once, still makes one order.
 */
export async function placePartnerOrder(
  desk: Desk,
  { actor, token }: Asking,
  key: string,
  request: PlacePartnerOrder,
): Promise<{ answer: PartnerOrderAnswer; repeated: boolean }> {
  const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
  const bound = await bindKey(desk.sql, actor.id, key, fingerprint);
  if (bound.fingerprint !== fingerprint) throw new Fault(PARTNER_ERRORS['idempotency.key_reused']);
  if (bound.answer) {
    desk.metrics.replays.inc();
    return { answer: bound.answer, repeated: true };
  }
  try {
    if (!(await desk.flags.enabled('partners.accept_orders', { targetingKey: actor.id }))) {
      throw new Fault(PARTNER_ERRORS['partner.closed'], { retryAfterSeconds: COME_BACK_SECONDS });
    }
    if (bound.isNew) await spend(desk, actor.id, 'orders');
    const body = { commandId: commandIdOf(actor.id, 'place', key), ...request };
    const path = '/api/internal/v1/orders';
    const placed = await passOn<CommandAnswer>(desk.rooms.orders, { method: 'POST', path, body, actorToken: token });
    const answer = partnerAnswer(placed.body);
    await rememberAnswer(desk.sql, actor.id, key, fingerprint, answer);
    return { answer, repeated: placed.body.repeated };
  } catch (error) {
    const isClosed = error instanceof Fault && error.code === 'partner.closed';
    if (isClosed || (error instanceof Fault && error.kind.status < 500)) await freeKey(desk.sql, actor.id, key);
    throw error;
  }
}

/** A command on one of the partner's own orders. With an Idempotency-Key the same key gets the same answer. */
export async function commandPartnerOrder(
  desk: Desk,
  { actor, token }: Asking,
  orderId: string,
  name: PartnerCommandName,
  body: object,
  key: string | null,
): Promise<PartnerOrderAnswer> {
  const commandId = key === null ? newId(desk.clock) : commandIdOf(actor.id, `${orderId}/${name}`, key);
  const path = `/api/internal/v1/orders/${orderId}/${name.replaceAll('_', '-')}`;
  const answer = await passOn<CommandAnswer>(desk.rooms.orders, {
    method: 'POST',
    path,
    body: { commandId, ...body },
    actorToken: token,
  });
  return partnerAnswer(answer.body);
}

function partnerAnswer({ orderId, number, version, status, possible }: CommandAnswer): PartnerOrderAnswer {
  return { id: orderId, number, version, status, possible };
}

/** The same client, purpose and key always make the same UUID (version 8, of a SHA-256). */
function commandIdOf(clientId: string, purpose: string, key: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([clientId, purpose, key]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
