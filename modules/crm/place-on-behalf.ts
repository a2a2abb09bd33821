import type { PlaceOnBehalf } from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import type { CommandAnswer, PlaceOrder } from '#contracts/orders';
import type { Sql } from '#platform/database';
import { Fault, type Problem, type RoomClient } from '#platform/http';
import { findCustomer } from './store-desk.ts';

/**
 * Places an order for a customer on the phone, with the seller's own token: `orders` sees who really acts. A new customer
 * is registered at identity first; the same e-mail gets the same person, so that a repeat is one customer and one order.
 */
export async function placeOnBehalf(
  { sql, orders, identity }: { sql: Sql; orders: RoomClient; identity: RoomClient },
  { customer, ...placing }: PlaceOnBehalf,
  actorToken: string,
): Promise<CommandAnswer> {
  const customerId =
    'id' in customer ? await knownCustomer(sql, customer.id) : await registerCustomer(identity, customer, actorToken);
  const body: PlaceOrder = { ...placing, onBehalfOf: { customerId } };
  const answer = await orders.call<CommandAnswer | Problem>({
    method: 'POST',
    path: '/api/internal/v1/orders',
    body,
    actorToken,
    timeoutMs: 10_000,
  });
  if (answer.status >= 400) throw passedOn(answer.body as Problem);
  return answer.body as CommandAnswer;
}

async function knownCustomer(sql: Sql, id: string): Promise<string> {
  if (await findCustomer(sql, id)) return id;
  throw new Fault(COMMON_ERRORS['resource.not_found'], { detail: 'There is no customer with this id' });
}

type NewCustomer = Extract<PlaceOnBehalf['customer'], { name: string }>;

async function registerCustomer(identity: RoomClient, customer: NewCustomer, actorToken: string): Promise<string> {
  const answer = await identity.call<{ id: string } | Problem>({
    method: 'POST',
    path: '/api/internal/v1/identity/customers',
    body: customer,
    actorToken,
  });
  if (answer.status >= 400) throw passedOn(answer.body as Problem);
  return (answer.body as { id: string }).id;
}

/** Another room's refusal in its own words: the caller reads which field or rule it was. */
function passedOn({ type: _, title, status, code, detail, hint, requestId: __, ...members }: Problem): Fault {
  return new Fault({ code, status, title, hint }, { members, ...(detail === undefined ? {} : { detail }) });
}
