import { randomUUID } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import type { Blobs } from '#platform/blobs';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Part } from '#platform/lifecycle';
import type { Log, Metrics } from '#platform/telemetry';
import { analysisPool } from './analysis-pool.ts';
import { convertCad } from './cad/convert-cad.ts';
import { compareNext } from './compare-models.ts';
import { JOBS_CHANNEL } from './desk.ts';
import type { ConvertCad } from './measure-file.ts';
import type { Twins } from './reuse.ts';
import { DEFAULT_RULES, memoryFor, type PricingRules } from './rules.ts';
import { type Bench, runJob, takeJob } from './run-job.ts';
import { removeWorker } from './store-leases.ts';
import { twins } from './store-shapes.ts';
import { caretaker } from './tidy-queue.ts';
import { wakeSignal } from './wake-signal.ts';

export interface PricingWorkerNeeds {
  sql: Sql;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** 0: one per core, less one for the event loop. */
  threads: number;
  rules?: PricingRules;
  /** Default: every flag as its table says. */
  switches?: Flags;
  /** Turns CAD files into triangles; without it they are measured, and refused, like any other file. */
  convertCad?: ConvertCad;
  /** Looks up whether the same triangles were measured before. Default: in the database. */
  twins?: Twins;
}

/** Missed notifications are made up for by looking this often. */
const POLL_MS = 1_000;
/** How soon a job that comes in ends a comparison. */
const INTERRUPT_MS = 20;
/** After an error, e.g. the database being away. */
const PAUSE_MS = 1_000;

/** Takes jobs from the queue and measures them, `threads` at a time. Any number of these may run, in any processes. */
export function pricingWorker(needs: PricingWorkerNeeds): Part {
  const { sql, log, rules = DEFAULT_RULES, switches = flags() } = needs;
  const threads = needs.threads || Math.max(1, availableParallelism() - 1);
  const runMegabytes = memoryFor(rules.runMemory, { bytes: 0, format: null });
  const pool = analysisPool({ threads, runMs: rules.runMs, runMegabytes });
  const stopping = new AbortController();
  const worker = `${hostname()}/${process.pid}/${randomUUID()}`;
  const running: Bench['running'] = new Map();
  const bench: Bench = {
    convertCad,
    twins: twins(sql),
    ...needs,
    rules,
    switches,
    pool,
    worker,
    running,
    stopping: stopping.signal,
  };
  const counted = counters(needs.metrics);
  const wake = wakeSignal();
  const tidy = caretaker(bench, { threads, metrics: needs.metrics, wake: wake.wake });
  let loops: Promise<void>[] = [];
  let listening: { unlisten(): Promise<void> } | undefined;

  /** Idle time is for comparing shapes; a job that comes in ends that. False: there is nothing to compare. */
  async function compareMeanwhile(seen: number): Promise<boolean> {
    const interrupted = new AbortController();
    const watch = setInterval(() => wake.count() > seen && interrupted.abort(), INTERRUPT_MS);
    try {
      return await compareNext(bench, AbortSignal.any([interrupted.signal, stopping.signal]));
    } finally {
      clearInterval(watch);
    }
  }

  /** One per thread: take a job, run it, take the next; wait where there is none. */
  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const seen = wake.count();
      try {
        const job = await takeJob(bench);
        if (!job) {
          if (!(await compareMeanwhile(seen))) await wake.after(seen, POLL_MS);
          continue;
        }
        counted.waited.observe({ lane: job.lane }, job.waitedMs / 1000);
        const end = counted.running.startTimer();
        const outcome = await runJob(bench, job).finally(end);
        counted.ended.inc({ outcome });
      } catch (err) {
        log.error({ err, event: 'pricing.worker' }, 'A job could not be run; its lease will end');
        await wake.after(wake.count(), PAUSE_MS);
      }
    }
  }

  /** Without a name there are new jobs; a name is that of one which nobody wants any more. */
  function hear(jobId: string): void {
    if (jobId === '') wake.wake();
    else running.get(jobId)?.abort();
  }

  return {
    name: 'pricing worker',
    async start() {
      await tidy.start!();
      listening = await sql.listen(JOBS_CHANNEL, hear, wake.wake);
      loops = Array.from({ length: threads }, work);
    },
    async stop() {
      stopping.abort();
      await listening?.unlisten();
      await pool.stop();
      wake.wake();
      await Promise.all(loops);
      await tidy.stop!();
      // With the database away the others notice within the hour that it is gone.
      await removeWorker(sql, worker).catch((err: unknown) =>
        log.warn({ err, event: 'pricing.worker' }, 'Not signed off'),
      );
    },
  };
}

function counters(metrics: Metrics) {
  return {
    ended: metrics.counter({
      name: 'pricing_jobs_total',
      help: 'Jobs that ended, by how',
      labelNames: ['outcome'],
    }),
    waited: metrics.histogram({
      name: 'pricing_job_wait_seconds',
      help: 'From entering the queue to a worker, by lane',
      labelNames: ['lane'],
    }),
    running: metrics.histogram({ name: 'pricing_job_run_seconds', help: 'From a worker taking it to its result' }),
  };
}
