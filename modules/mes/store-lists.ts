import type { Currency } from '#contracts/basics';
import type { JobKind, OperationCard, OperationRow, OperationState, WaitsFor } from '#contracts/mes';
import type { Sql } from '#platform/database';

/** Where the next page begins: the urgency of the last row. Texts as PostgreSQL writes them. */
export type Urgency = [rank: number, dueAt: string, placedAt: string, id: string];

interface RowColumns {
  id: string;
  version: number;
  state: OperationState;
  code: string;
  step: number;
  steps: number;
  work_centre: string;
  order_id: string;
  number: string;
  item_id: string;
  line: number;
  job_id: string;
  serial: number;
  kind: JobKind;
  file_name: string;
  material: string;
  finish: string;
  quantity: number;
  good: number;
  scrapped: number;
  rank: number;
  due_at: string;
  placed_at: string;
  current_rate: number;
  current_currency: Currency;
  norm_seconds: number;
  holder_id: string | null;
  holder_name: string | null;
  claimed_at: string | null;
  claim_expires_at: string | null;
  worked_ms: number;
  running_since: string | null;
  held: boolean;
  hold: string | null;
  before_code: string | null;
  before_state: OperationState | null;
  before_holder: string | null;
}

export interface ListedOperation {
  row: OperationRow;
  urgency: Urgency;
}

/** A rate that was fixed by a claim stays; else the one in force. */
const selectRows = (sql: Sql) => sql`
  select operation.*, job.serial, job.kind, floor_item.line, floor_item.file_name, floor_item.material, floor_item.finish,
    jsonb_array_length(floor_item.route) as steps, floor_order.number,
    coalesce(floor_order.hold_reason, floor_item.hold_reason) as hold,
    coalesce(operation.rate_minor, rate.minor) as current_rate,
    coalesce(operation.rate_currency, rate.currency) as current_currency,
    before.code as before_code, before.state as before_state, before.holder_name as before_holder
  from operation
  join job on job.id = operation.job_id
  join floor_item on floor_item.item_id = operation.item_id
  join floor_order on floor_order.order_id = operation.order_id
  join rate on rate.operation = operation.code
  left join lateral (
    select code, state, holder_name from operation as earlier
    where operation.state = 'waiting' and earlier.job_id = operation.job_id and earlier.step < operation.step
    order by earlier.step desc limit 1
  ) as before on true`;

export interface ListWish {
  workCentres: readonly string[];
  after: Urgency | null;
  limit: number;
}

/** Operations that can be claimed now, urgent first. */
export async function listReady(sql: Sql, wish: ListWish): Promise<ListedOperation[]> {
  return listUrgent(sql, wish, sql`operation.state = 'ready' and not operation.held`);
}

/** Operations that cannot be claimed yet. */
export async function listWaiting(sql: Sql, wish: ListWish): Promise<ListedOperation[]> {
  return listUrgent(sql, wish, sql`(operation.state = 'waiting' or (operation.state = 'ready' and operation.held))`);
}

async function listUrgent(sql: Sql, { workCentres, after, limit }: ListWish, which: ReturnType<Sql>) {
  const further = after
    ? sql`and (operation.rank, operation.due_at, operation.placed_at, operation.id)
        > (${after[0]}::smallint, ${after[1]}::timestamptz, ${after[2]}::timestamptz, ${after[3]}::uuid)`
    : sql``;
  // Equality with one work centre has an index in the list's own order; `any` has not.
  const at =
    workCentres.length === 1
      ? sql`operation.work_centre = ${workCentres[0]!}`
      : sql`operation.work_centre = any(${workCentres as string[]})`;
  const rows = await sql<RowColumns[]>`
    ${selectRows(sql)}
    where ${which} and ${at} ${further}
    order by operation.rank, operation.due_at, operation.placed_at, operation.id
    limit ${limit}`;
  return rows.map((row) => ({ row: toRow(row), urgency: [row.rank, row.due_at, row.placed_at, row.id] as Urgency }));
}

export async function listHeldBy(sql: Sql, personId: string): Promise<OperationRow[]> {
  const rows = await sql<RowColumns[]>`
    ${selectRows(sql)}
    where operation.holder_id = ${personId} and operation.state in ('claimed', 'running', 'paused')
    order by operation.claimed_at, operation.id`;
  return rows.map(toRow);
}

/** Done since the last midnight of the floor. */
export async function listFinishedToday(sql: Sql, personId: string, timeZone: string): Promise<OperationRow[]> {
  const rows = await sql<RowColumns[]>`
    ${selectRows(sql)}
    where operation.holder_id = ${personId} and operation.state = 'done'
      and operation.ended_at >= date_trunc('day', platform.now(), ${timeZone})
    order by operation.ended_at desc limit 50`;
  return rows.map(toRow);
}

/** Everything in somebody's hands, longest first, at most `perCentre` of each work centre. */
export async function listInWork(sql: Sql, perCentre: number): Promise<OperationRow[]> {
  const rows = await sql<RowColumns[]>`
    ${selectRows(sql)}
    where operation.id in (
      select id from (
        select id, row_number() over (partition by work_centre order by claimed_at, id) as place
        from operation where state in ('claimed', 'running', 'paused')
      ) as placed where place <= ${perCentre}
    )
    order by operation.claimed_at, operation.id`;
  return rows.map(toRow);
}

export interface CentreCounts {
  workCentre: string;
  waiting: number;
  ready: number;
  held: number;
  late: number;
  oldestReadyAt: string | null;
}

export async function countByCentre(sql: Sql): Promise<CentreCounts[]> {
  return sql<CentreCounts[]>`
    select work_centre as "workCentre",
      count(*) filter (where state = 'waiting')::int as waiting,
      count(*) filter (where state = 'ready' and not held)::int as ready,
      count(*) filter (where state = 'ready' and held)::int as held,
      count(*) filter (where state = 'ready' and due_at < platform.now())::int as late,
      min(ready_at) filter (where state = 'ready' and not held) as "oldestReadyAt"
    from operation where state in ('waiting', 'ready')
    group by work_centre`;
}

/** In how many milliseconds the next operation that can be claimed is late; null when none will be. */
export async function nextLateMs(sql: Sql): Promise<number | null> {
  const [row] = await sql<{ left: number | null }[]>`
    select extract(epoch from min(due_at) - platform.now())::float8 * 1000 as left
    from operation where state = 'ready' and due_at >= platform.now() and due_at < 'infinity'`;
  return row!.left;
}

/** The floor's day, and how many milliseconds are left of it. */
export async function untilMidnightMs(sql: Sql, timeZone: string): Promise<{ day: string; leftMs: number }> {
  const [row] = await sql<{ day: string; leftMs: number }[]>`
    select date_trunc('day', platform.now(), ${timeZone})::text as day,
      extract(epoch from date_trunc('day', platform.now(), ${timeZone}) + interval '1 day' - platform.now())::float8 * 1000
        as "leftMs"`;
  return row!;
}

export async function readCard(sql: Sql, operationId: string): Promise<OperationCard | null> {
  const [row] = await sql<RowColumns[]>`${selectRows(sql)} where operation.id = ${operationId}`;
  if (!row) return null;
  const [facts] = await sql<Omit<OperationCard, 'operation' | 'route' | 'history'>[]>`
    select model_id as "modelId", sha256, unit, process, note, job.reason as "jobReason", floor_order.status as "orderStatus"
    from floor_item join floor_order using (order_id) join job on job.id = ${row.job_id}
    where floor_item.item_id = ${row.item_id}`;
  const route = await sql<OperationCard['route']>`
    select id, step, code, work_centre as "workCentre", state, holder_name as holder
    from operation where job_id = ${row.job_id} order by step`;
  const history = await sql<OperationCard['history']>`
    select version, at, name, actor_name as by, text from operation_log
    where operation_id = ${operationId} order by version`;
  return { operation: toRow(row), ...facts!, route: [...route], history: [...history] };
}

function toRow(row: RowColumns): OperationRow {
  const rate = { minor: row.current_rate, currency: row.current_currency };
  return {
    id: row.id,
    version: row.version,
    state: row.state,
    code: row.code,
    step: row.step,
    steps: row.steps,
    workCentre: row.work_centre,
    orderId: row.order_id,
    orderNumber: row.number,
    itemId: row.item_id,
    line: row.line,
    jobId: row.job_id,
    jobSerial: row.serial,
    jobKind: row.kind,
    fileName: row.file_name,
    material: row.material,
    finish: row.finish,
    quantity: row.quantity,
    good: row.good,
    scrapped: row.scrapped,
    rush: row.rank === 0,
    dueAt: row.due_at === 'infinity' ? null : row.due_at,
    placedAt: row.placed_at,
    rate,
    pay: { minor: rate.minor * (row.quantity - row.scrapped), currency: rate.currency },
    normSeconds: row.norm_seconds * row.quantity,
    holder: holderOf(row),
    workedSeconds: Math.floor(row.worked_ms / 1000),
    runningSince: row.running_since,
    waitsFor: waitsFor(row),
  };
}

function holderOf({ holder_id, holder_name, claimed_at, claim_expires_at }: RowColumns): OperationRow['holder'] {
  if (holder_id === null) return null;
  return { id: holder_id, name: holder_name!, at: claimed_at!, expiresAt: claim_expires_at };
}

function waitsFor(row: RowColumns): WaitsFor | null {
  if (row.before_code !== null) {
    return { code: 'previous_operation', text: row.before_code, state: row.before_state, holder: row.before_holder };
  }
  if (row.state === 'ready' && row.held) return { code: 'hold', text: row.hold ?? '', state: null, holder: null };
  return null;
}
