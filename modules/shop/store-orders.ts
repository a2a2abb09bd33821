import type { OrderStatus } from '#contracts/orders';
import type { ShopOrder, ShopOrderRow, ShopStep } from '#contracts/shop';
import type { Sql } from '#platform/database';
import type { ExaminedRow } from '#platform/read-model';

export interface ProjectedOrder {
  view: ShopOrder;
  row: ShopOrderRow;
}

export interface ProjectedStep {
  orderId: string;
  step: ShopStep;
}

/** The command by which an order was placed: the draft's id, if it came from a draft. */
export type Placing = { orderId: string; buyerId: string; commandId: string };

export interface Stored {
  id: string;
  version: number;
  buyerId: string;
}

/**
 * Writes a batch in one statement: each order at most once, a version that is not newer changes nothing. Drafts that became
 * orders are marked. Answers what changed.
 */
export async function upsertOrders(
  sql: Sql,
  orders: readonly ProjectedOrder[],
  steps: readonly ProjectedStep[],
  placings: readonly Placing[],
): Promise<Stored[]> {
  const rows = orders.map(({ view, row }) => ({
    id: view.id,
    version: view.version,
    buyer_id: view.buyer.id,
    status: view.status,
    placed_at: view.placedAt,
    summary: row,
    document: view,
  }));
  const entries = steps.map(({ orderId, step }) => ({ order_id: orderId, version: step.version, step }));
  return sql<Stored[]>`
    with stored as (
      insert into order_view as known (id, version, buyer_id, status, placed_at, summary, document)
      select id, version, buyer_id, status, placed_at, summary, document
      from jsonb_populate_recordset(null::order_view, ${sql.json(rows)})
      on conflict (id) do update set version = excluded.version, status = excluded.status,
        summary = excluded.summary, document = excluded.document
      where known.version < excluded.version
      returning id, version, buyer_id
    ), steps as (
      insert into order_step (order_id, version, step)
      select order_id, version, step from jsonb_populate_recordset(null::order_step, ${sql.json(entries)})
      on conflict do nothing
    ), ordered as (
      update cart set order_id = placed."orderId"
      from jsonb_to_recordset(${sql.json([...placings])}) as placed ("orderId" uuid, "buyerId" uuid, "commandId" uuid)
      where cart.id = placed."commandId" and cart.owner_id = placed."buyerId" and cart.order_id is null
    )
    select id, version, buyer_id as "buyerId" from stored`;
}

/** Whether document and summary are of the row's version, and the order's first step is there. */
export async function examineRows(sql: Sql, after: string | null, limit: number): Promise<ExaminedRow[]> {
  return sql<ExaminedRow[]>`
    select id, version, status,
      (document ->> 'version')::int = version and (summary ->> 'version')::int = version
        and document ->> 'status' = status and summary ->> 'status' = status
        and exists (select from order_step s where s.order_id = o.id and s.version = 1) as "isWhole"
    from order_view o where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}`;
}

export async function removeOrders(tx: Sql, orderIds: readonly string[]): Promise<void> {
  const ids = [...orderIds];
  await tx`
    with steps as (delete from order_step where order_id = any (${ids}::uuid[]))
    delete from order_view where id = any (${ids}::uuid[])`;
}

export async function recordProgress(sql: Sql, consumer: string, occurredAt: string): Promise<void> {
  await sql`
    insert into progress as known (consumer, occurred_at) values (${consumer}, ${occurredAt})
    on conflict (consumer) do update set occurred_at = excluded.occurred_at
    where known.occurred_at < excluded.occurred_at`;
}

/**
 * Up to when the read model holds everything: now, or the moment of the oldest order event still unread. Where events come
 * through a broker, up to when its publishers say that this was everything.
 */
export async function freshness(sql: Sql): Promise<string> {
  const [row] = await sql<{ asOf: string }[]>`
    select least(coalesce(
      (select unread.at from bus.cursor c cross join lateral (
         select f.at from bus.feed_shop f
         where (f.xid, f.seq) > (c.xid, c.seq) and f.topic like 'order.%' order by f.xid, f.seq limit 1) unread
       where c.consumer = 'shop.orders'),
      (select coalesce(bus.heard_until('shop.orders'), p.occurred_at) from progress p where p.consumer = 'shop.orders'
         and not exists (select from bus.cursor c where c.consumer = 'shop.orders')),
      platform.now()),
      -- What is being made anew shows nothing newer than what it had whole.
      (select nullif(r.complete_until, '-infinity') from bus.rebuild r
       where r.owner = current_user and r.consumer = 'shop.orders')) as "asOf"`;
  return row!.asOf;
}

/** The last row of the page before. */
export interface After {
  placedAt: string;
  id: string;
}

export interface Wanted {
  buyerId: string;
  /** Empty: all. */
  statuses: readonly OrderStatus[];
  after: After | null;
  limit: number;
}

/** Newest first. */
export async function listOrders(sql: Sql, { buyerId, statuses, after, limit }: Wanted): Promise<ShopOrderRow[]> {
  const rows = await sql<{ summary: ShopOrderRow }[]>`
    select summary from order_view
    where buyer_id = ${buyerId}
      ${statuses.length > 0 ? sql`and status = any (${[...statuses]})` : sql``}
      ${after ? sql`and (placed_at, id) < (${after.placedAt}::timestamptz, ${after.id}::uuid)` : sql``}
    order by placed_at desc, id desc limit ${limit}`;
  return rows.map(({ summary }) => summary);
}

export async function findRows(sql: Sql, buyerId: string, ids: readonly string[]): Promise<ShopOrderRow[]> {
  const rows = await sql<{ summary: ShopOrderRow }[]>`
    select summary from order_view where buyer_id = ${buyerId} and id = any (${[...ids]}::uuid[])
    order by placed_at desc, id desc`;
  return rows.map(({ summary }) => summary);
}

export interface StoredOrder {
  order: ShopOrder;
  timeline: ShopStep[];
}

export async function findOrder(sql: Sql, buyerId: string, orderId: string): Promise<StoredOrder | null> {
  const [row] = await sql<StoredOrder[]>`
    select document as "order", coalesce((
      select jsonb_agg(step order by version) from order_step s
      where s.order_id = o.id and s.version <= o.version), '[]') as timeline
    from order_view o where id = ${orderId} and buyer_id = ${buyerId}`;
  return row ?? null;
}
