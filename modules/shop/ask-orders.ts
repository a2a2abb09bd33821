import type { CommandAnswer, OrderHistory, OrderView, PlaceOrder } from '#contracts/orders';
import { Fault, type Problem, type RoomClient } from '#platform/http';
import { stepOf, viewOf } from './customer-view.ts';
import type { StoredOrder } from './store-orders.ts';

const ORDERS = '/api/internal/v1/orders';
const PLACING_TIMEOUT_MS = 10_000;

/** The truth about one order, as its buyer may see it; null when it is not this customer's. */
export async function askOrder(
  orders: RoomClient,
  buyerId: string,
  orderId: string,
  actorToken: string,
): Promise<StoredOrder | null> {
  const [page, history] = await Promise.all([
    orders.call<OrderView | Problem>({ method: 'GET', path: `${ORDERS}/${orderId}`, actorToken }),
    orders.call<OrderHistory | Problem>({ method: 'GET', path: `${ORDERS}/${orderId}/history`, actorToken }),
  ]);
  if (page.status === 404 || history.status === 404) return null;
  if (page.status >= 400) throw passedOn(page.body as Problem);
  if (history.status >= 400) throw passedOn(history.body as Problem);
  const { order } = page.body as OrderView;
  if (order.buyer.kind !== 'customer' || order.buyer.id !== buyerId) return null;
  // Both were asked at once: a version that came in between is not told of yet.
  const entries = (history.body as OrderHistory).entries.filter(({ version }) => version <= order.version);
  return { order: viewOf(order), timeline: entries.flatMap((entry) => stepOf(entry) ?? []) };
}

/** Places the order with the customer's own token; a refusal is thrown as `orders` gave it. */
export async function askToPlace(orders: RoomClient, body: PlaceOrder, actorToken: string): Promise<CommandAnswer> {
  const answer = await orders.call<CommandAnswer | Problem>({
    method: 'POST',
    path: ORDERS,
    body,
    actorToken,
    timeoutMs: PLACING_TIMEOUT_MS,
  });
  if (answer.status >= 400) throw passedOn(answer.body as Problem);
  return answer.body as CommandAnswer;
}

/** Another room's refusal in its own words. */
function passedOn({ type: _, title, status, code, detail, hint, requestId: __, ...members }: Problem): Fault {
  return new Fault({ code, status, title, hint }, { members, ...(detail === undefined ? {} : { detail }) });
}
