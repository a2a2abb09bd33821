/**
 * `npm run simulate -- --seeds N [--from SEED] [--mutant NAME] [--json]`: worlds, one for each seed; exit 1 when one of them broke an
 * invariant. `--mutants` runs every seeded bug until the simulator catches it; exit 1 when one gets away.
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from '../mutants/mutants.ts';
import { findMutant } from '../mutants/plant.ts';
import { runSeeds, type SeedsRun } from './run-seeds.ts';
import type { WorldResult } from './world.ts';

const HELP = `npm run simulate -- [--seeds N] [--from SEED] [--processes N] [--json]
  --seeds N       how many worlds, one for each seed (default 100)
  --from SEED     the first seed (default 1); the same seed is the same world
  --mutant NAME   with this seeded bug; ends when it is caught, exit 1
  --mutants       every seeded bug in turn, each until it is caught or --seeds are spent; exit 0 when all are caught
  --processes N   worlds at a time (default 2)
  --json          one line of JSON at the end, and nothing else
Exit: 0 every invariant held (of --mutants: all were caught), 1 not so, 2 asked wrongly.
Mutants: ${MUTANTS.map(({ name }) => name).join(', ')}`;

const { values } = asked(() =>
  parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      processes: { type: 'string', default: '2' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }),
);
if (values.mutant !== undefined) asked(() => findMutant(values.mutant!));

/** What makes no sense ends with 2: 1 would say that an invariant was broken. */
function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    process.exit(2);
  }
}

if (values.help) {
  console.log(HELP);
} else {
  const from = wholeNumber('from', values.from);
  const seeds = wholeNumber('seeds', values.seeds);
  const processes = Math.min(seeds, wholeNumber('processes', values.processes));
  if (values.mutants) await everyMutant(from, seeds, processes);
  else await simulate(from, seeds, processes, values.mutant);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  console.error(`--${name} wants a whole number from 1 on, not "${text}".\n${HELP}`);
  process.exit(2);
}

function say(text: string): void {
  if (!values.json) console.log(text);
}

async function simulate(from: number, seeds: number, processes: number, mutant?: string): Promise<void> {
  const began = performance.now();
  const run = await runSeeds({
    from,
    seeds,
    processes,
    ...(mutant ? { mutant, untilBroken: findMutant(mutant).breaks } : {}),
    onWorld: (world) => tell(world, mutant),
  });
  const violations = run.failed.reduce((sum, world) => sum + world.violations.length, 0);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  say(`${run.seeds} worlds, ${run.orders} orders, ${run.steps} steps, ${violations} violations, ${seconds} s`);
  if (values.json) console.log(JSON.stringify(summary(run, { from, violations, seconds, mutant })));
  process.exitCode = violations > 0 ? 1 : 0;
}

function tell(world: WorldResult, mutant?: string): void {
  for (const { invariant, orderId, detail } of world.violations) {
    say(`seed ${world.seed}: ${invariant}${orderId ? ` (${orderId})` : ''}: ${detail}`);
  }
  if (world.violations.length > 0) say(`  again: ${replay(world.seed, mutant)}`);
}

function replay(seed: number, mutant?: string): string {
  return `npm run simulate -- --seeds 1 --from ${seed}${mutant ? ` --mutant ${mutant}` : ''}`;
}

interface About {
  from: number;
  violations: number;
  seconds: number;
  mutant: string | undefined;
}

function summary(
  { seeds, faults, orders, commands, steps, failed }: SeedsRun,
  { from, violations, seconds, mutant }: About,
) {
  const failures = failed.map((world) => ({
    seed: world.seed,
    replay: replay(world.seed, mutant),
    violations: world.violations.slice(0, 10),
  }));
  return { seeds, from, violations, faults, orders, commands, steps, seconds, ...(mutant ? { mutant } : {}), failures };
}

async function everyMutant(from: number, seeds: number, processes: number): Promise<void> {
  const told = [];
  for (const { name, breaks } of MUTANTS) {
    const { failed, seeds: tried } = await runSeeds({ from, seeds, processes, mutant: name, untilBroken: breaks });
    const by = [...new Set(failed.flatMap((world) => world.violations.map(({ invariant }) => invariant)))];
    const isCaught = by.includes(breaks);
    told.push({ name, breaks, caught: isCaught, by, seed: failed[0]?.seed ?? null, worlds: tried });
    say(
      `${isCaught ? 'caught' : 'MISSED'} ${name} after ${tried} worlds by ${by.join(', ') || 'nothing'} (breaks ${breaks})`,
    );
  }
  const missed = told.filter(({ caught }) => !caught).length;
  say(`${told.length - missed} of ${told.length} mutants caught`);
  if (values.json) console.log(JSON.stringify({ mutants: told, missed }));
  process.exitCode = missed > 0 ? 1 : 0;
}
