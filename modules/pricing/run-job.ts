import type { Flags } from '#platform/flags';
import { span } from '#platform/telemetry';
import type { Print } from './analysis-messages.ts';
import { announceProgress } from './desk.ts';
import { estimateMs } from './estimate.ts';
import { StoreAway } from './local-file.ts';
import { type Measuring, measureFile } from './measure-file.ts';
import { type ProgressWriter, progressWriter } from './progress-writer.ts';
import { retellRun } from './retell-run.ts';
import { finish, type Settler, tellOfBeginning } from './settle.ts';
import { giveBack, type LeasedJob, leaseNext, postpone, renewLease, writeProgress } from './store-leases.ts';
import type { Outcome } from './store-outcomes.ts';

/** What a worker works with. */
export interface Bench extends Settler, Measuring {
  switches: Flags;
  /** Name of this worker, unique among all. */
  worker: string;
  /** Fires when the worker is to stop. */
  stopping: AbortSignal;
  /** Ends the runs of jobs that nobody wants any more, by the job's id. */
  running: Map<string, AbortController>;
}

export type JobEnd = 'measured' | 'refused' | 'set_aside' | 'reused' | 'stale' | 'given_back' | 'postponed';

const UNIQUE_VIOLATION = '23505';

/** Takes the next job and tells the quotes that wait for it; null when there is none. */
export async function takeJob(bench: Bench): Promise<LeasedJob | null> {
  if (!(await bench.switches.enabled('pricing.start_calculations'))) return null;
  const job = await lease(bench);
  if (job) await tellOfBeginning(bench, job);
  return job;
}

async function lease(bench: Bench): Promise<LeasedJob | null> {
  try {
    return await bench.sql.begin((tx) => leaseNext(tx, bench.worker, bench.rules));
  } catch (error) {
    // A worker of the release before chose the same content at this moment.
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return lease(bench);
    throw error;
  }
}

/** Runs a job to its end, whatever that is, under a lease that is kept up meanwhile. */
export async function runJob(bench: Bench, job: LeasedJob): Promise<JobEnd> {
  const attributes = { 'job.id': job.id, 'job.attempt': job.attempts };
  return span('pricing analyse', { kind: 'consumer', parent: job.traceparent, attributes }, async () => {
    const lost = new AbortController();
    const stopKeeping = keepLease(bench, job, lost);
    try {
      const outcome = await run(bench, job, lost.signal);
      return (await finish(bench, job, outcome)) ? endOf(job, outcome) : 'stale';
    } catch (error) {
      if (lost.signal.aborted) return 'stale';
      return await leave(bench, job, error);
    } finally {
      stopKeeping();
    }
  });
}

function endOf(job: LeasedJob, outcome: Outcome): JobEnd {
  if (job.known) return 'reused';
  if (outcome.report) return 'measured';
  return outcome.failure.code.startsWith('analysis.') ? 'set_aside' : 'refused';
}

async function run(bench: Bench, job: LeasedJob, lost: AbortSignal): Promise<Outcome> {
  let estimate: number | null = null;
  const progress: ProgressWriter = progressWriter(
    async (news) => {
      await writeProgress(bench.sql, job, news, estimate);
      await announceProgress(bench.sql, job);
    },
    (err) => bench.log.warn({ err, event: 'pricing.progress' }, 'The progress of a run could not be written'),
  );
  const count = (file: Pick<Print, 'bytes' | 'format' | 'triangles'>) => {
    estimate = estimateMs(file);
  };
  const signal = AbortSignal.any([lost, bench.stopping]);
  try {
    if (!job.known) return await measureFile(bench, job, { onProgress: progress.hear, onPrint: count, signal });
    // Somebody else's run of the same content stands for this one. Nothing may tell that somebody else has the file.
    if (job.known.report) count(job.known.report);
    const { milliseconds } = job.known;
    await retellRun({ outcome: job.known, milliseconds, from: 0, onProgress: progress.hear, signal });
    return job.known;
  } finally {
    await progress.stop();
  }
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

/** Renews the lease until the returned function is called; `lost` fires when the job is somebody else's or nobody's. */
function keepLease({ sql, log, rules, running }: Bench, job: LeasedJob, lost: AbortController): () => void {
  running.set(job.id, lost);
  const timer = setInterval(() => {
    renewLease(sql, job, rules.leaseMs)
      .then((held) => held || lost.abort())
      .catch((err) => log.warn({ err, event: 'pricing.heartbeat' }, 'A lease could not be renewed'));
  }, rules.heartbeatMs);
  return () => {
    clearInterval(timer);
    running.delete(job.id);
  };
}
