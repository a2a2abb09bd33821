import type { Sql } from '#platform/database';
import type { PricingRules } from './rules.ts';

export interface Trimmed {
  quotes: number;
  jobs: number;
  inbox: number;
  shares: number;
  workers: number;
}

/** Any constant: one process trims at a time. */
const LOCK = 7_305_190_422;

/**
 * Removes what nobody will ask for any more, at most `batch` rows of each kind; null while somebody else does. Reports, and
 * quotes of orders, are never touched.
 */
export async function trim(
  tx: Sql,
  keepDays: PricingRules['keepDays'],
  { kernelVersion, batch }: { kernelVersion: string; batch: number },
): Promise<Trimmed | null> {
  const [{ mine }] = await tx<[{ mine: boolean }]>`select pg_try_advisory_xact_lock(${LOCK}) as mine`;
  if (!mine) return null;
  const before = (days: number) => tx`platform.now() - ${days}::float8 * interval '1 day'`;
  const quotes = await tx`
    delete from quote where id in (
      select id from quote
      where order_id is null and not ordered and created_at < ${before(keepDays.quotes)}
        and created_at >= (select quotes_since from retention)
        and state not in ('queued', 'calculating')
      order by created_at limit ${batch} for update skip locked)`;
  const cancelled = await tx`
    delete from job where id in (
      select id from job where state = 'cancelled' and queued_at < ${before(keepDays.jobs)}
      order by queued_at limit ${batch} for update skip locked)`;
  // Jobs are the proof that a tenant may know a file; those of this kernel are asked for it.
  const ofOldKernels = await tx`
    delete from job where id in (
      select id from job where state = 'done' and kernel_version <> ${kernelVersion}
        and finished_at < ${before(keepDays.jobs)} and settle_after is null
      limit ${batch} for update skip locked)`;
  const inbox = await tx`
    delete from inbox where (consumer, event_id) in (
      select consumer, event_id from inbox where at < ${before(keepDays.inbox)} order by at limit ${batch})`;
  // Whoever's last job ends behind virtual time begins anew at it, with or without this row.
  const shares = await tx`
    delete from tenant_share where tenant in (
      select tenant from tenant_share where last_finish < (select v from virtual_time)
      order by last_finish limit ${batch} for update skip locked)`;
  const workers = await tx`delete from worker where seen_at < platform.now() - interval '1 hour'`;
  return {
    quotes: quotes.count,
    jobs: cancelled.count + ofOldKernels.count,
    inbox: inbox.count,
    shares: shares.count,
    workers: workers.count,
  };
}
