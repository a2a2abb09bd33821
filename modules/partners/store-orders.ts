import type { OrderStatus } from '#contracts/orders';
import type {
  PartnerEvent,
  PartnerOrder,
  PartnerOrderAnswer,
  PartnerOrderCard,
  PartnerOrderChange,
} from '#contracts/partners';
import type { Sql } from '#platform/database';
import type { ExaminedRow } from '#platform/read-model';

export interface IdempotencyRecord {
  fingerprint: string;
  answer: PartnerOrderAnswer | null;
  /** This call is the first one with the key. */
  isNew: boolean;
}

/** Binds the key to the request; the first binding wins and is what comes back. */
export async function bindKey(
  sql: Sql,
  clientId: string,
  key: string,
  fingerprint: string,
): Promise<IdempotencyRecord> {
  const [row] = await sql<{ fingerprint: string; answer: PartnerOrderAnswer | null; is_new: boolean }[]>`
    insert into idempotency as i (client_id, key, fingerprint) values (${clientId}, ${key}, ${fingerprint})
    on conflict (client_id, key) do update set key = excluded.key
    returning i.fingerprint, i.answer, old.key is null as is_new`;
  return { fingerprint: row!.fingerprint, answer: row!.answer, isNew: row!.is_new };
}

export async function rememberAnswer(
  sql: Sql,
  clientId: string,
  key: string,
  fingerprint: string,
  answer: PartnerOrderAnswer,
): Promise<void> {
  await sql`
    insert into idempotency as i (client_id, key, fingerprint, answer)
    values (${clientId}, ${key}, ${fingerprint}, ${JSON.stringify(answer)}::text::json)
    on conflict (client_id, key) do update set answer = excluded.answer
      where i.answer is null and i.fingerprint = excluded.fingerprint`;
}

/** Frees a key whose request was refused: nothing came about, so the corrected request may use it. */
export async function freeKey(sql: Sql, clientId: string, key: string): Promise<void> {
  await sql`delete from idempotency where client_id = ${clientId} and key = ${key} and answer is null`;
}

// ---- the read model ----

export interface ProjectedOrder {
  clientId: string;
  clientName: string;
  order: PartnerOrder;
  change: PartnerOrderChange;
}

/** Keeps the highest version of each order and every change. Repeats and reordering do no harm. */
export async function projectOrders(tx: Sql, orders: readonly ProjectedOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const rows = tx.json(orders as never);
  await tx`
    insert into client (id, name)
    select distinct on (id) (o ->> 'clientId')::uuid as id, o ->> 'clientName'
    from jsonb_array_elements(${rows}) o order by id on conflict (id) do nothing`;
  await tx`
    insert into order_view as v (id, client_id, version, status, placed_at, body)
    select distinct on (id) (body ->> 'id')::uuid as id, (o ->> 'clientId')::uuid, (body ->> 'version')::int,
      body ->> 'status', (body ->> 'placedAt')::timestamptz, body
    from jsonb_array_elements(${rows}) o, lateral (select o -> 'order' as body) one
    order by id, (body ->> 'version')::int desc
    on conflict (id) do update set version = excluded.version, status = excluded.status, body = excluded.body
      where v.version < excluded.version`;
  await tx`
    insert into order_change (order_id, version, body)
    select (o #>> '{order,id}')::uuid, (o #>> '{change,version}')::int, o -> 'change'
    from jsonb_array_elements(${rows}) o on conflict do nothing`;
}

/** Whether the body is of the row's version, and every change is there. */
export async function examineRows(sql: Sql, after: string | null, limit: number): Promise<ExaminedRow[]> {
  return sql<ExaminedRow[]>`
    select id, version, status, (body ->> 'version')::int = version and body ->> 'status' = status
      and (select count(*) from order_change c where c.order_id = v.id) = version as "isWhole"
    from order_view v where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}`;
}

export async function removeOrders(tx: Sql, orderIds: readonly string[]): Promise<void> {
  const ids = [...orderIds];
  await tx`
    with changes as (delete from order_change where order_id = any (${ids}::uuid[]))
    delete from order_view where id = any (${ids}::uuid[])`;
}

/** How far the consumer has come; call it last in the transaction that handled a batch. */
export async function recordProgress(tx: Sql, consumer: string, occurredAt: string): Promise<void> {
  await tx`
    insert into progress as known (consumer, occurred_at) values (${consumer}, ${occurredAt})
    on conflict (consumer) do update set occurred_at = excluded.occurred_at
    where known.occurred_at < excluded.occurred_at`;
}

/** Up to when the read model holds everything: now, or the moment of the oldest event still unread. */
export async function freshness(sql: Sql, consumer: string): Promise<string> {
  const [row] = await sql<{ asOf: string }[]>`
    select least(coalesce(
      (select unread.at from bus.cursor c cross join lateral (
         select f.at from bus.feed_partners f
         where (f.xid, f.seq) > (c.xid, c.seq) and f.topic like 'order.%' order by f.xid, f.seq limit 1) unread
       where c.consumer = ${consumer}),
      (select coalesce(bus.heard_until(${consumer}), p.occurred_at) from progress p where p.consumer = ${consumer}
         and not exists (select from bus.cursor c where c.consumer = ${consumer})),
      platform.now()),
      -- What is being made anew shows nothing newer than what it had whole.
      (select nullif(r.complete_until, '-infinity') from bus.rebuild r
       where r.owner = current_user and r.consumer = ${consumer})) as "asOf"`;
  return row!.asOf;
}

/** Of these ids, those that are clients. */
export async function knownClients(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ id: string }[]>`select id from client where id = any (${ids as string[]}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}

export interface NewClientEvent {
  clientId: string;
  event: Omit<PartnerEvent, 'sequence'>;
  traceparent: string | null;
}

/**
 * Numbers the events per client, stores them, and makes a delivery for every endpoint that wants them. The clients' rows
 * stay locked until the commit, so that numbers become visible in order. Gives the number of deliveries made.
 */
export async function appendClientEvents(tx: Sql, events: readonly NewClientEvent[]): Promise<number> {
  const ids = [...new Set(events.map(({ clientId }) => clientId))].sort();
  const clients = await tx<{ id: string; last_sequence: number }[]>`
    select id, last_sequence from client where id = any (${ids}::uuid[]) order by id for update`;
  const last = new Map(clients.map(({ id, last_sequence }) => [id, last_sequence]));
  const rows = events.map(({ clientId, event, traceparent }) => {
    const sequence = last.get(clientId)! + 1;
    last.set(clientId, sequence);
    const { id, ...rest } = event;
    return { clientId, sequence, id, type: event.type, traceparent, body: JSON.stringify({ id, sequence, ...rest }) };
  });
  await tx`
    update client set last_sequence = (given ->> 'last')::bigint
    from jsonb_array_elements(${tx.json([...last].map(([id, value]) => ({ id, last: value })))}) given
    where client.id = (given ->> 'id')::uuid`;
  const made = await tx`
    with event as (
      select (e ->> 'clientId')::uuid as client_id, (e ->> 'sequence')::bigint as sequence, (e ->> 'id')::uuid as id,
        e ->> 'type' as type, (e ->> 'body')::json as body, e ->> 'traceparent' as traceparent
      from jsonb_array_elements(${tx.json(rows)}) e
    ), stored as (
      insert into client_event (client_id, sequence, body) select client_id, sequence, body from event
    )
    insert into delivery (endpoint_id, client_id, event_id, type, payload, traceparent)
    select endpoint.id, event.client_id, event.id, event.type, event.body, event.traceparent
    from event join endpoint on endpoint.client_id = event.client_id and endpoint.active
      and (event.type = any (endpoint.events) or split_part(event.type, '.', 1) || '.*' = any (endpoint.events))
    order by event.sequence
    on conflict (endpoint_id, event_id) do nothing returning 1`;
  return made.length;
}

export async function findCard(sql: Sql, clientId: string, orderId: string): Promise<PartnerOrderCard | null> {
  const [row] = await sql<{ body: PartnerOrder; history: PartnerOrderChange[] }[]>`
    select body, (select jsonb_agg(c.body order by c.version) from order_change c where c.order_id = v.id) as history
    from order_view v where id = ${orderId} and client_id = ${clientId}`;
  return row ? { order: row.body, history: row.history } : null;
}

export interface OrderQuery {
  status: OrderStatus | null;
  after: { placedAt: string; id: string } | null;
  limit: number;
}

/** The client's orders, newest first. */
export async function listOrders(
  sql: Sql,
  clientId: string,
  { status, after, limit }: OrderQuery,
): Promise<PartnerOrder[]> {
  const rows = await sql<{ body: PartnerOrder }[]>`
    select body from order_view where client_id = ${clientId}
    ${status ? sql`and status = ${status}` : sql``}
    ${after ? sql`and (placed_at, id) < (${after.placedAt}::timestamptz, ${after.id}::uuid)` : sql``}
    order by placed_at desc, id desc limit ${limit}`;
  return rows.map(({ body }) => body);
}

export async function listEvents(sql: Sql, clientId: string, after: number, limit: number): Promise<PartnerEvent[]> {
  const rows = await sql<{ body: PartnerEvent }[]>`
    select body from client_event where client_id = ${clientId} and sequence > ${after} order by sequence limit ${limit}`;
  return rows.map(({ body }) => body);
}
