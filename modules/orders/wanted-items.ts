import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { type Buyer, ORDER_ERRORS, type PlaceOrder, type Specification } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import { Fault, type RoomClient } from '#platform/http';

/** What is to be made, as the order will keep it. */
export interface Wanted {
  items: Specification[];
  rush: boolean;
  /** A ready quote for exactly these items, or null: pricing is asked after placing. */
  quote: Quote | null;
}

interface Asking {
  actor: Actor;
  token: string;
}

type ItemRequest = NonNullable<PlaceOrder['items']>[number];

/** Models of one order asked for at once. */
const AT_ONCE = 8;

/** Takes the items from the quote or from the request, verified at pricing in the asker's own name. */
export async function wantedItems(
  pricing: RoomClient,
  asking: Asking,
  buyer: Buyer,
  request: PlaceOrder,
  now: string,
): Promise<Wanted> {
  const { quoteId, items, accept } = request;
  if ((quoteId === undefined) === (items === undefined)) {
    throw new Fault(COMMON_ERRORS['request.invalid'], { detail: 'Either quoteId or items belongs in the body' });
  }
  if (quoteId !== undefined) return fromQuote(await findQuote(pricing, asking, buyer, quoteId), request, now);
  if (accept)
    throw new Fault(ORDER_ERRORS['order.quote_not_ready'], { detail: 'Without a quote there is no price yet.' });
  return { items: await fromModels(pricing, asking.token, items!), rush: request.rush ?? false, quote: null };
}

function fromQuote(quote: Quote, request: PlaceOrder, now: string): Wanted {
  const isOther =
    quote.currency !== request.currency ||
    quote.leadTier !== request.leadTier ||
    (request.rush !== undefined && quote.rush !== request.rush);
  if (isOther) throw new Fault(ORDER_ERRORS['order.quote_differs']);
  const items = quote.items.map(({ specification }) => specification);
  switch (quote.state) {
    case 'failed':
    case 'cancelled':
      throw new Fault(ORDER_ERRORS['order.quote_unusable'], { detail: `The quote is ${quote.state}.` });
    case 'ready':
      if (quote.expiresAt && Date.parse(quote.expiresAt) <= Date.parse(now)) {
        throw new Fault(ORDER_ERRORS['order.quote_expired'], { detail: `It stood until ${quote.expiresAt}.` });
      }
      return { items, rush: quote.rush, quote };
    default:
      if (request.accept) throw new Fault(ORDER_ERRORS['order.quote_not_ready']);
      return { items, rush: quote.rush, quote: null };
  }
}

async function findQuote(pricing: RoomClient, { actor, token }: Asking, buyer: Buyer, id: string): Promise<Quote> {
  const answer = await pricing.call<Quote>({
    method: 'GET',
    path: `/api/internal/v1/pricing/quotes/${id}`,
    actorToken: token,
  });
  if (answer.status === 403 || answer.status === 404) throw new Fault(ORDER_ERRORS['order.quote_unknown']);
  if (answer.status !== 200) throw unexpected(answer.status);
  const { tenant } = answer.body;
  if (tenant !== buyer.id && tenant !== actor.id) throw new Fault(ORDER_ERRORS['order.quote_unknown']);
  return answer.body;
}

async function fromModels(pricing: RoomClient, token: string, items: ItemRequest[]): Promise<Specification[]> {
  const ids = [...new Set(items.map(({ modelId }) => modelId))];
  const models = new Map<string, Model>();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => findModel(pricing, token, id)));
    for (const model of some) models.set(model.id, model);
  }
  return items.map((item) => {
    const { sha256, fileName } = models.get(item.modelId)!;
    const { modelId, unit, material, quantity } = item;
    // Pricing knows the process of a material and its plain finish; both come with the price.
    return {
      modelId,
      sha256,
      fileName,
      unit,
      material,
      process: '',
      finish: item.finish ?? '',
      quantity,
      note: item.note ?? '',
    };
  });
}

async function findModel(pricing: RoomClient, token: string, id: string): Promise<Model> {
  const answer = await pricing.call<Model>({
    method: 'GET',
    path: `/api/internal/v1/pricing/models/${id}`,
    actorToken: token,
  });
  if (answer.status === 200) return answer.body;
  if (answer.status !== 403 && answer.status !== 404) throw unexpected(answer.status);
  throw new Fault(ORDER_ERRORS['order.model_unknown'], { detail: `No model ${id}.` });
}

/** Pricing refused what this room asked rightly: to the caller that is a part of the system being away. */
function unexpected(status: number): Fault {
  return new Fault(COMMON_ERRORS['room.unavailable'], { internal: `pricing answered ${status}`, retryAfterSeconds: 1 });
}
