import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../byte-source.ts';
import { binaryStl, RECORD_BYTES } from '../formats/stl-binary.ts';
import { BLOCK_BYTES } from '../formats/triangle-source.ts';
import { SUMS_AT, type SweepOptions, sweepKernel } from './sweep.ts';
import { BLOCK_SUMS, BLOCK_SUMS_BYTES } from './sweep-sums.ts';

/** As many triangles as a source puts into a block: then the sums are those of `sweep` to the last bit. */
export const BLOCK_TRIANGLES = Math.floor(BLOCK_BYTES / RECORD_BYTES);

/** What all threads share in one run: who takes which block, which blocks are done, and their sums. */
export interface Run extends Pick<SweepOptions, 'seed' | 'fingerprintSeed'> {
  path: string;
  triangles: number;
  reference: readonly [number, number, number];
  /** [0]: the next block to be taken; [1 + block]: its state. */
  board: Int32Array<SharedArrayBuffer>;
  /** The sums of block after block. */
  sums: Float64Array<SharedArrayBuffer>;
}

export const PENDING = 0;
const DONE = 1;
export const FAILED = 2;

export function boardFor(blocks: number): Pick<Run, 'board' | 'sums'> {
  return {
    board: new Int32Array(new SharedArrayBuffer(4 * (1 + blocks))),
    sums: new Float64Array(new SharedArrayBuffer(BLOCK_SUMS_BYTES * blocks)),
  };
}

/** Takes blocks until none is left. A block that cannot be read is left to the caller of the run, who says why. */
export function workOn(run: Run, source: ByteSource, onBlock?: (taken: number) => void): void {
  const blocks = run.board.length - 1;
  sweepKernel().begin(run);
  for (;;) {
    const block = Atomics.add(run.board, 0, 1);
    if (block >= blocks) return;
    try {
      sweepBlock(run, source, block);
    } catch {
      Atomics.store(run.board, 1 + block, FAILED);
    }
    Atomics.notify(run.board, 1 + block);
    onBlock?.(block + 1);
  }
}

/** Sweeps one block and puts its sums on the board. Throws what reading it throws. */
export function sweepBlock(run: Run, source: ByteSource, block: number): void {
  const kernel = sweepKernel();
  const part = binaryStl(source, run.triangles).part?.(block * BLOCK_TRIANGLES, BLOCK_TRIANGLES);
  part?.forEachBlock(kernel.block, (count) => {
    kernel.sum(count, part.stride, part.offset, run.reference);
    run.sums.set(new Float64Array(kernel.memory, SUMS_AT, BLOCK_SUMS), block * BLOCK_SUMS);
  });
  Atomics.store(run.board, 1 + block, DONE);
}

/** Opens a file for `use` and closes it whatever happens. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, 'r');
  try {
    return use({
      bytes: fstatSync(file).size,
      read: (into, position) => readSync(file, into, 0, into.length, position),
    });
  } finally {
    closeSync(file);
  }
}
