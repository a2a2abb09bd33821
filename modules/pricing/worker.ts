import { randomUUID } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import type { Blobs } from '#platform/blobs';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Part } from '#platform/lifecycle';
import type { Log, Metrics } from '#platform/telemetry';
import { analysisPool } from './analysis-pool.ts';
import { JOBS_CHANNEL } from './desk.ts';
import { DEFAULT_RULES, type PricingRules } from './rules.ts';
import { type Bench, finish, OUT_OF_ATTEMPTS, runJob, takeJob } from './run-job.ts';
import { type LeasedJob, reap, removeWorker, showWorker } from './store-queue.ts';
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
}

/** Missed notifications are made up for by looking this often. */
const POLL_MS = 1_000;
/** After an error, e.g. the database being away. */
const PAUSE_MS = 1_000;

/** Takes jobs from the queue and measures them, `threads` at a time. Any number of these may run, in any processes. */
export function pricingWorker(needs: PricingWorkerNeeds): Part {
  const { sql, log, rules = DEFAULT_RULES, switches = flags() } = needs;
  const threads = needs.threads || Math.max(1, availableParallelism() - 1);
  const pool = analysisPool({ threads, runMs: rules.runMs, runMegabytes: rules.runMegabytes });
  const stopping = new AbortController();
  const worker = `${hostname()}/${process.pid}/${randomUUID()}`;
  const bench: Bench = { ...needs, rules, switches, pool, worker, stopping: stopping.signal };
  const counted = counters(needs.metrics);
  const wake = wakeSignal();
  let loops: Promise<void>[] = [];
  let listening: { unlisten(): Promise<void> } | undefined;
  let reaper: NodeJS.Timeout | undefined;
  let tidying: Promise<void> | null = null;

  /** One per thread: take a job, run it, take the next; wait where there is none. */
  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const seen = wake.count();
      try {
        const job = await takeJob(bench);
        if (!job) {
          await wake.after(seen, POLL_MS);
          continue;
        }
        counted.waited.observe(job.waitedMs / 1000);
        const end = counted.running.startTimer();
        const outcome = await runJob(bench, job).finally(end);
        counted.ended.inc({ outcome });
      } catch (err) {
        log.error({ err, event: 'pricing.worker' }, 'A job could not be run; its lease will end');
        await wake.after(wake.count(), PAUSE_MS);
      }
    }
  }

  /** One that cannot even be given up must not keep the others waiting. */
  async function giveUp(job: LeasedJob): Promise<void> {
    try {
      counted.ended.inc({ outcome: await finish(bench, job, OUT_OF_ATTEMPTS) });
    } catch (err) {
      log.error({ err, sha256: job.sha256, event: 'pricing.reaper' }, 'A job could not be set aside; trying again');
    }
  }

  async function tidy(): Promise<void> {
    try {
      await showWorker(sql, bench.worker, threads);
      const { requeued, exhausted } = await sql.begin((tx) => reap(tx, rules.attempts));
      for (const job of exhausted) await giveUp(job);
      if (requeued > 0) {
        log.warn({ event: 'pricing.reaped', jobs: requeued }, 'Jobs of a lost worker are back in the queue');
        wake.wake();
      }
    } catch (err) {
      log.warn({ err, event: 'pricing.reaper' }, 'The queue could not be tidied');
    }
  }

  return {
    name: 'pricing worker',
    async start() {
      await tidy();
      listening = await sql.listen(JOBS_CHANNEL, wake.wake, wake.wake);
      loops = Array.from({ length: threads }, work);
      reaper = setInterval(() => {
        tidying ??= tidy().finally(() => {
          tidying = null;
        });
      }, rules.reapMs);
    },
    async stop() {
      stopping.abort();
      clearInterval(reaper);
      await listening?.unlisten();
      await pool.stop();
      wake.wake();
      await Promise.all(loops);
      await tidying;
      await removeWorker(sql, bench.worker);
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
    waited: metrics.histogram({ name: 'pricing_job_wait_seconds', help: 'From entering the queue to a worker' }),
    running: metrics.histogram({ name: 'pricing_job_run_seconds', help: 'From a worker taking it to its result' }),
  };
}
