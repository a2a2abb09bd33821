import { setTimeout as delay } from 'node:timers/promises';
import type { Blobs } from '#platform/blobs';
import { type Clock, isoTime } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { Flags } from '#platform/flags';
import { type Log, span } from '#platform/telemetry';
import { AnalysisFailed, type AnalysisPool } from './analysis-pool.ts';
import { announceQuotes, publishQuote } from './desk.ts';
import type { Problem } from './judge-item.ts';
import { StoreAway, withLocalFile } from './local-file.ts';
import type { PriceList } from './price-list.ts';
import { settleQuote } from './quote.ts';
import type { PricingRules } from './rules.ts';
import { findPriceList, lockPendingQuotes, updateQuote } from './store.ts';
import { finishJob, giveBack, type LeasedJob, leaseNext, type Outcome, postpone, renewLease } from './store-queue.ts';

/** What a worker works with. */
export interface Bench {
  sql: Sql;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  rules: PricingRules;
  pool: AnalysisPool;
  switches: Flags;
  /** Name of this worker, unique among all. */
  worker: string;
  /** Fires when the worker is to stop. */
  stopping: AbortSignal;
}

export type JobEnd = 'measured' | 'refused' | 'set_aside' | 'reused' | 'stale' | 'given_back' | 'postponed';

const UNIQUE_VIOLATION = '23505';
/** That a calculation has begun is news for people who watch; a job with thousands of quotes must still be taken at once. */
const MOST_TOLD_OF_BEGINNING = 100;

/** Takes the next job and tells the quotes that wait for it; null when there is none. */
export async function takeJob(bench: Bench): Promise<LeasedJob | null> {
  if (!(await bench.switches.enabled('pricing.start_calculations'))) return null;
  try {
    const taken = await bench.sql.begin(async (tx) => {
      const job = await leaseNext(tx, bench.worker, bench.rules.leaseMs);
      return job && { job, quotes: await settleQuotes(bench, tx, job, null) };
    });
    if (!taken) return null;
    await announceQuotes(bench.sql, taken.quotes);
    return taken.job;
  } catch (error) {
    // Two workers chose one content at the same moment; the other one has it.
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return takeJob(bench);
    throw error;
  }
}

/** Runs a job to its end, whatever that is, under a lease that is kept up meanwhile. */
export async function runJob(bench: Bench, job: LeasedJob): Promise<JobEnd> {
  const attributes = { 'job.id': job.id, 'job.attempt': job.attempts };
  return span('pricing analyse', { kind: 'consumer', parent: job.traceparent, attributes }, async () => {
    const lease = keepLease(bench, job);
    try {
      const outcome = await (job.known ? afterItsTime(bench, job.known, lease.lost) : measure(bench, job));
      return await finish(bench, job, outcome);
    } catch (error) {
      if (lease.lost.aborted) return 'stale';
      return await leave(bench, job, error);
    } finally {
      lease.stop();
    }
  });
}

/**
 * Somebody else's run of the same content stands for this one, after the time that it took: a faster answer would tell
 * that somebody else has the file.
 */
async function afterItsTime({ stopping }: Bench, known: Outcome, lost: AbortSignal): Promise<Outcome> {
  await delay(known.milliseconds, undefined, { signal: AbortSignal.any([lost, stopping]) });
  return known;
}

/** The run ended without an outcome. */
async function leave({ sql, log, rules, stopping }: Bench, job: LeasedJob, error: unknown): Promise<JobEnd> {
  if (stopping.aborted) {
    await giveBack(sql, job);
    return 'given_back';
  }
  log.warn({ err: error, sha256: job.sha256, event: 'pricing.postponed' }, 'A job failed; it is tried again');
  // An outage of the store says nothing about the file: it must not set aside every model that waits.
  await postpone(sql, job, { pauseMs: rules.pauseMs * job.attempts, counts: !(error instanceof StoreAway) });
  return 'postponed';
}

async function measure({ blobs, pool, clock, log }: Bench, job: LeasedJob): Promise<Outcome> {
  const started = clock.now();
  try {
    const answer = await withLocalFile(blobs, job.sha256, (path) => pool.run(path));
    const milliseconds = Math.max(1, clock.now() - started);
    if ('refusal' in answer) return { report: null, failure: answer.refusal, milliseconds };
    return { report: { sha256: job.sha256, ...answer.measurement }, failure: null, milliseconds };
  } catch (error) {
    if (!(error instanceof AnalysisFailed) || !(error.code in SET_ASIDE)) throw error;
    log.warn({ err: error, sha256: job.sha256, event: 'pricing.set_aside' }, 'A model is set aside');
    const failure = SET_ASIDE[error.code as keyof typeof SET_ASIDE];
    return { report: null, failure, milliseconds: Math.max(1, clock.now() - started) };
  }
}

const FOR_A_PERSON = 'A seller will look at it and price it by hand; or upload a simpler model.';

const SET_ASIDE = {
  'analysis.too_long': {
    code: 'analysis.too_long',
    message: 'Measuring the model took longer than allowed',
    hint: FOR_A_PERSON,
  },
  'analysis.too_much_memory': {
    code: 'analysis.too_much_memory',
    message: 'Measuring the model needed more memory than allowed',
    hint: FOR_A_PERSON,
  },
} as const satisfies Record<string, Problem>;

/** For a job whose workers keep dying. */
export const OUT_OF_ATTEMPTS: Outcome = {
  report: null,
  failure: { code: 'analysis.set_aside', message: 'The model could not be measured', hint: FOR_A_PERSON },
  milliseconds: 1,
};

/** Writes the outcome and everything that follows from it in one transaction, or nothing when the fence is old. */
export async function finish(bench: Bench, job: LeasedJob, outcome: Outcome): Promise<JobEnd> {
  const quotes = await bench.sql.begin(async (tx) => {
    if (!(await finishJob(tx, job, outcome))) return null;
    return settleQuotes(bench, tx, job, outcome);
  });
  if (!quotes) return 'stale';
  await announceQuotes(bench.sql, quotes);
  if (job.known) return 'reused';
  if (outcome.report) return 'measured';
  return outcome.failure.code.startsWith('analysis.') ? 'set_aside' : 'refused';
}

/** Brings the tenant's waiting quotes up to what is known of this job's file: it is being measured, or its outcome. */
async function settleQuotes(
  { clock, rules, log }: Pick<Bench, 'clock' | 'rules' | 'log'>,
  tx: Sql,
  { tenant, sha256 }: LeasedJob,
  outcome: Outcome | null,
): Promise<string[]> {
  const changed: string[] = [];
  const news = {
    outcomes: new Map(outcome ? [[sha256, outcome]] : []),
    running: new Set([sha256]),
  };
  const lists = new Map<string, PriceList>();
  const limit = outcome ? null : MOST_TOLD_OF_BEGINNING;
  for (const { quote, traceparent } of await lockPendingQuotes(tx, tenant, sha256, limit)) {
    const version = quote.priceListVersion;
    const list = lists.get(version) ?? (await findPriceList(tx, version));
    lists.set(version, list);
    const settled = settleQuote(quote, news, list, isoTime(clock), rules.quoteDays);
    if (settled === quote) continue;
    await updateQuote(tx, settled);
    await publishQuote(tx, { quote: settled, traceparent });
    const { id: quoteId, orderId, state } = settled;
    log.info({ quoteId, ...(orderId && { orderId }), event: `quote.${state}` }, 'Quote settled');
    changed.push(quoteId);
  }
  return changed;
}

/** Renews the lease until stopped; `lost` fires when somebody else has the job. */
function keepLease({ sql, log, rules }: Bench, job: LeasedJob): { lost: AbortSignal; stop(): void } {
  const lost = new AbortController();
  const timer = setInterval(() => {
    renewLease(sql, job, rules.leaseMs)
      .then((held) => held || lost.abort())
      .catch((err) => log.warn({ err, event: 'pricing.heartbeat' }, 'A lease could not be renewed'));
  }, rules.heartbeatMs);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}
