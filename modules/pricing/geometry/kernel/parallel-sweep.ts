import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { readFully } from '../byte-source.ts';
import { binaryStl } from '../formats/stl-binary.ts';
import {
  BLOCK_TRIANGLES,
  boardFor,
  FAILED,
  PENDING,
  type Run,
  sweepBlock,
  withFile,
  workOn,
} from './parallel-sweep-blocks.ts';
import { type SweepOptions, sweepKernel } from './sweep.ts';
import { BLOCK_SUMS_BYTES, type Sweep, SweepTotals } from './sweep-sums.ts';

export interface ParallelSweepOptions extends SweepOptions {
  /** Of the file, by its size. */
  triangles: number;
  /** Threads that sweep, this one among them. */
  threads: number;
}

/** A helper that has not finished its block by then is taken for dead, and the block swept again here. */
const PATIENCE_MS = 5000;

/**
 * `sweep` of a binary STL by several threads: the same figures to the last bit. Synchronous. This thread works too and
 * waits for nobody who has not begun, so a helper that is still starting costs nothing. Helpers stay for the next file.
 * @throws GeometryRefusal when the file holds fewer triangles; what opening it throws
 */
export function parallelSweep(path: string, options: ParallelSweepOptions): Sweep {
  const { triangles, threads, seed, fingerprintSeed } = options;
  const blocks = Math.ceil(triangles / BLOCK_TRIANGLES);
  return withFile(path, (source) => {
    const run: Run = { path, triangles, seed, reference: [0, 0, 0], ...boardFor(blocks) };
    if (fingerprintSeed !== undefined) run.fingerprintSeed = fingerprintSeed;
    run.reference = firstCorner(source, triangles);
    callHelpers(Math.min(threads, blocks) - 1, run);
    workOn(run, source, (taken) => options.onBlock?.(Math.min(triangles, taken * BLOCK_TRIANGLES)));
    const totals = new SweepTotals();
    for (let block = 0; block < blocks; block++) {
      if (!isDone(run, block)) sweepBlock(run, source, block);
      const count = Math.min(BLOCK_TRIANGLES, triangles - block * BLOCK_TRIANGLES);
      totals.add(run.sums.buffer, block * BLOCK_SUMS_BYTES, count);
    }
    return totals.result([...run.reference], fingerprintSeed !== undefined);
  });
}

function firstCorner(source: Parameters<typeof readFully>[0], triangles: number): [number, number, number] {
  if (triangles === 0) return [0, 0, 0];
  const kernel = sweepKernel();
  const first = binaryStl(source, 1);
  first.forEachBlock(kernel.block, () => undefined);
  return kernel.cornerAt(first.offset);
}

function isDone(run: Run, block: number): boolean {
  if (Atomics.load(run.board, 1 + block) === PENDING) Atomics.wait(run.board, 1 + block, PENDING, PATIENCE_MS);
  const state = Atomics.load(run.board, 1 + block);
  return state !== PENDING && state !== FAILED;
}

interface Helper {
  worker: Worker;
  port: MessagePort;
  calls: Int32Array<SharedArrayBuffer>;
}

const helpers: Helper[] = [];

function callHelpers(wanted: number, run: Run): void {
  const count = Math.max(0, wanted);
  while (helpers.length < count) helpers.push(startHelper());
  for (const { port, calls } of helpers.slice(0, count)) {
    port.postMessage(run);
    Atomics.add(calls, 0, 1);
    Atomics.notify(calls, 0);
  }
}

function startHelper(): Helper {
  const calls = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./parallel-sweep-thread.ts', import.meta.url), {
    workerData: { calls, port: port2 },
    transferList: [port2],
  });
  const helper: Helper = { worker, port: port1, calls };
  // One that fails is not called again; its block is swept by the caller.
  worker.on('error', () => helpers.splice(helpers.indexOf(helper), 1));
  worker.unref();
  port1.unref();
  return helper;
}

/** Ends this thread's helpers. The next parallel sweep starts new ones. */
export async function endHelpers(): Promise<void> {
  await Promise.all(helpers.splice(0).map(({ worker }) => worker.terminate()));
}
