import type { Role } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { type Buyer, type CommandAnswer, ORDER_ERRORS, type PlaceOrder } from '#contracts/orders';
import { Fault } from '#platform/http';
import { span } from '#platform/telemetry';
import { announce, answerOf, type Desk, fingerprintOf, momentOf, repeatedAnswer } from './desk.ts';
import { buyerIdOf, maySee, type Placing, place } from './order.ts';
import { beginPlacing, findOrder, insertOrder } from './store.ts';
import { wantedItems } from './wanted-items.ts';

/** Who asks: the person and the token that proves them to other rooms. */
export interface Asking {
  actor: Actor;
  token: string;
}

/**
 * Accepts an order. The quote or the models are verified at pricing with the buyer's own token; with pricing away nothing
 * is written and the caller is told to try again (503), because the order could not name what to make.
 */
export function placeOrder(desk: Desk, { actor, token }: Asking, request: PlaceOrder): Promise<CommandAnswer> {
  return span('order place', {}, async (active) => {
    const fingerprint = fingerprintOf(actor, 'place', '', request);
    const { known, number } = await beginPlacing(desk.sql, request.commandId);
    if (known) return repeated(desk, known, fingerprint);

    refuseOtherCurrency(request);
    const { buyer, source, role } = buyerOf(actor, request);
    const moment = momentOf(desk);
    const id = moment.newId();
    active.setAttribute('order.id', id);
    if (request.linkedTo) await checkLink(desk, actor, buyer, request.linkedTo);
    const wanted = await wantedItems(desk.pricing, { actor, token }, buyer, request, moment.now);
    const placing: Placing = {
      id,
      number,
      commandId: request.commandId,
      source,
      buyer,
      deliveryAddress: request.deliveryAddress,
      currency: request.currency,
      leadTier: request.leadTier,
      rush: wanted.rush,
      reference: request.reference ?? '',
      acceptUpTo: request.acceptUpTo ?? null,
      linkedTo: request.linkedTo ?? null,
      items: wanted.items,
      quote: wanted.quote,
      accept: request.accept ?? false,
    };
    const steps = place(placing, actor, role, moment);
    const answer = answerOf(steps.at(-1)!.order, actor, moment);
    const written = await insertOrder(desk.sql, steps, desk.rules, { id: request.commandId, fingerprint, answer });
    if (!written) {
      const { known: winner } = await beginPlacing(desk.sql, request.commandId);
      return repeated(desk, winner!, fingerprint);
    }
    desk.metrics.placed.inc({ source });
    announce(desk, steps);
    return answer;
  });
}

function repeated(desk: Desk, known: Parameters<typeof repeatedAnswer>[0], fingerprint: string): CommandAnswer {
  desk.metrics.repeats.inc();
  return repeatedAnswer(known, fingerprint);
}

/** A limit in another currency would never be reached: the order would wait for an answer that was given already. */
function refuseOtherCurrency({ acceptUpTo, currency }: PlaceOrder): void {
  if (!acceptUpTo || acceptUpTo.currency === currency) return;
  throw new Fault(COMMON_ERRORS['request.invalid'], { detail: `acceptUpTo in the body is not in ${currency}` });
}

interface BuyerOf {
  buyer: Buyer;
  source: Placing['source'];
  /** The role in which the actor places. */
  role: Role;
}

function buyerOf(actor: Actor, { contact, onBehalfOf }: PlaceOrder): BuyerOf {
  const reached = { email: contact.email, phone: contact.phone ?? '' };
  if (onBehalfOf) {
    const role = actor.roles.find((one) => one === 'seller' || one === 'lead_seller');
    if (!role) throw new Fault(ORDER_ERRORS['order.forbidden'], { detail: 'Only a seller orders for somebody else.' });
    const buyer: Buyer = { kind: 'customer', id: onBehalfOf.customerId, name: contact.name, ...reached };
    return { buyer, source: 'crm', role };
  }
  // Whoever acts for a client orders as the client, as pricing keeps their models and quotes.
  const kind = (['partner', 'customer'] as const).find((one) => actor.roles.includes(one));
  if (kind) {
    const buyer: Buyer = { kind, id: buyerIdOf(actor, kind), name: contact.name, ...reached };
    return { buyer, source: kind === 'customer' ? 'shop' : 'partner', role: kind };
  }
  const detail = 'onBehalfOf in the body is missing: a seller names the customer';
  throw new Fault(COMMON_ERRORS['request.invalid'], { detail });
}

/** A return or remake belongs to an order that was delivered to the same buyer. */
async function checkLink(desk: Desk, actor: Actor, buyer: Buyer, linkedTo: string): Promise<void> {
  const order = await findOrder(desk.sql, linkedTo);
  const isDelivered = order?.status === 'shipped' || order?.status === 'closed';
  if (order && isDelivered && maySee(order, actor) && order.buyer.id === buyer.id) return;
  throw new Fault(ORDER_ERRORS['order.link_unknown']);
}
