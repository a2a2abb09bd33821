import type { Currency } from '#contracts/basics';
import type { Actor } from '#contracts/identity';
import type { PRICE_ACTIONS, PriceAudit, PriceDraftRow, PriceListBody, PriceListRow } from '#contracts/price-lists';
import type { Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { PriceList } from './price-list.ts';

export interface Publication {
  actor: Pick<Actor, 'id' | 'name'>;
  reason: string;
}

/** False when a list of this version is there already. */
export async function addPriceList(sql: Sql, list: PriceList, by: Publication | null = null): Promise<boolean> {
  const added = await sql`
    insert into price_list (version, currency, valid_from, body, published_by, publisher_name, reason)
    values (${list.version}, ${list.currency}, ${list.validFrom}, ${sql.json(list as never)},
            ${by?.actor.id ?? null}, ${by?.actor.name ?? null}, ${by?.reason ?? ''})
    on conflict do nothing returning version`;
  return added.length > 0;
}

/** The list that is live now. */
export async function livePriceList(sql: Sql, currency: Currency): Promise<PriceList> {
  const [row] = await sql<{ body: PriceList }[]>`
    select body from price_list where currency = ${currency} and valid_from <= platform.now()
    order by valid_from desc, added_at desc limit 1`;
  if (!row) throw new Error(`There is no price list in ${currency}`);
  return row.body;
}

export async function findPriceList(sql: Sql, version: string): Promise<PriceList> {
  const [row] = await sql<{ body: PriceList }[]>`select body from price_list where version = ${version}`;
  if (!row) throw new Error(`There is no price list ${version}`);
  return row.body;
}

/** By currency, newest start first; `version`: only this one. */
export async function listPriceLists(sql: Sql, version: string | null = null): Promise<PriceListRow[]> {
  return sql<PriceListRow[]>`
    with live as (
      select distinct on (currency) version from price_list where valid_from <= platform.now()
      order by currency, valid_from desc, added_at desc)
    select version, currency,
           case when valid_from > platform.now() then 'scheduled'
                when version in (select version from live) then 'live' else 'past' end as state,
           (body ->> 'sample')::boolean as sample, jsonb_array_length(body -> 'materials') as materials,
           valid_from as "validFrom", added_at as "addedAt", publisher_name as "publishedBy", reason
    from price_list where ${version}::text is null or version = ${version}
    order by currency, valid_from desc, added_at desc limit 500`;
}

/** Held to the end of the transaction: whoever publishes sees what others have published. */
export async function lockPublishing(tx: Sql): Promise<string> {
  await tx`select pg_advisory_xact_lock(hashtextextended('pricing.price_list', 0))`;
  const [row] = await tx<[{ now: string }]>`select platform.now() as now`;
  return new Date(row.now).toISOString();
}

/** A name that no list has: `rub-2` after the sample. */
export async function nextVersion(tx: Sql, currency: Currency): Promise<string> {
  const [row] = await tx<[{ lists: number }]>`
    select count(*)::int as lists from price_list where currency = ${currency}`;
  return `${currency.toLowerCase()}-${row.lists + 1}`;
}

// ---- drafts ----

export interface StoredDraft extends PriceDraftRow {
  body: PriceListBody;
}

export async function countDrafts(sql: Sql): Promise<number> {
  const [row] = await sql<[{ drafts: number }]>`select count(*)::int as drafts from price_draft`;
  return row.drafts;
}

export async function listDrafts(sql: Sql): Promise<PriceDraftRow[]> {
  return sql<PriceDraftRow[]>`
    select id, name, currency, based_on as "basedOn", version, author_name as author, created_at as "createdAt",
           changed_at as "changedAt"
    from price_draft order by currency, changed_at desc`;
}

export async function findDraft(sql: Sql, id: string): Promise<StoredDraft | null> {
  const [row] = await sql<StoredDraft[]>`
    select id, name, currency, based_on as "basedOn", version, author_name as author, created_at as "createdAt",
           changed_at as "changedAt", body
    from price_draft where id = ${id}`;
  return row ?? null;
}

export async function insertDraft(
  tx: Sql,
  draft: Pick<StoredDraft, 'id' | 'name' | 'currency' | 'basedOn' | 'body' | 'author'>,
): Promise<void> {
  await tx`
    insert into price_draft (id, name, currency, based_on, body, author_name)
    values (${draft.id}, ${draft.name}, ${draft.currency}, ${draft.basedOn}, ${tx.json(draft.body as never)}, ${draft.author})`;
}

/** False when it has another version by now, or is gone. */
export async function updateDraft(
  tx: Sql,
  { id, version, name, body }: Pick<StoredDraft, 'id' | 'version' | 'name' | 'body'>,
): Promise<boolean> {
  const changed = await tx`
    update price_draft set name = ${name}, body = ${tx.json(body as never)}, version = version + 1, changed_at = platform.now()
    where id = ${id} and version = ${version} returning id`;
  return changed.length > 0;
}

/** False when it has another version by now, or is gone. */
export async function deleteDraft(tx: Sql, { id, version }: Pick<StoredDraft, 'id' | 'version'>): Promise<boolean> {
  const gone = await tx`delete from price_draft where id = ${id} and version = ${version} returning id`;
  return gone.length > 0;
}

// ---- audit ----

export interface AuditEntry {
  actor: Pick<Actor, 'id' | 'name'>;
  action: (typeof PRICE_ACTIONS)[number];
  currency: Currency;
  subject: string;
  reason: string;
}

export async function writeAudit(tx: Sql, { actor, action, currency, subject, reason }: AuditEntry): Promise<void> {
  await tx`
    insert into price_audit (id, person_id, person_name, action, currency, subject, reason)
    values (${newId()}, ${actor.id}, ${actor.name}, ${action}, ${currency}, ${subject}, ${reason})`;
}

/** Newest first. */
export async function listAudit(sql: Sql, limit: number): Promise<PriceAudit['items']> {
  return sql<PriceAudit['items']>`
    select id, at, person_name as person, action, currency, subject, reason
    from price_audit order by id desc limit ${limit}`;
}

// ---- past quotes ----

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Ready quotes of a currency, newest first, older than `before`. */
export async function readyQuotes(
  sql: Sql,
  currency: Currency,
  { before = LAST_ID, limit }: { before?: string | undefined; limit: number },
): Promise<Quote[]> {
  const rows = await sql<{ body: Quote }[]>`
    select body from quote where state = 'ready' and body ->> 'currency' = ${currency} and id < ${before}
    order by id desc limit ${limit}`;
  return rows.map(({ body }) => body);
}

/** Ready quotes by their ids, those after `after`. */
export async function quotesAfter(sql: Sql, after: string, limit: number): Promise<Quote[]> {
  const rows = await sql<{ body: Quote }[]>`
    select body from quote where state = 'ready' and id > ${after} order by id limit ${limit}`;
  return rows.map(({ body }) => body);
}
