/**
 * `node modules/pricing/geometry/formats/fuzz.ts --runs 100000 --seed 1 --format 3mf [--keep DIR]`: throws mutated files
 * at the readers. Without --format: all of them in turn. Exit 1 when a file was met that is neither read nor refused in
 * time; it is written to DIR then.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FUZZ_TARGETS } from './fuzz-formats.ts';
import { fuzz } from './fuzz-run.ts';

const SLICE = 5000;
const SLOW_MS = 1000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string' },
    keep: { type: 'string' },
  },
});

let faults = 0;
for (const name of values.format ? [values.format] : Object.keys(FUZZ_TARGETS)) {
  const target = FUZZ_TARGETS[name];
  if (!target) throw new Error(`There is no format ${name}: ${Object.keys(FUZZ_TARGETS).join(', ')}`);
  faults += fuzzInSlices(name, Number(values.runs), Number(values.seed));
}
process.exitCode = faults > 0 ? 1 : 0;

/** Slices begin anew from the seeds, so that one slice can be run again by itself. */
function fuzzInSlices(name: string, runs: number, seed: number): number {
  const outcomes = new Map<string, number>();
  let [slowestMs, signatures, found] = [0, 0, 0];
  const start = performance.now();
  for (let done = 0; done < runs; done += SLICE) {
    const sliceSeed = seed + done / SLICE;
    const result = fuzz(FUZZ_TARGETS[name]!, Math.min(SLICE, runs - done), sliceSeed, SLOW_MS);
    for (const [outcome, times] of result.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
    slowestMs = Math.max(slowestMs, result.slowestMs);
    signatures = Math.max(signatures, result.signatures);
    for (const fault of result.faults) {
      console.log(`${name} seed ${sliceSeed}: ${fault.what}`);
      if (values.keep) {
        mkdirSync(values.keep, { recursive: true });
        writeFileSync(path.join(values.keep, `${name}-${sliceSeed}-${found}`), fault.content);
      }
      found++;
    }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const sorted = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${name}: ${runs} runs in ${seconds} s, ${found} faults, up to ${signatures} different outcomes a slice, slowest ${slowestMs.toFixed(0)} ms, peak ${megabytes} MB\n  ${sorted.join(', ')}`,
  );
  return found;
}
