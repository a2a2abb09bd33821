import type { Assignment, Comment, ProductionNote } from '#contracts/crm';
import type { ProductionEvent } from '#contracts/mes';
import type { HistoryEntry, Order } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import type { ProjectedRow } from './order-row.ts';
import type { ChangedRow } from './scopes.ts';

export interface ProjectedOrder {
  row: ProjectedRow;
  document: Order;
  customer: { id: string; name: string; email: string; phone: string; last_order_at: string; search: string } | null;
}

export interface ProjectedEntry {
  order_id: string;
  version: number;
  entry: HistoryEntry;
}

/**
 * Writes a batch in one statement: each order at most once, in the order of ids. A version that is not newer than the
 * stored one changes nothing but the timeline. Answers what changed.
 */
export async function upsertOrders(
  sql: Sql,
  orders: readonly ProjectedOrder[],
  entries: readonly ProjectedEntry[],
): Promise<ChangedRow[]> {
  const rows = orders.map(({ row }) => row);
  const documents = orders.map(({ document }) => ({
    order_id: document.id,
    version: document.version,
    body: document,
  }));
  const customers = orders.flatMap(({ customer }) => customer ?? []);
  const stored = await sql<ChangedRow[]>`
    with stored as (
      insert into order_row as known (id, version, number, status, status_since, source, buyer_id, buyer_name, rush,
        on_hold, total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts,
        assignee_id, assignee_name)
      select r.id, r.version, r.number, r.status, coalesce(r.status_since, r.placed_at), r.source, r.buyer_id, r.buyer_name, r.rush,
        r.on_hold, r.total_minor, r.currency, r.payment, r.placed_at, r.due_at, r.items, r.pieces, r.files,
        r.open_conflicts, a.assignee_id, a.assignee_name
      from jsonb_populate_recordset(null::order_row, ${sql.json(rows as never)}) r
      left join assignment a on a.order_id = r.id
      on conflict (id) do update set version = excluded.version, status = excluded.status,
        status_since = greatest(known.status_since, excluded.status_since),
        buyer_name = excluded.buyer_name, rush = excluded.rush, on_hold = excluded.on_hold,
        total_minor = excluded.total_minor, currency = excluded.currency, payment = excluded.payment,
        due_at = excluded.due_at, items = excluded.items, pieces = excluded.pieces, files = excluded.files,
        open_conflicts = excluded.open_conflicts
      where known.version < excluded.version
      returning ${changedColumns(sql)}
    ), found_by as (
      insert into order_search as known (order_id, text, placed_at)
      select id, search, placed_at
      from jsonb_to_recordset(${sql.json(rows as never)}) as r (id uuid, search text, placed_at timestamptz)
      join stored using (id)
      on conflict (order_id) do update set text = excluded.text, placed_at = excluded.placed_at
      where (known.text, known.placed_at) <> (excluded.text, excluded.placed_at)
    ), documents as (
      insert into order_document as known (order_id, version, body)
      select order_id, version, body
      from jsonb_populate_recordset(null::order_document, ${sql.json(documents as never)})
      on conflict (order_id) do update set version = excluded.version, body = excluded.body
      where known.version < excluded.version
    ), entries as (
      insert into timeline (order_id, version, entry)
      select order_id, version, entry from jsonb_populate_recordset(null::timeline, ${sql.json(entries as never)})
      on conflict do nothing
    ), customers as (
      insert into customer as known (id, name, email, phone, last_order_at, search)
      select distinct on (id) id, name, email, phone, last_order_at, search
      from jsonb_populate_recordset(null::customer, ${sql.json(customers as never)})
      order by id, last_order_at desc
      on conflict (id) do update set name = excluded.name, email = excluded.email, phone = excluded.phone,
        last_order_at = excluded.last_order_at, search = excluded.search
      where known.last_order_at <= excluded.last_order_at
    )
    select * from stored`;
  if (stored.length === rows.length) return stored;
  return [...stored, ...(await dateStatuses(sql, stored, rows))];
}

/** An event that a later one overtook: it may still tell since when the status stands. */
async function dateStatuses(
  sql: Sql,
  stored: readonly { id: string }[],
  rows: readonly ProjectedRow[],
): Promise<ChangedRow[]> {
  const done = new Set(stored.map(({ id }) => id));
  const late = rows.filter(({ id, status_since }) => status_since !== null && !done.has(id));
  if (late.length === 0) return [];
  return sql<ChangedRow[]>`
    update order_row set status_since = late.status_since
    from jsonb_to_recordset(${sql.json(late as never)}) as late (id uuid, status_since timestamptz)
    where order_row.id = late.id and order_row.status_since < late.status_since
    returning ${changedColumns(sql)}`;
}

/** For `returning` of a statement that changes `order_row`. */
export function changedColumns(sql: Sql) {
  return sql`new.id, new.version, new.buyer_id, new.status, old.status as was_status, new.assignee_id,
    old.assignee_id as was_assignee_id, new.rush or coalesce(old.rush, false) as rush,
    new.on_hold or coalesce(old.on_hold, false) as hold,
    new.open_conflicts > 0 or coalesce(old.open_conflicts, 0) > 0 as conflict`;
}

export async function upsertQuotes(sql: Sql, quotes: readonly Quote[]): Promise<void> {
  const rows = quotes.map((quote) => ({ id: quote.id, version: quote.version, body: quote }));
  await sql`
    insert into quote as known (id, version, body)
    select id, version, body from jsonb_populate_recordset(null::quote, ${sql.json(rows as never)})
    on conflict (id) do update set version = excluded.version, body = excluded.body
    where known.version < excluded.version`;
}

export interface Told {
  name: string;
  at: string;
  fact: ProductionEvent;
}

export async function addProductionNotes(sql: Sql, told: readonly Told[]): Promise<void> {
  const rows = told.map(({ name, at, fact }) => ({
    order_id: fact.orderId,
    item_id: fact.itemId,
    version: fact.version,
    name,
    at,
    actor: fact.actor.name,
    made: fact.made,
    scrapped: fact.scrapped,
    reason: fact.reason,
  }));
  await sql`
    insert into production_note
    select * from jsonb_populate_recordset(null::production_note, ${sql.json(rows as never)})
    on conflict do nothing`;
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
      oldest_unread(),
      (select coalesce(bus.heard_until('crm.orders'), p.occurred_at) from progress p where p.consumer = 'crm.orders'
         and not exists (select from bus.cursor c where c.consumer = 'crm.orders')),
      platform.now()),
      -- What is being made anew shows nothing newer than what it had whole.
      (select nullif(r.complete_until, '-infinity') from bus.rebuild r
       where r.owner = current_user and r.consumer = 'crm.orders')) as "asOf"`;
  return row!.asOf;
}

export interface StoredCard {
  order: Order;
  statusSince: string;
  assignment: Assignment;
}

export async function findOrder(sql: Sql, orderId: string): Promise<StoredCard | null> {
  const [row] = await sql<StoredCard[]>`
    select d.body as order, r.status_since as "statusSince",
      jsonb_build_object(
        'assignee', case when a.assignee_id is not null
          then jsonb_build_object('id', a.assignee_id, 'name', a.assignee_name) end,
        'by', case when a.by_id is not null then jsonb_build_object('id', a.by_id, 'name', a.by_name) end,
        'at', a.at) as assignment
    from order_document d join order_row r on r.id = d.order_id left join assignment a on a.order_id = d.order_id
    where d.order_id = ${orderId}`;
  return row ?? null;
}

export async function versionOf(sql: Sql, orderId: string): Promise<number> {
  const [row] = await sql<{ version: number }[]>`select version from order_row where id = ${orderId}`;
  return row?.version ?? 0;
}

export async function readTimeline(sql: Sql, orderId: string): Promise<HistoryEntry[]> {
  const rows = await sql<{ entry: HistoryEntry }[]>`
    select entry from timeline where order_id = ${orderId} order by version`;
  return rows.map(({ entry }) => entry);
}

export async function readProduction(sql: Sql, orderId: string): Promise<ProductionNote[]> {
  return sql<ProductionNote[]>`
    select item_id as "itemId", version, name, at, actor, made, scrapped, reason
    from production_note where order_id = ${orderId} order by at, item_id, version`;
}

export async function readQuote(sql: Sql, quoteId: string): Promise<Quote | null> {
  const [row] = await sql<{ body: Quote }[]>`select body from quote where id = ${quoteId}`;
  return row?.body ?? null;
}

export async function readComments(sql: Sql, orderId: string): Promise<Comment[]> {
  return sql<
    Comment[]
  >`select ${commentColumns(sql)} from comment where order_id = ${orderId} order by at, id limit 500`;
}

/** Answers the stored comment; `isNew` is false when this id had been stored before. */
export async function addComment(
  sql: Sql,
  { id, orderId, text, author }: Omit<Comment, 'at'>,
): Promise<{ comment: Comment; isNew: boolean }> {
  const [added] = await sql<Comment[]>`
    insert into comment (id, order_id, text, author_id, author_name)
    values (${id}, ${orderId}, ${text}, ${author.id}, ${author.name})
    on conflict do nothing returning ${commentColumns(sql)}`;
  if (added) return { comment: added, isNew: true };
  const [known] = await sql<Comment[]>`select ${commentColumns(sql)} from comment where id = ${id}`;
  return { comment: known!, isNew: false };
}

function commentColumns(sql: Sql) {
  return sql`id, order_id as "orderId", text, at,
    jsonb_build_object('id', author_id, 'name', author_name) as author`;
}
