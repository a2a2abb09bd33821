import { type Actor, tenantOf } from '#contracts/identity';
import { PRICING_ERRORS } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { currentTraceparent } from '#platform/telemetry';
import { estimateMs } from './estimate.ts';
import { KERNEL_VERSION } from './geometry/index.ts';
import { type Lane, type PricingRules, WEIGHTS } from './rules.ts';
import { areAskedFor, type Backlog, backlogOf, enqueue, factsOf } from './store-queue.ts';

const LONGEST_RETRY_AFTER_SECONDS = 300;

/**
 * Says by which lane the actor's next job goes, or that it has to wait outside.
 * @throws Fault `pricing.backlog_full` (429) or `pricing.overloaded` (503), both with Retry-After
 */
export async function admit(sql: Sql, actor: Actor, rules: PricingRules): Promise<Lane> {
  const backlog = await backlogOf(sql, tenantOf(actor));
  refuseFull(backlog, rules);
  if (!actor.roles.includes('partner')) return 'interactive';
  return backlog.ofTenant >= rules.bulkFrom ? 'bulk' : 'partner';
}

function refuseFull(backlog: Backlog, rules: PricingRules): void {
  if (backlog.ofTenant >= rules.backlogPerTenant) {
    const members = { waiting: backlog.ofTenant, limit: rules.backlogPerTenant };
    // When a tenth of the backlog is done there is room for a tenth.
    const retryAfterSeconds = retryAfter(backlog.tenantSeconds / 10);
    throw new Fault(PRICING_ERRORS['pricing.backlog_full'], { retryAfterSeconds, members });
  }
  if (backlog.inAll >= rules.backlog) {
    throw new Fault(PRICING_ERRORS['pricing.overloaded'], { retryAfterSeconds: retryAfter(backlog.allSeconds / 10) });
  }
}

function retryAfter(seconds: number): number {
  return Math.min(LONGEST_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(seconds)));
}

/** Asks for a file's geometry on a tenant's behalf. In the caller's transaction; then wake the workers. */
export async function requestAnalysis(
  tx: Sql,
  { tenant, sha256, bytes, lane }: { tenant: string; sha256: string; bytes: number; lane: Lane },
): Promise<void> {
  if (await areAskedFor(tx, tenant, [sha256], KERNEL_VERSION)) return;
  await enqueue(tx, {
    tenant,
    sha256,
    kernelVersion: KERNEL_VERSION,
    lane,
    weight: WEIGHTS[lane],
    cost: estimateMs({ bytes, ...(await factsOf(tx, sha256)) }),
    traceparent: currentTraceparent(),
  });
}
