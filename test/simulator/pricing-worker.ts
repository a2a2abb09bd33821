import type { Log } from '#platform/telemetry';
import { DEFAULT_RULES } from '../../modules/pricing/rules.ts';
import { finish, type Settler, settleLeftOver, tellOfBeginning } from '../../modules/pricing/settle.ts';
import { type LeasedJob, leaseNext, reap, renewLease, showWorker } from '../../modules/pricing/store-leases.ts';
import type { Outcome } from '../../modules/pricing/store-outcomes.ts';
import type { Actor } from './actor.ts';
import { outcomeFor } from './models.ts';
import { steppedSql } from './stepped-sql.ts';
import type { World } from './world.ts';

const RULES = { ...DEFAULT_RULES, attempts: 8 };
const LOOK_EVERY_MS = 300;
const TIDY_EVERY_MS = 4_000;

/**
 * The queue, the leases and the settling of the pricing worker. Only the measuring itself is left out: what a model is was
 * measured before the world began, and how long that takes is the seed's matter, past the end of the lease too.
 */
export async function pricingWorker(world: World, actor: Actor, log: Log): Promise<void> {
  const sql = steppedSql(actor, world.database.connections.pricing);
  const settler: Settler = { sql, clock: { now: () => Date.now() }, log, rules: RULES };
  const id = actor.name;
  const { fences } = world.ledger;

  async function end(job: LeasedJob, outcome: Outcome): Promise<void> {
    if (await finish(settler, job, outcome))
      fences.push({ resource: `job ${job.id}`, fence: job.fence, what: 'effect' });
  }

  async function work(): Promise<boolean> {
    const job = await sql.begin((tx) => leaseNext(tx, id, RULES));
    if (!job) return false;
    fences.push({ resource: `job ${job.id}`, fence: job.fence, what: 'handed out' });
    await tellOfBeginning(settler, job);
    if (world.faults.strikes('lease outlived')) {
      await actor.scheduler.sleep(actor, RULES.leaseMs * world.faults.random.between(1, 3));
    } else {
      await actor.scheduler.sleep(actor, world.faults.random.between(5, 300));
      await renewLease(sql, job, RULES.leaseMs);
    }
    await end(job, job.known ?? outcomeFor(job.sha256));
    return true;
  }

  async function tidy(): Promise<void> {
    await showWorker(sql, { id, threads: 1, goneMs: RULES.goneMs });
    const { exhausted } = await sql.begin((tx) => reap(tx, RULES.attempts, false));
    for (const job of exhausted) {
      fences.push({ resource: `job ${job.id}`, fence: job.fence, what: 'handed out' });
      await end(job, outcomeFor(job.sha256));
    }
    await settleLeftOver(settler);
  }

  void keepOn(actor, LOOK_EVERY_MS, work);
  void keepOn(actor, TIDY_EVERY_MS, async () => {
    await tidy();
    return false;
  });
}

/** Again and again, at once where there was something to do. */
export async function keepOn(actor: Actor, everyMs: number, act: () => Promise<boolean>): Promise<void> {
  while (actor.alive) {
    const goOn = await act().catch(() => false);
    if (!goOn) await new Promise((resolve) => actor.scheduler.timer(actor, everyMs, () => resolve(null), false));
  }
}
