import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { InvariantName } from '../invariants/invariants.ts';
import type { FaultName } from './faults.ts';
import type { WorldResult } from './world.ts';

export interface SeedsWanted {
  from: number;
  seeds: number;
  /** Name of a seeded bug to run with. */
  mutant?: string;
  /** Ends at the first world that breaks this invariant. */
  untilBroken?: InvariantName;
  processes?: number;
  onWorld?(world: WorldResult): void;
}

export interface SeedsRun {
  seeds: number;
  faults: Partial<Record<FaultName, number>>;
  steps: number;
  orders: number;
  commands: Record<string, number>;
  /** Those that broke an invariant, in the order of their seeds. */
  failed: WorldResult[];
}

/** A world that ended by itself is no violation but a defect of the simulator, or of what it simulates: it must be seen. */
export class WorldBroken extends Error {
  override name = 'WorldBroken';
}

/** Two, as there are cores on the smallest machine; a world waits for its database half of the time. */
const PROCESSES = 2;
/** Without a step: on a busy machine a world may take as long as it likes, as long as it goes on. */
const STANDS_STILL_MS = 300_000;

/** Runs one world for each seed from `from` on, several processes at a time. */
export async function runSeeds(wanted: SeedsWanted): Promise<SeedsRun> {
  const { from, seeds, untilBroken, processes = Math.min(PROCESSES, seeds), onWorld } = wanted;
  const run: SeedsRun = { seeds: 0, faults: {}, steps: 0, orders: 0, commands: {}, failed: [] };
  let next = from;
  const children = Array.from({ length: processes }, () => startProcess(wanted.mutant));

  const isCaught = () =>
    run.failed.some(({ violations }) => violations.some(({ invariant }) => invariant === untilBroken));

  async function work(child: ChildProcess): Promise<void> {
    await answerOf(child, 'its start');
    while (next < from + seeds && !isCaught()) {
      const seed = next++;
      child.send(seed);
      const world = (await answerOf(child, `seed ${seed}`)).result!;
      add(run, world);
      onWorld?.(world);
    }
  }

  try {
    await Promise.all(children.map(work));
  } finally {
    await Promise.all(children.map(endProcess));
  }
  run.failed.sort((a, b) => a.seed - b.seed);
  return run;
}

function add(run: SeedsRun, world: WorldResult): void {
  run.seeds += 1;
  run.steps += world.steps;
  run.orders += world.orders;
  for (const [name, count] of Object.entries(world.faults) as [FaultName, number][]) {
    run.faults[name] = (run.faults[name] ?? 0) + count;
  }
  for (const [name, count] of Object.entries(world.commands)) run.commands[name] = (run.commands[name] ?? 0) + count;
  if (world.violations.length > 0) run.failed.push(world);
}

function startProcess(mutant: string | undefined): ChildProcess {
  const env = { ...process.env, ...(mutant ? { FORGELINE_MUTANT: mutant } : {}) };
  const program = path.join(import.meta.dirname, 'world-process.ts');
  return fork(program, { env, execArgv: ['--no-warnings'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

interface Said {
  ready?: true;
  result?: WorldResult;
  /** How far the world has come; it goes on. */
  steps?: number;
  broken?: string;
}

function answerOf(child: ChildProcess, what: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      child.off('message', hear).off('exit', gone);
      act();
    };
    let steps = 0;
    const hear = (said: Said) => {
      if (said.steps === undefined) {
        settle(() => (said.broken ? reject(new WorldBroken(`${what}: ${said.broken}`)) : resolve(said)));
      } else if (said.steps > steps) {
        steps = said.steps;
        timer.refresh();
      }
    };
    const gone = () => settle(() => reject(new WorldBroken(`The process ended during ${what}`)));
    const timer = setTimeout(
      () => settle(() => reject(new WorldBroken(`${what} stood still for ${STANDS_STILL_MS / 1000} s`))),
      STANDS_STILL_MS,
    );
    child.on('message', hear).once('exit', gone);
  });
}

function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}
