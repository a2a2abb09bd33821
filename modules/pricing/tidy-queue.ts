import type { Part } from '#platform/lifecycle';
import type { Metrics } from '#platform/telemetry';
import { KERNEL_VERSION } from './geometry/index.ts';
import { OUT_OF_ATTEMPTS } from './measure-file.ts';
import type { Bench } from './run-job.ts';
import { finish, settleLeftOver } from './settle.ts';
import { type LeasedJob, reap, showWorker } from './store-leases.ts';
import { trim } from './store-retention.ts';

/** Nothing is in a hurry to be removed. */
const TRIM_EVERY_MS = 60_000;
const TRIM_BATCH = 1_000;

interface CareNeeds {
  threads: number;
  metrics: Metrics;
  wake(): void;
}

/** What every worker does beside its jobs: says that it is there, and takes care of what others left behind. */
export function caretaker(bench: Bench, { threads, metrics, wake }: CareNeeds): Part {
  const { sql, log, rules } = bench;
  const counted = counters(metrics);
  let lastShown = performance.now();
  let judgesFrom = 0;
  let nextTrim = performance.now() + TRIM_EVERY_MS;
  const timers: NodeJS.Timeout[] = [];
  const underWay = new Set<Promise<void>>();

  /** One that cannot even be given up must not keep the others waiting. */
  async function giveUp(job: LeasedJob): Promise<void> {
    try {
      const isWritten = await finish(bench, job, OUT_OF_ATTEMPTS);
      counted.ended.inc({ outcome: isWritten ? 'set_aside' : 'stale' });
      log.warn({ sha256: job.sha256, attempts: job.attempts, event: 'pricing.set_aside' }, 'A model is set aside');
    } catch (err) {
      log.error({ err, sha256: job.sha256, event: 'pricing.reaper' }, 'A job could not be set aside; trying again');
    }
  }

  async function show(): Promise<void> {
    const now = performance.now();
    await showWorker(sql, { id: bench.worker, threads, goneMs: rules.goneMs });
    // Whoever was away itself, as all are when the database was, cannot say that others are gone.
    if (now - lastShown > rules.goneMs) judgesFrom = now + rules.goneMs;
    lastShown = now;
  }

  async function lookAfterLost(): Promise<void> {
    const judgeWorkers = performance.now() >= judgesFrom && performance.now() - lastShown < rules.goneMs;
    const { requeued, ofGoneWorkers, exhausted } = await sql.begin((tx) => reap(tx, rules.attempts, judgeWorkers));
    for (const job of exhausted) await giveUp(job);
    if (requeued === 0) return;
    counted.reaped.inc({ reason: 'worker_gone' }, ofGoneWorkers);
    counted.reaped.inc({ reason: 'lease_ended' }, requeued - ofGoneWorkers);
    log.warn({ event: 'pricing.reaped', jobs: requeued, ofGoneWorkers }, 'Lost jobs are back in the queue');
    wake();
  }

  async function trimSometimes(): Promise<void> {
    if (performance.now() < nextTrim) return;
    const about = { kernelVersion: KERNEL_VERSION, batch: TRIM_BATCH };
    const trimmed = await sql.begin((tx) => trim(tx, rules.keepDays, about));
    const rows = trimmed ? Object.values(trimmed).reduce((sum, count) => sum + count, 0) : 0;
    for (const [table, count] of Object.entries(trimmed ?? {})) counted.removed.inc({ room: 'pricing', table }, count);
    // A full batch: there is more.
    nextTrim = performance.now() + (rows >= TRIM_BATCH ? rules.reapMs : TRIM_EVERY_MS);
    if (rows > 0) log.info({ event: 'pricing.trimmed', ...trimmed }, 'Old rows are removed');
  }

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (err) {
      log.warn({ err, event: 'pricing.reaper' }, 'The queue could not be tidied');
    }
  }

  /** Runs the steps now and again, never twice at once. */
  async function keepOn(...steps: (() => Promise<void>)[]): Promise<void> {
    const round = async () => {
      for (const step of steps) await attempt(step);
    };
    let current: Promise<void> | null = null;
    const begin = () => {
      if (current) return;
      const mine = round().finally(() => {
        current = null;
        underWay.delete(mine);
      });
      current = mine;
      underWay.add(mine);
    };
    timers.push(setInterval(begin, rules.reapMs));
    await round();
  }

  return {
    name: 'pricing caretaker',
    async start() {
      // By itself: work that others left behind may take long, and who is not seen meanwhile is taken for gone.
      await keepOn(show);
      await keepOn(lookAfterLost, () => settleLeftOver(bench), trimSometimes);
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(underWay);
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
    removed: metrics.counter({
      name: 'retention_rows_removed_total',
      help: 'Rows removed because nobody asks for them any more',
      labelNames: ['room', 'table'],
    }),
    reaped: metrics.counter({
      name: 'pricing_jobs_reaped_total',
      help: 'Jobs that lost their worker and are back in the queue, by how that was noticed',
      labelNames: ['reason'],
    }),
  };
}
