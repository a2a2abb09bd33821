import type { Progress } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import type { Lane, PricingRules } from './rules.ts';
import { keepOutcome, type Outcome, type StoredOutcome, toOutcome } from './store-outcomes.ts';
import { lockShare } from './store-queue.ts';

/** A job in a worker's hands, until its lease ends. */
export interface LeasedJob {
  id: string;
  tenant: string;
  sha256: string;
  kernelVersion: string;
  lane: Lane;
  fence: number;
  attempts: number;
  cost: number;
  waitedMs: number;
  traceparent: string | null;
  /** The outcome, when this content was measured for somebody else before. */
  known: Outcome | null;
}

/** Workers that were seen within this time count for the cap and for what others are told about waiting. */
const RECENT = '10 seconds';

type LeaseRules = Pick<PricingRules, 'leaseMs' | 'longMs' | 'longShare'>;

/**
 * Hands the next job to a worker: the smallest virtual start whose content nobody is measuring and whose tenant does not
 * hold its share of the threads with long jobs. Where that leaves nothing, the share is no limit: a thread that would
 * stand idle helps nobody. Null when there is none. Leases are handed out one at a time, a few milliseconds each.
 */
export async function leaseNext(tx: Sql, worker: string, rules: LeaseRules): Promise<LeasedJob | null> {
  await tx`select from virtual_time for update`;
  return (await lease(tx, worker, rules, rules.longMs)) ?? (await lease(tx, worker, rules, Number.POSITIVE_INFINITY));
}

async function lease(tx: Sql, worker: string, rules: LeaseRules, longMs: number): Promise<LeasedJob | null> {
  const [row] = await tx<(Omit<LeasedJob, 'known'> & StoredOutcome)[]>`
    with running as materialized (
      select tenant, sha256, kernel_version, coalesce(estimate, cost) > ${longMs}::float8 as is_long
      from job where state = 'running'
    ), threads as (
      select coalesce(sum(threads), 0) as n from worker where seen_at > platform.now() - ${RECENT}::interval
    ), capped as materialized (
      select tenant from running where is_long group by tenant
      having count(*) >= greatest(1, floor(${rules.longShare}::float8 * (select n from threads)))
        and (exists (select from job other where other.state = 'queued' and other.tenant < running.tenant)
          or exists (select from job other where other.state = 'queued' and other.tenant > running.tenant))
    ), next as (
      select id from job
      where state = 'queued'
        and (sha256, kernel_version) not in (select sha256, kernel_version from running)
        and (coalesce(estimate, cost) <= ${longMs}::float8 or tenant not in (select tenant from capped))
      order by vstart, id limit 1 for update skip locked
    ), leased as (
      update job set state = 'running', fence = fence + 1, attempts = attempts + 1, worker = ${worker},
                     stage = null, share = null, started_at = platform.now(),
                     lease_until = platform.now() + ${rules.leaseMs}::float8 * interval '1 ms'
      from next where job.id = next.id returning job.*
    ), moved as (
      update virtual_time set v = greatest(v, (select vstart from leased)) where exists (select from leased)
    )
    select leased.id, tenant, leased.sha256, leased.kernel_version as "kernelVersion", lane, fence, attempts, cost,
           traceparent, (extract(epoch from started_at - queued_at) * 1000)::float8 as "waitedMs",
           report, failure, milliseconds
    from leased left join geometry using (sha256, kernel_version)`;
  if (!row) return null;
  const { report, failure, milliseconds, ...job } = row;
  return { ...job, known: toOutcome({ report, failure, milliseconds }) };
}

/** False: the lease is lost, somebody else has the job or nobody wants it. */
export async function renewLease(sql: Sql, job: LeasedJob, leaseMs: number): Promise<boolean> {
  const renewed = await sql`
    update job set lease_until = platform.now() + ${leaseMs}::float8 * interval '1 ms'
    where id = ${job.id} and fence = ${job.fence} and state = 'running' returning id`;
  return renewed.length > 0;
}

/** Writes down how far the run is; `estimate` when it is known better by now. */
export async function writeProgress(
  sql: Sql,
  job: LeasedJob,
  { stage, share }: Progress,
  estimate: number | null,
): Promise<void> {
  await sql`
    update job set stage = ${stage}, share = ${share}, estimate = coalesce(${estimate}, estimate)
    where id = ${job.id} and fence = ${job.fence} and state = 'running'`;
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
    update job set fence = fence + 1, attempts = attempts - ${counts ? 0 : 1},
                   lease_until = platform.now() + ${pauseMs}::float8 * interval '1 ms'
    where id = ${job.id} and fence = ${job.fence} and state = 'running'`;
}

/**
 * Writes what a run found, under the job's fence, and charges the tenant for what it really took. Returns the outcome that
 * stands for this content: somebody's earlier one, where there is one. Null when the fence is old: nothing is written.
 */
export async function finishJob(tx: Sql, job: LeasedJob, outcome: Outcome): Promise<Outcome | null> {
  await lockShare(tx, job.tenant);
  const [finished] = await tx<[{ weight: number }?]>`
    update job set state = 'done', finished_at = platform.now(), lease_until = null, stage = null, share = null
    where id = ${job.id} and fence = ${job.fence} and state = 'running' returning weight`;
  if (!finished) return null;
  await tx`
    update tenant_share set last_finish = last_finish + ${(outcome.milliseconds - job.cost) / finished.weight}
    where tenant = ${job.tenant}`;
  return keepOutcome(tx, job, outcome);
}

/** Quotes still wait for a finished job: whoever looks after so long settles them. Null: all are settled. */
export async function settleLater(sql: Sql, jobId: string, afterMs: number | null): Promise<void> {
  await sql`
    update job set settle_after = platform.now() + ${afterMs}::float8 * interval '1 ms'
    where id = ${jobId} and state = 'done'`;
}

/** Finished jobs whose quotes somebody began to settle and did not end; nobody else is given them for `claimMs`. */
export async function takeUnsettled(sql: Sql, claimMs: number): Promise<{ job: SettledJob; outcome: Outcome }[]> {
  const rows = await sql<(SettledJob & StoredOutcome)[]>`
    with claimed as (
      update job set settle_after = platform.now() + ${claimMs}::float8 * interval '1 ms'
      where id in (
        select id from job where settle_after < platform.now() order by settle_after limit 20 for update skip locked)
      returning id, tenant, sha256, kernel_version
    )
    select id, tenant, claimed.sha256, report, failure, milliseconds
    from claimed join geometry using (sha256, kernel_version)`;
  return rows.map(({ id, tenant, sha256, ...stored }) => ({
    job: { id, tenant, sha256 },
    outcome: toOutcome(stored)!,
  }));
}

export type SettledJob = Pick<LeasedJob, 'id' | 'tenant' | 'sha256'>;

export interface Reaped {
  /** Back in the queue at their old place: how many because the lease had ended, or because the worker is gone. */
  requeued: number;
  ofGoneWorkers: number;
  /** Out of attempts, and still leased. */
  exhausted: LeasedJob[];
}

/** Jobs that are in nobody's hands any more. `judgeWorkers`: also those of workers that were not seen for too long. */
export async function reap(tx: Sql, attempts: number, judgeWorkers: boolean): Promise<Reaped> {
  const lost = tx`
    state = 'running' and (lease_until < platform.now() or ${judgeWorkers} and worker in (
      select id from worker where seen_at < platform.now() - gone_after_ms * interval '1 ms'))`;
  const requeued = await tx<{ byLease: boolean }[]>`
    update job set state = 'queued', worker = null, lease_until = null
    where id in (select id from job where ${lost} and attempts < ${attempts} for update skip locked)
    returning old.lease_until < platform.now() as "byLease"`;
  const exhausted = await tx<Omit<LeasedJob, 'known'>[]>`
    update job set fence = fence + 1, worker = null, lease_until = platform.now() + interval '30 seconds'
    where id in (select id from job where ${lost} and attempts >= ${attempts} for update skip locked)
    returning id, tenant, sha256, kernel_version as "kernelVersion", lane, fence, attempts, cost, traceparent,
              0::float8 as "waitedMs"`;
  return {
    requeued: requeued.length,
    ofGoneWorkers: requeued.filter(({ byLease }) => !byLease).length,
    exhausted: exhausted.map((job) => ({ ...job, known: null })),
  };
}

/** This worker is there: its threads count for the cap and for what others are told about waiting. */
export async function showWorker(
  sql: Sql,
  { id, threads, goneMs }: { id: string; threads: number; goneMs: number },
): Promise<void> {
  await sql`
    insert into worker (id, threads, seen_at, gone_after_ms) values (${id}, ${threads}, platform.now(), ${goneMs})
    on conflict (id) do update set threads = excluded.threads, seen_at = excluded.seen_at`;
}

export async function removeWorker(sql: Sql, id: string): Promise<void> {
  await sql`delete from worker where id = ${id}`;
}
