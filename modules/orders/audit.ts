import type { Sql } from '#platform/database';

/** An order whose row and history do not say the same. */
export interface BrokenOrder {
  orderId: string;
  /** `missing`: there is only its history. `behind`: its history goes on. `wrong`: anything else. */
  kind: 'missing' | 'behind' | 'wrong';
  /** For a person. */
  problem: string;
  /** Its history is whole and has all that the row has: the row can be taken from it. */
  mendable: boolean;
}

export interface AuditedPage {
  compared: number;
  broken: BrokenOrder[];
  /** Quotes that these orders were made from. */
  quotes: { orderId: string; quoteId: string }[];
}

const ORDERS_AT_ONCE = 1_000;

/** Every order's row against its history, page by page: contiguous from 1, each entry follows the one before, the row is the last. */
export async function* auditOrders(sql: Sql): AsyncGenerator<AuditedPage> {
  for (let after: string | null = null, full = true; full; ) {
    const rows: AuditedRow[] = await auditPage(sql, after);
    yield {
      compared: rows.length,
      broken: rows.flatMap(brokenOf),
      quotes: rows.flatMap(({ orderId, quoteId }) => (quoteId ? [{ orderId, quoteId }] : [])),
    };
    full = rows.length === ORDERS_AT_ONCE;
    after = rows.at(-1)?.orderId ?? null;
  }
  for (let after: string | null = null, full = true; full; ) {
    const orphans: { orderId: string; whole: boolean }[] = await orphansAfter(sql, after);
    const problem = 'There is only its history';
    const broken = orphans.map(({ orderId, whole }) => ({
      orderId,
      kind: 'missing' as const,
      problem,
      mendable: whole,
    }));
    yield { compared: 0, broken, quotes: [] };
    full = orphans.length === ORDERS_AT_ONCE;
    after = orphans.at(-1)?.orderId ?? null;
  }
}

interface AuditedRow {
  orderId: string;
  quoteId: string | null;
  version: number;
  /** Null: no history at all. */
  last: number | null;
  isContiguous: boolean;
  isLinked: boolean;
  isLast: boolean;
}

function auditPage(sql: Sql, after: string | null): Promise<AuditedRow[]> {
  return sql<AuditedRow[]>`
    with page as (
      select id, number, version, status, body from orders
      where ${after}::uuid is null or id > ${after}::uuid order by id limit ${ORDERS_AT_ONCE}
    ), entry as (
      select order_id, version, change, state, lag(change ->> 'status') over (partition by order_id order by version) as before
      from history where order_id in (select id from page)
    ), told as (
      select order_id, max(version) as last, min(version) = 1 and count(*) = max(version) as contiguous,
        bool_and((change ->> 'version')::int = version and (state ->> 'version')::int = version
          and state ->> 'status' = change ->> 'status' and change ->> 'from' is not distinct from before) as linked
      from entry group by order_id
    )
    select page.id as "orderId", page.body ->> 'quoteId' as "quoteId", page.version, told.last,
      coalesce(contiguous, false) as "isContiguous", coalesce(linked, false) as "isLinked",
      coalesce((select entry.state = page.body from entry where entry.order_id = page.id and entry.version = told.last), false)
        and page.status = page.body ->> 'status' and page.number = page.body ->> 'number'
        and page.version = (page.body ->> 'version')::int as "isLast"
    from page left join told on told.order_id = page.id order by page.id`;
}

function brokenOf({ orderId, version, last, isContiguous, isLinked, isLast }: AuditedRow): BrokenOrder[] {
  const broken = (problem: string, kind: BrokenOrder['kind'] = 'wrong', mendable = false) => [
    { orderId, kind, problem, mendable },
  ];
  if (last === null) return broken('It has no history');
  if (!isContiguous) return broken('Its history has gaps');
  if (!isLinked) return broken('Entries of its history do not follow each other');
  if (version > last) return broken(`It has version ${version}, its history ends with ${last}`);
  if (version < last) return broken(`It has version ${version}, its history goes on to ${last}`, 'behind', true);
  return isLast ? [] : broken('It is not what its history says', 'wrong', true);
}

function orphansAfter(sql: Sql, after: string | null): Promise<{ orderId: string; whole: boolean }[]> {
  return sql<{ orderId: string; whole: boolean }[]>`
    select order_id as "orderId", min(version) = 1 and count(*) = max(version) as whole from history h
    where (${after}::uuid is null or order_id > ${after}::uuid)
      and not exists (select from orders o where o.id = h.order_id)
    group by order_id order by order_id limit ${ORDERS_AT_ONCE}`;
}

/** Takes rows from the last entries of their histories; one that has gone on meanwhile is left. Answers which were taken. */
export async function restoreOrders(sql: Sql, orderIds: readonly string[]): Promise<string[]> {
  // The timer is due at once: whoever looks sets it by the rules that hold.
  const rows = await sql<{ id: string }[]>`
    insert into orders as known (id, number, version, status, timer_at, body)
    select distinct on (order_id) order_id, state ->> 'number', version, state ->> 'status', platform.now(), state
    from history where order_id = any (${[...orderIds]}::uuid[]) order by order_id, version desc
    on conflict (id) do update set number = excluded.number, version = excluded.version, status = excluded.status,
      timer_at = excluded.timer_at, body = excluded.body
    where known.version <= excluded.version
    returning id`;
  return rows.map(({ id }) => id);
}
