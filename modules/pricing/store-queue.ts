import type { GeometryReport } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import type { Problem } from './judge-item.ts';
import type { Lane } from './rules.ts';

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

/** A job in a worker's hands, until its lease ends. */
export interface LeasedJob {
  id: string;
  tenant: string;
  sha256: string;
  kernelVersion: string;
  fence: number;
  attempts: number;
  cost: number;
  waitedMs: number;
  traceparent: string | null;
  /** The outcome, when this content was measured for somebody else before. */
  known: Outcome | null;
}

/** What a run found: figures, or why there are none. `milliseconds` is what the run took. */
export type Outcome =
  | { report: GeometryReport; failure: null; milliseconds: number }
  | { report: null; failure: Problem; milliseconds: number };

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
          cost = excluded.cost, queued_at = platform.now(), attempts = 0, traceparent = excluded.traceparent
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
      select greatest(1, coalesce(sum(threads), 0)) as n from worker where seen_at > platform.now() - interval '1 minute')
    select count(*) filter (where tenant = ${tenant})::int as "ofTenant", count(*)::int as "inAll",
           (coalesce(sum(cost) filter (where tenant = ${tenant}), 0) / 1000 / (select n from threads))::float8
             as "tenantSeconds",
           (coalesce(sum(cost), 0) / 1000 / (select n from threads))::float8 as "allSeconds"
    from job where state = 'queued'`;
  return row;
}

/** Jobs ahead of the last of these, and seconds until that one is done; null when none of them waits or runs. */
export async function queuePlace(
  sql: Sql,
  tenant: string,
  hashes: readonly string[],
): Promise<{ position: number; etaSeconds: number } | null> {
  const [row] = await sql<[{ position: number; etaSeconds: number }]>`
    with last as (
      select vstart, id from job where tenant = ${tenant} and sha256 = any(${hashes}) and state in ('queued', 'running')
      order by vstart desc, id desc limit 1
    ), threads as (
      select greatest(1, coalesce(sum(threads), 0)) as n from worker where seen_at > platform.now() - interval '1 minute')
    select count(*) filter (where job.state = 'queued' and job.id <> last.id)::int as position,
           (coalesce(sum(job.cost), 0) / 1000 / (select n from threads))::float8 as "etaSeconds"
    from last join job on job.state in ('queued', 'running') and (job.vstart, job.id) <= (last.vstart, last.id)
    group by last.id`;
  return row ? { position: row.position, etaSeconds: Math.round(row.etaSeconds * 100) / 100 } : null;
}

/**
 * Hands the next job to a worker: the smallest virtual start whose content nobody is measuring. Null when there is none.
 * Two workers may pick two tenants' jobs for one content: the second fails on job_single_flight (23505) and asks again.
 */
export async function leaseNext(tx: Sql, worker: string, leaseMs: number): Promise<LeasedJob | null> {
  const [row] = await tx<(Omit<LeasedJob, 'known'> & StoredOutcome)[]>`
    with next as (
      select id from job waiting
      where state = 'queued' and not exists (
        select from job running where running.state = 'running'
        and running.sha256 = waiting.sha256 and running.kernel_version = waiting.kernel_version)
      order by vstart, id limit 1 for update skip locked
    ), leased as (
      update job set state = 'running', fence = fence + 1, attempts = attempts + 1, worker = ${worker},
                     started_at = platform.now(), lease_until = platform.now() + ${leaseMs}::float8 * interval '1 ms'
      from next where job.id = next.id returning job.*
    ), moved as (
      update virtual_time set v = greatest(v, (select vstart from leased)) where exists (select from leased)
    )
    select leased.id, tenant, leased.sha256, leased.kernel_version as "kernelVersion", fence, attempts, cost, traceparent,
           (extract(epoch from started_at - queued_at) * 1000)::float8 as "waitedMs",
           report, failure, milliseconds
    from leased left join geometry using (sha256, kernel_version)`;
  if (!row) return null;
  const { report, failure, milliseconds, ...job } = row;
  return { ...job, known: toOutcome({ report, failure, milliseconds }) };
}

interface StoredOutcome {
  report: GeometryReport | null;
  failure: Problem | null;
  milliseconds: number | null;
}

function toOutcome({ report, failure, milliseconds }: StoredOutcome): Outcome | null {
  if (milliseconds === null) return null;
  return report ? { report, failure: null, milliseconds } : { report: null, failure: failure!, milliseconds };
}

/** False: the lease is lost, somebody else has the job. */
export async function renewLease(sql: Sql, job: LeasedJob, leaseMs: number): Promise<boolean> {
  const renewed = await sql`
    update job set lease_until = platform.now() + ${leaseMs}::float8 * interval '1 ms'
    where id = ${job.id} and fence = ${job.fence} and state = 'running' returning id`;
  return renewed.length > 0;
}

/** Gives a job back unfinished: the worker is stopping. It does not count as an attempt. */
export async function giveBack(sql: Sql, job: LeasedJob): Promise<void> {
  await sql`
    update job set state = 'queued', worker = null, lease_until = null, attempts = attempts - 1
    where id = ${job.id} and fence = ${job.fence} and state = 'running'`;
}

/** Leaves a job to the reaper after a pause: its run failed for a reason that may pass. `counts`: as an attempt. */
export async function postpone(
  sql: Sql,
  job: LeasedJob,
  { pauseMs, counts }: { pauseMs: number; counts: boolean },
): Promise<void> {
  await sql`
    update job set fence = fence + 1, attempts = attempts - ${counts ? 0 : 1}, lease_until = platform.now() + ${pauseMs}::float8 * interval '1 ms'
    where id = ${job.id} and fence = ${job.fence} and state = 'running'`;
}

/**
 * Writes what a run found, under the job's fence, and charges the tenant for what it really took. False when the fence
 * is old: then nothing is written.
 */
export async function finishJob(tx: Sql, job: LeasedJob, outcome: Outcome): Promise<boolean> {
  await tx`select from tenant_share where tenant = ${job.tenant} for update`;
  const [finished] = await tx<[{ weight: number }?]>`
    update job set state = 'done', finished_at = platform.now(), lease_until = null
    where id = ${job.id} and fence = ${job.fence} and state = 'running' returning weight`;
  if (!finished) return false;
  await tx`
    insert into geometry (sha256, kernel_version, report, failure, milliseconds)
    values (${job.sha256}, ${job.kernelVersion}, ${outcome.report && tx.json(outcome.report)},
            ${outcome.failure && tx.json(outcome.failure as never)}, ${outcome.milliseconds})
    on conflict do nothing`;
  await tx`
    update tenant_share set last_finish = last_finish + ${(outcome.milliseconds - job.cost) / finished.weight}
    where tenant = ${job.tenant}`;
  return true;
}

/** Jobs whose worker is gone: back into the queue at their old place. Those out of attempts are returned still leased. */
export async function reap(tx: Sql, attempts: number): Promise<{ requeued: number; exhausted: LeasedJob[] }> {
  const requeued = await tx`
    update job set state = 'queued', worker = null, lease_until = null
    where id in (
      select id from job where state = 'running' and lease_until < platform.now() and attempts < ${attempts}
      for update skip locked)
    returning id`;
  const exhausted = await tx<Omit<LeasedJob, 'known'>[]>`
    update job set fence = fence + 1, lease_until = platform.now() + interval '30 seconds'
    where id in (
      select id from job where state = 'running' and lease_until < platform.now() and attempts >= ${attempts}
      for update skip locked)
    returning id, tenant, sha256, kernel_version as "kernelVersion", fence, attempts, cost, traceparent,
              0::float8 as "waitedMs"`;
  return { requeued: requeued.length, exhausted: exhausted.map((job) => ({ ...job, known: null })) };
}

/** Takes out of the queue what no pending quote of the tenant waits for any more. Running jobs end by themselves. */
export async function cancelUnwanted(tx: Sql, tenant: string, hashes: readonly string[]): Promise<void> {
  await tx`
    update job set state = 'cancelled'
    where tenant = ${tenant} and sha256 = any(${hashes}) and state = 'queued' and not exists (
      select from quote_model join quote on quote.id = quote_model.quote_id
      where quote_model.sha256 = job.sha256 and quote.tenant = job.tenant and quote.state in ('queued', 'calculating'))`;
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
  return { outcomes: await outcomesOf(tx, done, kernelVersion), running: new Set(running) };
}

async function outcomesOf(sql: Sql, hashes: string[], kernelVersion: string): Promise<Map<string, Outcome>> {
  const rows = await sql<({ sha256: string } & StoredOutcome)[]>`
    select sha256, report, failure, milliseconds from geometry
    where sha256 = any(${hashes}) and kernel_version = ${kernelVersion}`;
  return new Map(rows.map((row) => [row.sha256, toOutcome(row)!]));
}

/** This worker is there: its threads count for what others are told about waiting. */
export async function showWorker(sql: Sql, id: string, threads: number): Promise<void> {
  await sql`
    insert into worker (id, threads, seen_at) values (${id}, ${threads}, platform.now())
    on conflict (id) do update set threads = excluded.threads, seen_at = excluded.seen_at`;
  await sql`delete from worker where seen_at < platform.now() - interval '1 hour'`;
}

export async function removeWorker(sql: Sql, id: string): Promise<void> {
  await sql`delete from worker where id = ${id}`;
}

/** How many jobs wait and run, and how long the first has been waiting. */
export async function queueLevels(sql: Sql): Promise<{ queued: number; running: number; oldestSeconds: number }> {
  const [row] = await sql<[{ queued: number; running: number; oldestSeconds: number }]>`
    select count(*) filter (where state = 'queued')::int as queued,
           count(*) filter (where state = 'running')::int as running,
           coalesce(extract(epoch from platform.now() - min(queued_at) filter (where state = 'queued')), 0)::float8
             as "oldestSeconds"
    from job where state in ('queued', 'running')`;
  return row;
}
