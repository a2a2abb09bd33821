import type { Delivery, DeliveryCard, WebhookEndpoint, WebhookEvent } from '#contracts/partners';
import type { Sql } from '#platform/database';

const MOST_ENDPOINTS = 10;

interface EndpointRow {
  id: string;
  url: string;
  events: string[];
  active: boolean;
  created_at: string;
}

function asEndpoint({ id, url, events, active, created_at }: EndpointRow): WebhookEndpoint {
  return { id, url, events, active, createdAt: created_at };
}

/** Null: the client has as many endpoints as it may. */
export async function insertEndpoint(
  sql: Sql,
  clientId: string,
  endpoint: { id: string; url: string; secret: string; events: string[] },
): Promise<WebhookEndpoint | null> {
  return sql.begin(async (tx) => {
    await tx`select from client where id = ${clientId} for update`;
    const [row] = await tx<EndpointRow[]>`
      insert into endpoint (id, client_id, url, secret, events)
      select ${endpoint.id}, ${clientId}, ${endpoint.url}, ${endpoint.secret}, ${endpoint.events}
      where (select count(*) from endpoint where client_id = ${clientId}) < ${MOST_ENDPOINTS}
      returning id, url, events, active, created_at`;
    return row ? asEndpoint(row) : null;
  });
}

export async function listEndpoints(sql: Sql, clientId: string): Promise<WebhookEndpoint[]> {
  const rows = await sql<EndpointRow[]>`
    select id, url, events, active, created_at from endpoint where client_id = ${clientId} order by id`;
  return rows.map(asEndpoint);
}

/** A paused endpoint gets no new deliveries; those that wait go on when it is active again. Null: no such endpoint. */
export async function setEndpointActive(
  sql: Sql,
  clientId: string,
  endpointId: string,
  active: boolean,
): Promise<WebhookEndpoint | null> {
  const [row] = await sql<EndpointRow[]>`
    update endpoint set active = ${active} where id = ${endpointId} and client_id = ${clientId}
    returning id, url, events, active, created_at`;
  return row ? asEndpoint(row) : null;
}

/** Removes the endpoint and gives up what still waits for it. False: no such endpoint. */
export async function deleteEndpoint(sql: Sql, clientId: string, endpointId: string): Promise<boolean> {
  const [row] = await sql<{ removed: number }[]>`
    with gone as (
      delete from endpoint where id = ${endpointId} and client_id = ${clientId} returning id
    ), given_up as (
      update delivery set state = 'failed', leased_until = null, last_error = 'The endpoint was removed'
      where endpoint_id in (select id from gone) and state = 'pending'
    )
    select count(*) as removed from gone`;
  return row!.removed === 1;
}

/** A delivery of its own for one endpoint, outside of the client's feed. Null: no such endpoint. */
export async function insertTestDelivery(
  sql: Sql,
  clientId: string,
  endpointId: string,
  event: { id: string; type: string },
): Promise<Delivery | null> {
  const [row] = await sql<DeliveryRow[]>`
    insert into delivery (endpoint_id, client_id, event_id, type, payload)
    select id, client_id, ${event.id}, ${event.type}, ${sql.json(event)} from endpoint
    where id = ${endpointId} and client_id = ${clientId} returning *`;
  return row ? asDelivery(row) : null;
}

// ---- sending ----

export interface Leased {
  id: string;
  /** The fence: only the attempt of this number may end it. */
  attempts: number;
  /** Of the present round, this one included. */
  tries: number;
  eventId: string;
  payload: string;
  url: string;
  secret: string;
  traceparent: string | null;
}

export interface LeaseLimits {
  limit: number;
  /** Under way at one time, of one endpoint and of all endpoints of one client. */
  perEndpoint: number;
  perClient: number;
  leaseSeconds: number;
}

/**
 * Takes deliveries that are due, each for `leaseSeconds`. Those under way of one endpoint and of one client are bounded, and
 * clients take turns, so that endpoints that hang hold up nobody else's. Several processes may do so at once.
 */
export async function leaseDeliveries(
  sql: Sql,
  { limit, perEndpoint, perClient, leaseSeconds }: LeaseLimits,
): Promise<Leased[]> {
  return sql<Leased[]>`
    with waiting as (
      select distinct endpoint_id from delivery where state = 'pending' and due_at <= platform.now()
    ), busy as (
      select client_id, count(*) as leased from delivery
      where state = 'pending' and leased_until > platform.now() group by client_id
    ), due as (
      select d.id, e.url, e.secret,
        coalesce(busy.leased, 0) + row_number() over (partition by e.client_id order by d.due_at, d.id) as turn
      from waiting join endpoint e on e.id = waiting.endpoint_id and e.active
      left join busy on busy.client_id = e.client_id
      cross join lateral (
        select greatest(0, ${perEndpoint} - count(*)) as free from delivery busy
        where busy.endpoint_id = e.id and busy.state = 'pending' and busy.leased_until > platform.now()
      ) slots
      cross join lateral (
        select id, due_at from delivery
        where endpoint_id = e.id and state = 'pending' and due_at <= platform.now()
          and (leased_until is null or leased_until <= platform.now())
        order by due_at, id limit slots.free for update skip locked
      ) d
    ), taken as (
      select * from due where turn <= ${perClient} order by turn limit ${limit}
    )
    update delivery set attempts = attempts + 1, tries = tries + 1,
      leased_until = platform.now() + make_interval(secs => ${leaseSeconds})
    from taken where delivery.id = taken.id
    returning delivery.id, attempts, tries, event_id as "eventId", payload::text, taken.url, taken.secret, traceparent`;
}

export interface AttemptResult {
  milliseconds: number;
  status: number | null;
  error: string | null;
  answer: string;
}

/** `delivered`, `failed` for good, or tried again in so many seconds. */
export type Next = { state: 'delivered' } | { state: 'failed' } | { state: 'pending'; inSeconds: number };

/**
 * Ends an attempt: the state, its log, and `webhook.failed` when it was the last. False when the lease was lost to a later
 * attempt: then nothing is written.
 */
export async function endAttempt(
  sql: Sql,
  { id, attempts }: Pick<Leased, 'id' | 'attempts'>,
  { milliseconds, status, error, answer }: AttemptResult,
  next: Next,
): Promise<boolean> {
  const inSeconds = next.state === 'pending' ? next.inSeconds : 0;
  return sql.begin(async (tx) => {
    const [row] = await tx<DeliveryRow[]>`
      update delivery set state = ${next.state}, leased_until = null, last_status = ${status}, last_error = ${error},
        due_at = platform.now() + make_interval(secs => ${inSeconds})
      where id = ${id} and attempts = ${attempts} and state = 'pending' returning *`;
    if (!row) return false;
    await tx`
      insert into delivery_attempt (delivery_id, attempt, milliseconds, status, error, answer)
      values (${id}, ${attempts}, ${milliseconds}, ${status}, ${error}, ${answer})`;
    if (next.state === 'failed') await appendWebhookEvent(tx, 'webhook.failed', row);
    return true;
  });
}

/** Sends a delivery once more from the first try on. Null: no such delivery, or its endpoint is gone. */
export async function resend(sql: Sql, clientId: string, deliveryId: string): Promise<Delivery | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<DeliveryRow[]>`
      update delivery set state = 'pending', due_at = platform.now(), tries = 0
      where id = ${deliveryId} and client_id = ${clientId} and endpoint_id in (select id from endpoint) returning *`;
    if (!row) return null;
    await appendWebhookEvent(tx, 'webhook.resent', row);
    return asDelivery(row);
  });
}

async function appendWebhookEvent(tx: Sql, type: 'webhook.failed' | 'webhook.resent', row: DeliveryRow): Promise<void> {
  const [about] = await tx<{ url: string; name: string }[]>`
    select e.url, c.name from endpoint e join client c on c.id = e.client_id where e.id = ${row.endpoint_id}`;
  const data: WebhookEvent = {
    clientId: row.client_id,
    clientName: about?.name ?? '',
    url: about?.url ?? '',
    delivery: asDelivery(row),
  };
  await tx`
    insert into bus.feed (topic, key, body, traceparent)
    values (${type}, ${row.id}, ${tx.json(data)}, ${row.traceparent})`;
}

export async function countPendingDeliveries(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*) from delivery where state = 'pending'`;
  return row!.count;
}

// ---- the delivery log ----

interface DeliveryRow {
  id: string;
  endpoint_id: string;
  client_id: string;
  event_id: string;
  type: string;
  state: Delivery['state'];
  attempts: number;
  created_at: string;
  due_at: string;
  last_status: number | null;
  last_error: string | null;
  traceparent: string | null;
}

function asDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.state === 'pending' ? row.due_at : null,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}

export async function listDeliveries(
  sql: Sql,
  clientId: string,
  { state, after, limit }: { state: Delivery['state'] | null; after: string | null; limit: number },
): Promise<Delivery[]> {
  const rows = await sql<DeliveryRow[]>`
    select * from delivery where client_id = ${clientId}
    ${state ? sql`and state = ${state}` : sql``} ${after ? sql`and id < ${after}::uuid` : sql``}
    order by id desc limit ${limit}`;
  return rows.map(asDelivery);
}

export async function findDelivery(sql: Sql, clientId: string, deliveryId: string): Promise<DeliveryCard | null> {
  const [row] = await sql<(DeliveryRow & { text: string })[]>`
    select *, payload::text as text from delivery where id = ${deliveryId} and client_id = ${clientId}`;
  if (!row) return null;
  const log = await sql<DeliveryCard['log']>`
    select attempt, at, milliseconds, status, error, answer from delivery_attempt
    where delivery_id = ${deliveryId} order by attempt`;
  return { delivery: asDelivery(row), payload: row.text, log: [...log] };
}
