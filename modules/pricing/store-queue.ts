import type { ModelFormat, Progress } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import type { FileFacts } from './estimate.ts';
import type { Lane } from './rules.ts';
import { findOutcomes, type Outcome } from './store-outcomes.ts';

export type { Outcome } from './store-outcomes.ts';

/** A wish to know a file's geometry. */
export interface JobRequest {
  tenant: string;
  sha256: string;
  kernelVersion: string;
  lane: Lane;
  weight: number;
  /** Estimated milliseconds of a worker. */
  cost: number;
  traceparent: string | null;
}

/**
 * Puts a job into the queue by start-time fair queuing. One that is there already keeps its place; a cancelled one comes
 * back. In the caller's transaction. Lock order everywhere: tenant_share, job, quote.
 */
export async function enqueue(tx: Sql, job: JobRequest): Promise<void> {
  const [known] = await tx`
    select from job where tenant = ${job.tenant} and sha256 = ${job.sha256} and kernel_version = ${job.kernelVersion}
    and state <> 'cancelled'`;
  if (known) return;
  await tx`
    with share as (
      insert into tenant_share as s (tenant, last_finish)
      select ${job.tenant}, v + ${job.cost}::float8 / ${job.weight}::float8 from virtual_time
      on conflict (tenant) do update
        set last_finish = greatest(s.last_finish, (select v from virtual_time)) + ${job.cost}::float8 / ${job.weight}::float8
      returning last_finish - ${job.cost}::float8 / ${job.weight}::float8 as vstart
    )
    insert into job (tenant, sha256, kernel_version, lane, weight, cost, vstart, traceparent)
    select ${job.tenant}, ${job.sha256}, ${job.kernelVersion}, ${job.lane}, ${job.weight}, ${job.cost}, vstart,
           ${job.traceparent}
    from share
    on conflict (tenant, sha256, kernel_version) do update
      set state = 'queued', vstart = excluded.vstart, lane = excluded.lane, weight = excluded.weight,
          cost = excluded.cost, estimate = null, queued_at = platform.now(), started_at = null, finished_at = null,
          attempts = 0, traceparent = excluded.traceparent
      where job.state = 'cancelled'`;
}

/** True when all these files are measured for the tenant, or will be: asking for them adds nothing to the queue. */
export async function areAskedFor(
  sql: Sql,
  tenant: string,
  hashes: readonly string[],
  kernelVersion: string,
): Promise<boolean> {
  const [row] = await sql<[{ known: number }]>`
    select count(*)::int as known from job
    where tenant = ${tenant} and sha256 = any(${hashes}) and kernel_version = ${kernelVersion} and state <> 'cancelled'`;
  return row.known === new Set(hashes).size;
}

export interface Backlog {
  ofTenant: number;
  inAll: number;
  /** Until the tenant's jobs, or all jobs, are done by the workers there are. */
  tenantSeconds: number;
  allSeconds: number;
}

export async function backlogOf(sql: Sql, tenant: string): Promise<Backlog> {
  const [row] = await sql<[Backlog]>`
    with threads as (
      select greatest(1, coalesce(sum(threads), 0)) as n from worker where seen_at > platform.now() - interval '10 seconds')
    select count(*) filter (where tenant = ${tenant})::int as "ofTenant", count(*)::int as "inAll",
           (coalesce(sum(coalesce(estimate, cost)) filter (where tenant = ${tenant}), 0) / 1000 / (select n from threads))::float8
             as "tenantSeconds",
           (coalesce(sum(coalesce(estimate, cost)), 0) / 1000 / (select n from threads))::float8 as "allSeconds"
    from job where state = 'queued'`;
  return row;
}

/** A stretch of the queue in the order in which jobs are taken. */
export interface Stretch {
  /** Its first job. */
  vstart: number;
  id: string;
  /** Jobs that wait. */
  queued: number;
  /** Milliseconds of a worker for all of its jobs, those that run among them. */
  cost: number;
}

/** The queue in at most `stretches` parts of about the same number of jobs, and the threads that work on it. */
export async function outlineOf(sql: Sql, stretches: number): Promise<{ threads: number; outline: Stretch[] }> {
  const [row] = await sql<[{ threads: number }]>`
    select greatest(1, coalesce(sum(threads), 0))::int as threads from worker
    where seen_at > platform.now() - interval '10 seconds'`;
  const outline = await sql<Stretch[]>`
    with placed as (
      select vstart, id, state, coalesce(estimate, cost) as cost, ntile(${stretches}) over (order by vstart, id) as stretch
      from job where state in ('queued', 'running'))
    select (array_agg(vstart order by vstart, id))[1] as vstart, (array_agg(id order by vstart, id))[1] as id,
           count(*) filter (where state = 'queued')::int as queued, sum(cost)::float8 as cost
    from placed group by stretch order by stretch`;
  return { threads: row.threads, outline };
}

/** The last of the tenant's jobs for these files; null when none of them waits or runs. */
export async function lastOf(
  sql: Sql,
  tenant: string,
  hashes: readonly string[],
): Promise<{ vstart: number; id: string; cost: number } | null> {
  const [row] = await sql<{ vstart: number; id: string; cost: number }[]>`
    select vstart, id, coalesce(estimate, cost) as cost from job
    where tenant = ${tenant} and sha256 = any(${hashes}) and state in ('queued', 'running')
    order by vstart desc, id desc limit 1`;
  return row ?? null;
}

/**
 * Takes out of the queue what no pending quote of the tenant waits for any more, and ends such runs: their fence is raised.
 * The tenant is charged for what was run, and not for what was not. Returns the jobs that ran: after the commit their
 * workers have to be told. The caller holds the lock on tenant_share.
 */
export async function cancelUnwanted(tx: Sql, tenant: string, hashes: readonly string[]): Promise<string[]> {
  const rows = await tx<{ id: string; wasRunning: boolean }[]>`
    with ended as (
      update job set state = 'cancelled', fence = fence + 1, finished_at = platform.now(), worker = null,
                     lease_until = null, stage = null, share = null
      where tenant = ${tenant} and sha256 = any(${hashes}) and state in ('queued', 'running') and not exists (
        select from quote_model join quote on quote.id = quote_model.quote_id
        where quote_model.sha256 = job.sha256 and quote.tenant = job.tenant and quote.state in ('queued', 'calculating'))
      returning id, old.state = 'running' as was_running, weight, cost,
                case old.state when 'running' then extract(epoch from platform.now() - started_at) * 1000 else 0 end as ran
    ), charged as (
      update tenant_share set last_finish = last_finish + (select sum((ran - cost) / weight) from ended)
      where tenant = ${tenant} and exists (select from ended)
    )
    select id, was_running as "wasRunning" from ended`;
  return rows.filter(({ wasRunning }) => wasRunning).map(({ id }) => id);
}

/** Whoever changes what a tenant is charged takes this first. */
export async function lockShare(tx: Sql, tenant: string): Promise<void> {
  await tx`select from tenant_share where tenant = ${tenant} for update`;
}

/** What is known of a file whose measuring is asked for: from whoever uploaded it, and from earlier kernels. */
export async function factsOf(sql: Sql, sha256: string): Promise<Omit<FileFacts, 'bytes'>> {
  const [row] = await sql<[{ format: ModelFormat | null; triangles: number | null }]>`
    select (select format from model where sha256 = ${sha256} and format is not null limit 1) as format,
           (select (report ->> 'triangles')::float8 from geometry where sha256 = ${sha256} and report is not null limit 1)
             as triangles`;
  return row;
}

/** How far the runs of these files are, for the tenant whose jobs they are. */
export async function progressOf(
  sql: Sql,
  tenant: string,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Progress>> {
  const rows = await sql<({ sha256: string } & Progress)[]>`
    select sha256, stage, share from job
    where tenant = ${tenant} and sha256 = any(${hashes}) and state = 'running' and stage is not null`;
  return new Map(rows.map(({ sha256, stage, share }) => [sha256, { stage, share }]));
}

/**
 * Locks the tenant's jobs for these files, so that none of them ends before the caller's transaction does, and says which
 * are done, with what was found.
 */
export async function lockOutcomes(
  tx: Sql,
  tenant: string,
  hashes: readonly string[],
  kernelVersion: string,
): Promise<{ outcomes: Map<string, Outcome>; running: Set<string> }> {
  const jobs = await tx<{ sha256: string; state: string }[]>`
    select sha256, state from job
    where tenant = ${tenant} and sha256 = any(${hashes}) and kernel_version = ${kernelVersion}
    order by sha256 for share`;
  const done = jobs.filter(({ state }) => state === 'done').map(({ sha256 }) => sha256);
  const running = jobs.filter(({ state }) => state === 'running').map(({ sha256 }) => sha256);
  return { outcomes: await findOutcomes(tx, done, kernelVersion), running: new Set(running) };
}

export interface QueueLevel {
  state: 'queued' | 'running';
  lane: Lane;
  jobs: number;
  oldestSeconds: number;
}

/** How many jobs wait and run, and how long the first of them has been there. */
export async function queueLevels(sql: Sql): Promise<QueueLevel[]> {
  return sql<QueueLevel[]>`
    select state, lane, count(*)::int as jobs,
           extract(epoch from platform.now() - min(queued_at))::float8 as "oldestSeconds"
    from job where state in ('queued', 'running') group by state, lane`;
}
