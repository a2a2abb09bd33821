import { BLOCK_BYTES } from '../formats/triangle-source.ts';
import { ensureRoom, kernelMemory, loadKernel } from './load-kernel.ts';

/** assembly/topology*.ts. Addresses and counts are bytes and elements; loops take a part of their work a call. */
export interface TopologyKernel {
  place(triangles: number, positions: number, parents: number, flags: number, starts: number, entries: number): void;
  beginWeld(table: number, slots: number, seedLow: number, seedHigh: number): void;
  weldBlock(block: number, count: number, stride: number, offset: number): void;
  moveTable(table: number, slots: number): void;
  rehash(first: number, count: number): void;
  cornerCount(): number;
  faceCount(): number;
  degenerateCount(): number;
  fewWords(): number;
  sortWithin(scratch: number): void;
  beginEdges(): void;
  countEdges(first: number, count: number): void;
  layOut(first: number, count: number): void;
  largestBucket(): number;
  scatter(first: number, count: number, low: number, span: number, base: number): void;
  matchBuckets(first: number, count: number, base: number, begin: number): void;
  openEdges(): number;
  nonManifoldEdges(): number;
  flippedEdges(): number;
  unbalancedEdges(): number;
  repeatedFaces(): number;
  turningConflicts(): number;
  separateShells(faces: number): number;
  beginShells(): void;
  shellCount(): number;
  flatten(first: number, count: number): void;
  numberShells(first: number, count: number, shellOf: number): void;
  measureShells(
    first: number,
    count: number,
    shellOf: number,
    sums: number,
    ...about: [x: number, y: number, z: number]
  ): void;
  measureFaces(first: number, count: number, sums: number, ...about: [x: number, y: number, z: number]): void;
  clearFlags(first: number, count: number): void;
  dropRepeated(first: number, count: number, kept: number): number;
  repeatedBoundary(first: number, count: number, seed: bigint): bigint;
  turnFaces(first: number, count: number, shellOf: number, choice: number): void;
  markLoose(first: number, count: number, marks: number): void;
  listMarked(first: number, count: number, marks: number, list: number, listed: number): number;
  keyByPlace(list: number, count: number): void;
  keyBySlab(list: number, count: number, x: number, perUnit: number): void;
  sortWords(at: number, count: number): void;
  beginSnap(
    cells: number,
    slots: number,
    within: number,
    ...min: [x: number, y: number, z: number, seed: number]
  ): void;
  snap(list: number, from: number, count: number, becomes: number): number;
  beginRenumber(first: number, count: number, becomes: number): void;
  renumber(first: number, count: number, becomes: number, kept: number): number;
  markUsed(first: number, count: number, marks: number): void;
  keepUsed(first: number, count: number, marks: number, kept: number): number;
  pickSamples(first: number, count: number, shellOf: number, records: number, leastArea: number): void;
  placeSamples(first: number, count: number, records: number, points: number, depth: number): void;
  beginWinding(
    points: number,
    order: number,
    cells: number,
    side: number,
    ...grid: [u: number, v: number, perU: number, perV: number]
  ): void;
  wind(first: number, count: number, shellOf: number, budget: number): number;
  pickPlaces(
    first: number,
    count: number,
    shellOf: number,
    perArea: number,
    depth: number,
    ...into: [points: number, owners: number, held: number, room: number]
  ): number;
}

/** What a call of the kernel takes: long enough to be fast, short enough for the compiled code to take over soon. */
const FACES_A_CALL = 16_384;

const BLOCK_AT = 65_536;
/** The kernel reads past the last triangle by less than this. */
const MARGIN_BYTES = 64;
const TRIANGLES_AT = BLOCK_AT + BLOCK_BYTES + MARGIN_BYTES;

/**
 * The memory in which one mesh is joined, with the addresses of its arrays. Triangles and positions lie first and stay;
 * what lies behind them is laid out anew for every step.
 */
export class JoinMemory {
  readonly kernel: TopologyKernel;
  readonly #memory: WebAssembly.Memory;
  faces = 0;
  corners = 0;
  triangles = TRIANGLES_AT;
  positions = 0;
  starts = 0;
  parents = 0;
  flags = 0;
  /** Where the scratch of a step begins: everything before is the mesh. */
  scratch = 0;
  #used = 0;
  #warm = 0;

  constructor() {
    this.#memory = kernelMemory(TRIANGLES_AT);
    this.kernel = loadKernel<TopologyKernel>('topology', this.#memory);
  }

  get block(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, BLOCK_AT, BLOCK_BYTES);
  }

  get blockAt(): number {
    return BLOCK_AT;
  }

  /** Up to where the memory was used already, by this mesh or one before: using it again costs nothing. */
  get warm(): number {
    return this.#warm;
  }

  /** Makes the memory so large that it does not grow, and views stay good, until more is taken. Costs addresses only. */
  reserve(bytes: number): void {
    ensureRoom(this.#memory, bytes + MARGIN_BYTES);
  }

  /** Forgets the last mesh. */
  begin(): void {
    this.faces = 0;
    this.corners = 0;
    this.triangles = TRIANGLES_AT;
  }

  /** Lays out the arrays for the edges and shells of the mesh as it is now. Nothing is cleared. */
  layOut(): void {
    this.positions = Math.max(this.positions, aligned(this.triangles + this.faces * 12));
    this.starts = aligned(this.positions + this.corners * 12);
    this.flags = aligned(this.starts + this.corners * 4);
    this.parents = aligned(this.flags + this.faces);
    this.scratch = aligned(this.parents + this.faces * 4);
    this.take(0, this.scratch);
    this.kernel.place(this.triangles, this.positions, this.parents, this.flags, this.starts, this.scratch);
  }

  /** An address for `bytes` behind everything taken since `from` (the scratch, unless said otherwise). Not cleared. */
  take(bytes: number, from = this.#used): number {
    const at = aligned(from);
    this.#used = at + bytes;
    this.#warm = Math.max(this.#warm, this.#used);
    ensureRoom(this.#memory, this.#used + MARGIN_BYTES);
    return at;
  }

  /** The same, all zero: memory that was never used is. */
  takeCleared(bytes: number, from = this.#used): number {
    const warm = this.#warm;
    const at = this.take(bytes, from);
    if (warm > at) this.clear(at, Math.min(bytes, warm - at));
    return at;
  }

  /** Gives back what was taken from `at` on. */
  giveBack(at: number): void {
    this.#used = at;
  }

  clear(at: number, bytes: number): void {
    new Uint8Array(this.#memory.buffer, at, bytes).fill(0);
  }

  move(to: number, from: number, bytes: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(to, from, from + bytes);
  }

  // Views: good until the memory grows.
  words(at: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, count);
  }

  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  doubles(at: number, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, count);
  }

  octets(at: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, count);
  }
}

export function aligned(address: number): number {
  return Math.ceil(address / 64) * 64;
}

/** Calls `work` with part after part of `count`. */
export function inParts(count: number, work: (first: number, count: number) => void): void {
  for (let first = 0; first < count; first += FACES_A_CALL) work(first, Math.min(FACES_A_CALL, count - first));
}

const idle: JoinMemory[] = [];
const MOST_IDLE = 1;

/** A memory for one mesh: one that was used before, as cold pages cost more than the work, or a new one. */
export function leaseMemory(): JoinMemory {
  const memory = idle.pop() ?? new JoinMemory();
  memory.begin();
  return memory;
}

/** Takes a memory back: whatever still looks at it will see other meshes. */
export function returnMemory(memory: JoinMemory): void {
  if (idle.length < MOST_IDLE) idle.push(memory);
}
