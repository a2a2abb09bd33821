/**
 * `npm run chaos -- [--seed S] [--runs N] [--mutant NAME] [--faults NAME,…] [--json]`: real processes, two copies of each role, over real servers, under load
 * and faults that the seed chooses; after each run every invariant is looked at from outside. Ends with 1 where one was broken.
 * `--rolling` instead restarts every process of every role, one after another, under 200 requests a second.
 */
import { parseArgs } from 'node:util';
import type { Violation } from '../invariants/witness.ts';
import { ALL_MUTANTS, findMutant } from '../mutants/plant.ts';
import { rollingRestart } from './rolling.ts';
import { type RunResult, runOnce } from './run.ts';
import { FAULT_NAMES } from './schedule.ts';
import { openWorld } from './world.ts';

/** Every look at the invariants reads everything that there is: a new installation after so many runs. */
const RUNS_PER_WORLD = 30;
const FULL_RATE = 200;
const MOST_TOLD = 50;

const HELP = `npm run chaos -- [--seed S] [--runs N] [--faults NAME,…] [--mutant NAME] [--json]
  --seed S        the first run's seed (default 1): it deals the faults
  --runs N        how many, one seed after another (default 1)
  --faults A,B    these faults instead of the seed's
  --mutant NAME   with this seeded bug, which the checks must see
  --rolling       instead: every process of every role restarted, one after another, under --rate (default ${FULL_RATE}) requests a second
  --json          one line of JSON at the end
Exit: 0 every invariant held (of --rolling: no request failed), 1 not so, 2 asked wrongly.
Faults: ${FAULT_NAMES.join(', ')}
Mutants: ${ALL_MUTANTS.map(({ name }) => name).join(', ')}`;

const { values, only } = readArguments();

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        runs: { type: 'string', default: '1' },
        mutant: { type: 'string' },
        faults: { type: 'string' },
        rolling: { type: 'boolean', default: false },
        rate: { type: 'string', default: String(FULL_RATE) },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.mutant) findMutant(values.mutant);
    const only = values.faults?.split(',') ?? null;
    const unknown = only?.find((name) => !FAULT_NAMES.includes(name));
    if (unknown) throw new Error(`There is no fault "${unknown}"`);
    const wrong = (['seed', 'runs', 'rate'] as const).find((name) => !/^\d+$/.test(values[name]));
    if (wrong) throw new Error(`--${wrong} wants a whole number, not "${values[wrong]}"`);
    return { values, only };
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    process.exit(2);
  }
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
/** What has to be said besides the seed to see the same again. */
const attack = `${values.mutant ? ` --mutant ${values.mutant}` : ''}${only ? ` --faults ${only.join(',')}` : ''}`;
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = values.rolling ? await rolling() : await chaos();

async function chaos(): Promise<number> {
  const first = Number(values.seed);
  const runs = Number(values.runs);
  const faults: Record<string, number> = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0]));
  const missed: Record<string, number> = {};
  const broken: (Violation & { seed: number })[] = [];
  for (let from = first; from < first + runs; from += RUNS_PER_WORLD) {
    const world = await openWorld({ mutant: values.mutant ?? null });
    const known = new Set<string>();
    try {
      for (let seed = from; seed < Math.min(from + RUNS_PER_WORLD, first + runs); seed++) {
        const result = await runOnce(world, seed, only);
        for (const name of Object.keys(result.struck)) faults[name]! += 1;
        for (const name of result.missed) missed[name] = (missed[name] ?? 0) + 1;
        // What one run broke stays broken in the next.
        const fresh = result.violations.filter((one) => !known.has(JSON.stringify(one)));
        for (const one of fresh) known.add(JSON.stringify(one));
        broken.push(...fresh.map((one) => ({ seed, ...one })));
        tell(result, fresh);
      }
    } finally {
      await world.close();
    }
  }
  const answer = { runs, violations: broken.length, faults, missed, broken: broken.slice(0, MOST_TOLD) };
  if (values.json) console.log(JSON.stringify(answer));
  else console.log(`${runs} runs, ${broken.length} violations; struck: ${JSON.stringify(faults)}`);
  return broken.length > 0 ? 1 : 0;
}

function tell({ seed, struck, missed, counts, quietMs, elapsedMs }: RunResult, fresh: readonly Violation[]): void {
  const { orders, shipped, retries } = counts;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.error(
    `seed ${seed}: ${seconds(elapsedMs)}, quiet after ${seconds(quietMs)}; ${orders} orders, ${shipped} shipped, ${retries} retries`,
  );
  for (const [name, evidence] of Object.entries(struck)) console.error(`  ${name}: ${evidence}`);
  for (const name of missed) console.error(`  ${name}: found nothing to strike`);
  for (const { invariant, orderId, detail } of fresh.slice(0, 10)) {
    console.error(`  BROKEN ${invariant} ${orderId ?? ''} ${detail}`);
  }
  if (fresh.length > 0) console.error(`  again: npm run chaos -- --seed ${seed}${attack}`);
}

async function rolling(): Promise<number> {
  const world = await openWorld({ mutant: values.mutant ?? null });
  try {
    const { cluster, cast } = world;
    const result = await rollingRestart(cluster, cast, { rate: Number(values.rate), members: cluster.members });
    const { failures, sent, ...rest } = result;
    const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
    console.log(JSON.stringify({ requests, failures: failures.length, ...rest, told: failures.slice(0, MOST_TOLD) }));
    return failures.length > 0 ? 1 : 0;
  } finally {
    await world.close();
  }
}
