import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../app/visitor.ts';
import { checkInvariants } from '../invariants/invariants.ts';
import type { Violation } from '../invariants/witness.ts';
import { Random } from '../simulator/random.ts';
import type { Lane, Scene } from './faults/fault.ts';
import { type LoadCounts, startLoad } from './load.ts';
import { FAULTS, lanesOf, scheduleOf } from './schedule.ts';
import type { World } from './world.ts';

/** Before the first fault there has to be something to lose. */
const ORDERS_FIRST = 3;
const BUSY_WITHIN_MS = 180_000;
const BETWEEN_MS = 2_500;
/** A run's load goes on for at least this long. */
const AT_LEAST_MS = 12_000;
/** An event that failed thrice waits 5 s, then 30 s: quiet may take that long. */
const QUIET_WITHIN_MS = 75_000;

export interface RunResult {
  seed: number;
  violations: Violation[];
  /** What proves that a fault struck, by its name. */
  struck: Record<string, string>;
  /** Faults that found nothing to strike. */
  missed: string[];
  counts: LoadCounts;
  /** From the end of the load until every invariant held. */
  quietMs: number;
  elapsedMs: number;
}

/** One run: load, faults (those of the seed, or the named ones), quiet, and every invariant looked at from outside. */
export async function runOnce(world: World, seed: number, only: readonly string[] | null): Promise<RunResult> {
  const began = performance.now();
  const random = new Random(seed);
  const load = startLoad(world, random.fork());
  const struck: Record<string, string> = {};
  const missed: string[] = [];

  async function lane(names: readonly string[], scene: Scene): Promise<void> {
    await begun;
    for (const name of names) {
      await pause(scene.random.between(0, BETWEEN_MS));
      const evidence = await FAULTS[name]!.strike(scene);
      if (evidence === null) missed.push(name);
      else struck[name] = evidence;
    }
  }

  const begun = eventually('work has begun', async () => load.placed.length >= ORDERS_FIRST || null, BUSY_WITHIN_MS);
  const lanes = Object.entries(only ? lanesOf(only) : scheduleOf(seed)) as [Lane, string[]][];
  const ends = await Promise.allSettled([
    ...lanes.map(([, names]) => lane(names, { world, load, random: random.fork() })),
    pause(AT_LEAST_MS),
  ]);
  const counts = await load.stop();
  const loadEnded = performance.now();
  // What was struck down has to come back.
  const away: Violation[] = ends.flatMap((end) =>
    end.status === 'rejected' ? [{ invariant: 'comes-back', detail: String(end.reason) }] : [],
  );
  await world.cluster.whole();
  const violations = [...away, ...(await violationsWhenQuiet(world))];
  return {
    seed,
    violations,
    struck,
    missed,
    counts,
    quietMs: Math.round(performance.now() - loadEnded),
    elapsedMs: Math.round(performance.now() - began),
  };
}

/** What still does not hold when everything had time to settle. */
async function violationsWhenQuiet(world: World): Promise<Violation[]> {
  const deadline = Date.now() + QUIET_WITHIN_MS;
  for (;;) {
    const found = await checkInvariants(world.witness, { quiet: true });
    const all = [...found, ...world.seen];
    if (found.length === 0 || Date.now() > deadline) return all;
    await pause(500);
  }
}
