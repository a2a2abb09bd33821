import type { Model, ModelFormat, Progress, Quote } from '#contracts/pricing';
import type { Sql } from '#platform/database';

export interface UploadedModel {
  id: string;
  tenant: string;
  sha256: string;
  fileName: string;
  bytes: number;
}

export async function insertModel(tx: Sql, model: UploadedModel, format: ModelFormat | null): Promise<void> {
  await tx`
    insert into model (id, tenant, sha256, file_name, bytes, format)
    values (${model.id}, ${model.tenant}, ${model.sha256}, ${model.fileName}, ${model.bytes}, ${format})`;
}

/** Bytes that this tenant has uploaded within the last day. */
export async function uploadedToday(sql: Sql, tenant: string): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(bytes), 0)::bigint as bytes from model
    where tenant = ${tenant} and uploaded_at > platform.now() - interval '1 day'`;
  return row!.bytes;
}

/** True when anybody has a model with these bytes. */
export async function isFileKnown(sql: Sql, sha256: string): Promise<boolean> {
  const rows = await sql`select from model where sha256 = ${sha256} limit 1`;
  return rows.length > 0;
}

export async function findModels(sql: Sql, ids: readonly string[]): Promise<UploadedModel[]> {
  return sql<UploadedModel[]>`
    select id, tenant, sha256, file_name as "fileName", bytes from model where id = any(${ids}::uuid[])`;
}

/** The model as its tenant may see it: what the kernel found only once their own job is done. */
export async function findModelView(
  sql: Sql,
  id: string,
  kernelVersion: string,
): Promise<{ tenant: string; model: Model } | null> {
  const [row] = await sql<
    (Omit<Model, 'state' | 'progress'> & { tenant: string; job: string | null } & Nullable<Progress>)[]
  >`
    select model.id, model.tenant, model.sha256, file_name as "fileName", bytes, uploaded_at as "uploadedAt",
           job.state as job, case job.state when 'running' then stage end as stage, share, case when job.state = 'done' then report end as report,
           case when job.state = 'done' then failure end as failure
    from model
    left join job on job.tenant = model.tenant and job.sha256 = model.sha256 and job.kernel_version = ${kernelVersion}
    left join geometry on geometry.sha256 = model.sha256 and geometry.kernel_version = ${kernelVersion}
    where model.id = ${id}`;
  if (!row) return null;
  const { tenant, job, stage, share, ...model } = row;
  const progress = stage && share !== null ? { progress: { stage, share } } : {};
  return { tenant, model: { ...model, ...progress, state: modelState(job, model.failure) } };
}

type Nullable<T> = { [Key in keyof T]: T[Key] | null };

function modelState(job: string | null, failure: Model['failure']): Model['state'] {
  if (job === 'done') return failure ? 'failed' : 'ready';
  if (job === 'running') return 'analysing';
  // Without a job nobody measures it: it comes back when a quote is asked for, as after a cancellation.
  return job === 'queued' ? 'queued' : 'cancelled';
}

// ---- quotes ----

export interface StoredQuote {
  quote: Quote;
  traceparent: string | null;
}

/** False when this version of the order has a quote already, or a later one has. */
export async function insertQuote(
  tx: Sql,
  quote: Quote,
  { traceparent, orderVersion }: { traceparent: string | null; orderVersion: number | null },
): Promise<boolean> {
  const inserted = await tx`
    insert into quote (id, tenant, order_id, order_version, state, version, body, traceparent)
    values (${quote.id}, ${quote.tenant}, ${quote.orderId}, ${orderVersion}, ${quote.state}, ${quote.version},
            ${tx.json(quote)}, ${traceparent})
    on conflict (order_id, order_version) do nothing returning id`;
  if (inserted.length === 0) return false;
  const hashes = [...new Set(quote.items.map(({ specification }) => specification.sha256))].sort();
  await tx`insert into quote_model (quote_id, sha256) select ${quote.id}, unnest(${hashes}::text[])`;
  return true;
}

export async function updateQuote(tx: Sql, quote: Quote): Promise<void> {
  await tx`
    update quote set state = ${quote.state}, version = ${quote.version}, body = ${tx.json(quote)} where id = ${quote.id}`;
}

export async function findQuote(sql: Sql, id: string): Promise<Quote | null> {
  const [row] = await sql<{ body: Quote }[]>`select body from quote where id = ${id}`;
  return row?.body ?? null;
}

export async function lockQuote(tx: Sql, id: string): Promise<Quote | null> {
  const [row] = await tx<{ body: Quote }[]>`select body from quote where id = ${id} for update`;
  return row?.body ?? null;
}

/** Orders were placed with them: they are kept. */
export async function markOrdered(sql: Sql, quoteIds: readonly string[]): Promise<void> {
  if (quoteIds.length === 0) return;
  // Locked in the order in which whoever settles quotes locks them.
  await sql`
    with named as (
      select id from quote where id = any(${quoteIds as string[]}::uuid[]) and not ordered order by id for update
    )
    update quote set ordered = true from named where quote.id = named.id`;
}

/** True when a quote of the tenant names this file. */
export async function isQuoted(sql: Sql, tenant: string, sha256: string): Promise<boolean> {
  const rows = await sql`
    select from quote_model join quote on quote.id = quote_id
    where quote_model.sha256 = ${sha256} and quote.tenant = ${tenant} limit 1`;
  return rows.length > 0;
}

export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Unfinished quotes of the tenant that need this file, locked: the next `limit` whose id is above `after`. */
export async function lockPendingQuotes(
  tx: Sql,
  { tenant, sha256 }: { tenant: string; sha256: string },
  { after, limit }: { after: string; limit: number },
): Promise<StoredQuote[]> {
  const rows = await tx<{ body: Quote; traceparent: string | null }[]>`
    select body, traceparent from quote
    where id in (select quote_id from quote_model where sha256 = ${sha256})
      and tenant = ${tenant} and state in ('queued', 'calculating') and id > ${after}
    order by id limit ${limit} for update`;
  return rows.map(({ body, traceparent }) => ({ quote: body, traceparent }));
}

/** Unfinished quotes of the tenant, counted to `cap`. */
export async function countPendingQuotes(sql: Sql, tenant: string, cap: number): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select count(*)::int as count from (
      select from quote where tenant = ${tenant} and state in ('queued', 'calculating') limit ${cap}) counted`;
  return row.count;
}

/** An order as an event tells it; `waits`: it has no price yet. */
export interface OrderPlace {
  id: string;
  version: number;
  waits: boolean;
}

/** Of these orders, those that want a quote which was not made, or have an unfinished one that was made for an earlier version. */
export async function ordersToFollow(sql: Sql, orders: readonly OrderPlace[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select distinct heard.id from jsonb_to_recordset(${sql.json(orders as never)}) as heard (id uuid, version int, waits boolean)
    where exists (
        select from quote where order_id = heard.id and order_version < heard.version
          and state in ('queued', 'calculating'))
      or (waits and not exists (select from quote where order_id = heard.id and order_version >= heard.version))`;
  return new Set(rows.map(({ id }) => id));
}

/** Unfinished quotes made for earlier versions of the order than this one. */
export async function pendingQuotesOfOrder(sql: Sql, orderId: string, beforeVersion: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from quote
    where order_id = ${orderId} and order_version < ${beforeVersion} and state in ('queued', 'calculating')`;
  return rows.map(({ id }) => id);
}

/** The version of the order that the newest quote for it was made for; 0 when there is none. */
export async function latestQuotedVersion(sql: Sql, orderId: string): Promise<number> {
  const [row] = await sql<[{ version: number }]>`
    select coalesce(max(order_version), 0)::int as version from quote where order_id = ${orderId}`;
  return row.version;
}
