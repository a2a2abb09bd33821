/**
 * `run-reading FILE`: in one warm process, by turns: reading the whole file through 1 MB readSync blocks, sweeping it by one
 * thread, by two. Prints the medians in milliseconds.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { HEADER_BYTES, RECORD_BYTES } from '../../modules/pricing/geometry/formats/stl-binary.ts';
import { endHelpers, parallelSweep } from '../../modules/pricing/geometry/kernel/parallel-sweep.ts';
import { sweep } from '../../modules/pricing/geometry/kernel/sweep.ts';
import { percentile } from '../report.ts';
import { withStl } from './open-stl.ts';

const ROUNDS = 9;
const [path = ''] = process.argv.slice(2);
const triangles = (statSync(path).size - HEADER_BYTES) / RECORD_BYTES;
const block = new Uint8Array(1 << 20);

function read(): void {
  const file = openSync(path, 'r');
  while (readSync(file, block, 0, block.length, null) > 0);
  closeSync(file);
}

const ways = {
  read,
  one: () => withStl(path, (source) => sweep(source, { seed: 1 })),
  two: () => parallelSweep(path, { triangles, threads: 2, seed: 1 }),
  printed: () => withStl(path, (source) => sweep(source, { seed: 1, fingerprintSeed: 1n })),
};
const samples: Record<string, number[]> = {};
for (let round = -2; round < ROUNDS; round++) {
  for (const [way, go] of Object.entries(ways)) {
    const begun = performance.now();
    go();
    const took = performance.now() - begun;
    samples[way] ??= [];
    if (round >= 0) samples[way].push(took);
  }
}
await endHelpers();
console.log(
  JSON.stringify(Object.fromEntries(Object.entries(samples).map(([way, all]) => [way, percentile(all, 0.5)]))),
);
