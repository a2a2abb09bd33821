import { BLOCK_BYTES, type TriangleSource } from '../formats/triangle-source.ts';
import { kernelMemory, loadKernel } from './load-kernel.ts';
import { type Sweep, SweepTotals } from './sweep-sums.ts';

export type { Sweep } from './sweep-sums.ts';

export interface SweepOptions {
  /** Of the boundary sum: random for each job and never shown, so that nobody can make a file whose boundary cancels. */
  seed: number | bigint;
  /** Asks for the fingerprint. Up to 128 bits; secret, and the same for all files whose fingerprints are to be compared. */
  fingerprintSeed?: bigint;
  /** Called after each block with the number of triangles so far. */
  onBlock?: (triangles: number) => void;
}

/** Measures a mesh in one pass, whatever the order of its triangles, in 1 MB of memory. Throws what the source throws. */
export function sweep(source: TriangleSource, options: SweepOptions): Sweep {
  const kernel = sweepKernel();
  kernel.begin(options);
  const totals = new SweepTotals();
  let reference: [number, number, number] | null = null;
  let triangles = 0;
  source.forEachBlock(kernel.block, (count) => {
    if (count === 0) return;
    reference ??= kernel.cornerAt(source.offset);
    kernel.sum(count, source.stride, source.offset, reference);
    totals.add(kernel.memory, SUMS_AT, count);
    triangles += count;
    options.onBlock?.(triangles);
  });
  return totals.result(reference ?? [0, 0, 0], options.fingerprintSeed !== undefined);
}

/** Whether every edge is passed as often in one direction as in the other: only then is the volume well defined. */
export function isClosed(swept: Sweep): boolean {
  return swept.boundary === 0n;
}

// The kernel's memory: reference and keys, sums of a block, room for the odd triangle's partner, then the block itself.
const KEYS_AT = 1024;
export const SUMS_AT = 2048;
const SPARE_AT = 4096;
const BLOCK_AT = 65_536;
/** The kernel reads past the last triangle by less than this. */
const MARGIN_BYTES = 64;

interface Exports {
  sums: BlockFunction;
  sumsWithPrint: BlockFunction;
}
type BlockFunction = (at: number, count: number, stride: number, out: number, keys: number, spare: number) => void;

/** One instance and its memory, warm between calls. */
export interface SweepKernel {
  readonly memory: ArrayBuffer;
  /** Where the triangles go. */
  readonly block: Uint8Array;
  /** Takes the seeds of a run. */
  begin(seeds: Pick<SweepOptions, 'seed' | 'fingerprintSeed'>): void;
  /** The corner at `offset` of the block; −0 as 0. */
  cornerAt(offset: number): [number, number, number];
  /** Writes the sums over the first `count` triangles of the block to `SUMS_AT`. */
  sum(count: number, stride: number, offset: number, reference: readonly [number, number, number]): void;
}

let warm: SweepKernel | undefined;

/** This thread's kernel. */
export function sweepKernel(): SweepKernel {
  warm ??= makeKernel();
  return warm;
}

function makeKernel(): SweepKernel {
  const memory = kernelMemory(BLOCK_AT + BLOCK_BYTES + MARGIN_BYTES);
  const { sums, sumsWithPrint } = loadKernel<Exports>('sweep', memory);
  const keys = new DataView(memory.buffer, KEYS_AT);
  let run = sums;
  return {
    memory: memory.buffer,
    block: new Uint8Array(memory.buffer, BLOCK_AT, BLOCK_BYTES),
    begin({ seed, fingerprintSeed }) {
      run = fingerprintSeed === undefined ? sums : sumsWithPrint;
      const all = [...keysFrom(seed, 2), ...(fingerprintSeed === undefined ? [] : keysFrom(fingerprintSeed, 4))];
      for (const [i, key] of all.entries()) keys.setBigUint64(24 + 8 * i, key, true);
    },
    cornerAt(offset) {
      const at = new DataView(memory.buffer, BLOCK_AT + offset, 12);
      return [at.getFloat32(0, true) + 0, at.getFloat32(4, true) + 0, at.getFloat32(8, true) + 0];
    },
    sum(count, stride, offset, reference) {
      for (let k = 0; k < 3; k++) keys.setFloat64(8 * k, reference[k]!, true);
      run(BLOCK_AT + offset, count, stride, SUMS_AT, KEYS_AT, SPARE_AT);
    },
  };
}

/** Independent keys of 64 bits from a seed, by SplitMix64 over both of its halves. */
function keysFrom(seed: number | bigint, count: number): bigint[] {
  const bits = typeof seed === 'bigint' ? seed : bitsOf(seed);
  const low = splitMix(bits);
  const high = splitMix((bits >> 64n) ^ low);
  return Array.from({ length: count }, (_, i) => splitMix(high + BigInt(i + 1) * 0x9e3779b97f4a7c15n) ^ low);
}

function bitsOf(seed: number): bigint {
  return new BigUint64Array(Float64Array.of(seed).buffer)[0]!;
}

function splitMix(state: bigint): bigint {
  let z = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}
