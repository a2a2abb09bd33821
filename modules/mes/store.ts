import type { Currency, Money } from '#contracts/basics';
import type { OperationState } from '#contracts/mes';
import type { Sql } from '#platform/database';
import type { Operation, Person } from './operation.ts';

/** An operation as stored. Times are UTC ISO strings. */
export interface OperationRecord extends Operation {
  readonly id: string;
  readonly version: number;
  readonly jobId: string;
  readonly itemId: string;
  readonly orderId: string;
  readonly step: number;
  readonly code: string;
  readonly workCentre: string;
  readonly normSeconds: number;
  readonly workedMs: number;
  readonly runningSince: string | null;
}

interface OperationColumns {
  id: string;
  version: number;
  job_id: string;
  item_id: string;
  order_id: string;
  step: number;
  code: string;
  work_centre: string;
  norm_seconds: number;
  state: OperationState;
  quantity: number;
  good: number;
  scrapped: number;
  held: boolean;
  holder_id: string | null;
  holder_name: string | null;
  claimed_at: string | null;
  rate_minor: number | null;
  rate_currency: Currency | null;
  worked_ms: number;
  running_since: string | null;
}

/** Why a version of an operation exists. */
export interface Because {
  readonly name: string;
  readonly by: Person;
  readonly text?: string;
}

export interface OperatorRecord {
  readonly claimCap: number;
  readonly workCentres: string[] | null;
}

/** Makes the person known to the floor and locks their row until the transaction ends: one command of a person at a time. */
export async function lockOperator(tx: Sql, person: Person, defaultCap: number): Promise<OperatorRecord> {
  const [row] = await tx<OperatorRecord[]>`
    insert into operator (person_id, name, claim_cap) values (${person.id}, ${person.name}, ${defaultCap})
    on conflict (person_id) do update set name = excluded.name, seen_at = platform.now()
    returning claim_cap as "claimCap", work_centres as "workCentres"`;
  return row!;
}

export async function storedAnswer<Answer>(tx: Sql, personId: string, commandId: string) {
  const [row] = await tx<{ asked: string; answer: Answer }[]>`
    select asked, answer from command where person_id = ${personId} and command_id = ${commandId}`;
  return row ?? null;
}

export async function storeAnswer(tx: Sql, personId: string, commandId: string, asked: string, answer: object) {
  await tx`
    insert into command (person_id, command_id, asked, answer)
    values (${personId}, ${commandId}, ${asked}, ${tx.json(answer as never)})`;
}

export async function countClaims(sql: Sql, personId: string): Promise<number> {
  const [row] = await sql<{ claims: number }[]>`
    select count(*)::int as claims from operation
    where holder_id = ${personId} and state in ('claimed', 'running', 'paused')`;
  return row!.claims;
}

export interface ClaimAttempt {
  operationId: string;
  person: Person;
  workCentres: readonly string[];
  minutes: number;
  /** The rate that the person saw; null claims at any. */
  shownRateMinor: number | null;
}

/** The claim: one conditional write. Of any number of attempts on a ready operation one gets a record, the others null. */
export async function tryClaim(tx: Sql, attempt: ClaimAttempt): Promise<OperationRecord | null> {
  const { operationId, person, workCentres, minutes, shownRateMinor } = attempt;
  const [row] = await tx<OperationColumns[]>`
    with claimed as (
      update operation set
        state = 'claimed', version = version + 1, holder_id = ${person.id}, holder_name = ${person.name},
        claimed_at = platform.now(), claim_expires_at = platform.now() + make_interval(mins => ${minutes}),
        rate_minor = rate.minor, rate_currency = rate.currency
      from rate
      where operation.id = ${operationId} and rate.operation = operation.code
        and operation.state = 'ready' and not operation.held
        and operation.work_centre = any(${workCentres as string[]})
        and rate.minor = coalesce(${shownRateMinor}::integer, rate.minor)
      returning operation.*
    ), logged as (
      insert into operation_log (operation_id, version, name, actor_id, actor_name)
      select id, version, 'claim', ${person.id}, ${person.name} from claimed
    )
    select * from claimed`;
  return row ? toRecord(row) : null;
}

export async function readOperation(sql: Sql, operationId: string): Promise<OperationRecord | null> {
  const [row] = await sql<OperationColumns[]>`select * from operation where id = ${operationId}`;
  return row ? toRecord(row) : null;
}

/** Locks the operation's item, then the operation: always in this order. */
export async function lockOperation(tx: Sql, operationId: string): Promise<OperationRecord | null> {
  await tx`
    select from floor_item where item_id = (select item_id from operation where id = ${operationId}) for update`;
  const [row] = await tx<OperationColumns[]>`select * from operation where id = ${operationId} for update`;
  return row ? toRecord(row) : null;
}

export async function lockInWork(tx: Sql, orderId: string): Promise<OperationRecord[]> {
  const rows = await tx<OperationColumns[]>`
    select * from operation where order_id = ${orderId} and state in ('claimed', 'running', 'paused')
    order by id for update`;
  return rows.map(toRecord);
}

/**
 * Writes the next state of a locked operation: version + 1, its log entry, and the working interval that began or ended.
 * `claimMinutes` is how long a new holder has to start.
 */
export async function saveOperation(
  tx: Sql,
  before: OperationRecord,
  next: Operation,
  because: Because,
  claimMinutes: number,
): Promise<OperationRecord> {
  const begins = next.state === 'running' && before.state !== 'running';
  const ends = before.state === 'running' && next.state !== 'running';
  const holder = next.claim?.holder ?? null;
  const isNewHolder = holder !== null && holder.id !== before.claim?.holder.id;
  const [row] = await tx<OperationColumns[]>`
    with moment as (
      select platform.now() as at
    ), changed as (
      update operation set
        state = ${next.state}, version = version + 1,
        quantity = ${next.quantity}, good = ${next.good}, scrapped = ${next.scrapped},
        ready_at = case when ${next.state === 'ready' && before.state !== 'ready'} then moment.at else ready_at end,
        holder_id = ${holder?.id ?? null}, holder_name = ${holder?.name ?? null},
        claimed_at = case
          when ${isNewHolder} then moment.at
          when ${holder === null} then null
          else claimed_at end,
        claim_expires_at = case when ${next.state === 'claimed'} then
          coalesce(${isNewHolder ? null : tx`claim_expires_at`}, moment.at + make_interval(mins => ${claimMinutes})) end,
        rate_minor = ${next.claim?.rate.minor ?? null}, rate_currency = ${next.claim?.rate.currency ?? null},
        worked_ms = worked_ms + case when ${ends}
          then (extract(epoch from moment.at - running_since) * 1000)::bigint else 0 end,
        running_since = case when ${begins} then moment.at when ${ends} then null else running_since end,
        ended_at = case when ${next.state === 'done' || next.state === 'stopped'} then moment.at end
      from moment
      where id = ${before.id} and version = ${before.version}
      returning operation.*
    ), logged as (
      insert into operation_log (operation_id, version, at, name, actor_id, actor_name, text)
      select id, version, moment.at, ${because.name}, ${because.by.id}, ${because.by.name}, ${because.text ?? ''}
      from changed, moment
    ), closed as (
      update work_interval set ended_at = moment.at from moment
      where operation_id = ${before.id} and ended_at is null and ${ends}
    ), opened as (
      insert into work_interval (operation_id, person_id, started_at)
      select id, holder_id, moment.at from changed, moment where ${begins}
    )
    select * from changed`;
  if (!row) throw new Error(`Operation ${before.id} changed under its lock`);
  return toRecord(row);
}

/** Gives claims that were not started in time back to the queue; returns what changed. Safe to run in every process. */
export async function expireClaims(tx: Sql, limit: number): Promise<{ id: string; version: number; holder: string }[]> {
  return tx<{ id: string; version: number; holder: string }[]>`
    with expired as (
      select id from operation where state = 'claimed' and claim_expires_at <= platform.now()
      order by claim_expires_at limit ${limit} for update skip locked
    ), changed as (
      update operation set
        state = 'ready', version = version + 1, holder_id = null, holder_name = null, claimed_at = null,
        claim_expires_at = null, rate_minor = null, rate_currency = null, ready_at = platform.now()
      from expired where operation.id = expired.id
      returning operation.id, operation.version, old.holder_id as holder
    ), logged as (
      insert into operation_log (operation_id, version, name, actor_id, actor_name)
      select id, version, 'expire', 'system', 'system' from changed
    )
    select id, version, holder from changed`;
}

/** Steps of the job that still wait, ascending. */
export async function waitingSteps(tx: Sql, jobId: string): Promise<{ id: string; step: number }[]> {
  return tx<{ id: string; step: number }[]>`
    select id, step from operation where job_id = ${jobId} and state = 'waiting' order by step`;
}

/** The operation of `step` that the pieces of this job went through: its own, or that of the job they came from. */
export async function operationOfStep(tx: Sql, jobId: string, step: number): Promise<OperationRecord | null> {
  const [row] = await tx<OperationColumns[]>`
    with recursive lineage as (
      select id, parent_job_id, 0 as depth from job where id = ${jobId}
      union all
      select job.id, job.parent_job_id, depth + 1 from job join lineage on job.id = lineage.parent_job_id
    )
    select operation.* from operation join lineage on lineage.id = operation.job_id
    where operation.step = ${step} order by depth limit 1`;
  return row ? toRecord(row) : null;
}

export async function endJob(tx: Sql, jobId: string, state: 'done' | 'stopped'): Promise<void> {
  await tx`update job set state = ${state}, ended_at = platform.now() where id = ${jobId} and state = 'open'`;
}

/** Stops the operations that nobody holds; returns what changed. */
export async function stopIdle(tx: Sql, scope: { jobId: string } | { orderId: string }, because: Because) {
  const which = 'jobId' in scope ? tx`job_id = ${scope.jobId}` : tx`order_id = ${scope.orderId}`;
  return tx<{ id: string; version: number }[]>`
    with changed as (
      update operation set state = 'stopped', version = version + 1, ended_at = platform.now()
      where ${which} and state in ('waiting', 'ready')
      returning id, version
    ), logged as (
      insert into operation_log (operation_id, version, name, actor_id, actor_name, text)
      select id, version, ${because.name}, ${because.by.id}, ${because.by.name}, ${because.text ?? ''} from changed
    )
    select id, version from changed`;
}

function toRecord(row: OperationColumns): OperationRecord {
  return {
    id: row.id,
    version: row.version,
    jobId: row.job_id,
    itemId: row.item_id,
    orderId: row.order_id,
    step: row.step,
    code: row.code,
    workCentre: row.work_centre,
    normSeconds: row.norm_seconds,
    state: row.state,
    quantity: row.quantity,
    good: row.good,
    scrapped: row.scrapped,
    held: row.held,
    claim: claimOf(row),
    workedMs: row.worked_ms,
    runningSince: row.running_since,
  };
}

function claimOf(row: OperationColumns): OperationRecord['claim'] {
  if (row.holder_id === null || row.rate_minor === null) return null;
  const rate: Money = { minor: row.rate_minor, currency: row.rate_currency! };
  return { holder: { id: row.holder_id, name: row.holder_name! }, at: row.claimed_at!, rate };
}

export async function readOperator(sql: Sql, personId: string): Promise<Person | null> {
  const [row] = await sql<Person[]>`select person_id as id, name from operator where person_id = ${personId}`;
  return row ?? null;
}

/** Whole seconds that this person worked on this operation, in closed intervals. */
export async function workedSecondsOf(tx: Sql, operationId: string, personId: string): Promise<number> {
  const [row] = await tx<{ seconds: number }[]>`
    select coalesce(floor(extract(epoch from sum(ended_at - started_at))), 0)::int as seconds
    from work_interval where operation_id = ${operationId} and person_id = ${personId} and ended_at is not null`;
  return row!.seconds;
}

/** The database's clock, as every list's `asOf`. */
export async function readNow(sql: Sql): Promise<string> {
  const [row] = await sql<{ at: string }[]>`select platform.now() as at`;
  return row!.at;
}
