import { inParts, type JoinMemory } from './topology-memory.ts';

/** Edges of a mesh by how many faces meet there. */
export interface EdgeCounts {
  /** With one face. */
  open: number;
  /** With more than two. */
  nonManifold: number;
  /** With two that pass it the same way. */
  flipped: number;
  /** That are not passed as often one way as the other; 0 exactly when the surface is closed. */
  unbalanced: number;
  /** Faces with the corners, in the same direction, of an earlier one. */
  repeated: number;
  /** Above 0 when the faces of a shell cannot be turned alike. */
  conflicts: number;
  /** Shells, as long as no faces are left out or added. */
  shells: number;
}

const ENTRY_BYTES = 8;
/** Room for this many entries keeps a round in the cache and the mesh below what welding took. */
const LEAST_ENTRIES = 4_000_000;
const CORNERS_A_CALL = 8192;

/**
 * Matches the edges of the mesh: lays out its arrays, unites faces into shells (`parents`) and flags their loose sides.
 * Linear but for sorting the edges of one corner. Memory: 8 bytes an entry in rounds, 4 a corner and 5 a face.
 */
export function matchEdges(memory: JoinMemory, onProgress: (share: number) => void): EdgeCounts {
  const { kernel } = memory;
  memory.layOut();
  memory.clear(memory.starts, memory.corners * 4);
  inParts(memory.faces, (first, count) => kernel.clearFlags(first, count));
  kernel.beginEdges();
  inParts(memory.faces, (first, count) => kernel.countEdges(first, count));
  inParts(memory.corners, (first, count) => kernel.layOut(first, count));
  const entries = 3 * memory.faces;
  const capacity = Math.min(entries, Math.max(kernel.largestBucket(), LEAST_ENTRIES, spare(memory)));
  memory.take(capacity * ENTRY_BYTES, memory.scratch);
  const bucket = kernel.largestBucket();
  if (bucket > kernel.fewWords()) kernel.sortWithin(memory.take(bucket * ENTRY_BYTES));
  let base = 0;
  for (let low = 0; low < memory.corners; ) {
    const high = roundEnd(memory, low, base, capacity, entries);
    inParts(memory.faces, (first, count) => kernel.scatter(first, count, low, high - low, base));
    base = matchRound(memory, low, high, base);
    low = high;
    onProgress(base / Math.max(1, entries));
  }
  memory.giveBack(memory.scratch);
  return {
    open: kernel.openEdges(),
    nonManifold: kernel.nonManifoldEdges(),
    flipped: kernel.flippedEdges(),
    unbalanced: kernel.unbalancedEdges(),
    repeated: kernel.repeatedFaces(),
    conflicts: kernel.turningConflicts(),
    shells: kernel.separateShells(memory.faces),
  };
}

/** Entries for which there is memory already. */
function spare(memory: JoinMemory): number {
  return Math.floor((memory.warm - memory.scratch) / ENTRY_BYTES);
}

/** The first corner whose bucket does not fit into a round that begins with entry `base` and corner `low`. */
function roundEnd(memory: JoinMemory, low: number, base: number, capacity: number, entries: number): number {
  if (entries - base <= capacity) return memory.corners;
  const starts = memory.words(memory.starts, memory.corners);
  let from = low + 1;
  let to = memory.corners;
  // `starts[i]` is where bucket i begins, that is where i buckets end: the last i whose begin is within reach.
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (middle < memory.corners && starts[middle]! - base <= capacity) from = middle;
    else to = middle - 1;
  }
  return from;
}

/** Returns the entry after the last of the round. */
function matchRound(memory: JoinMemory, low: number, high: number, base: number): number {
  const { kernel } = memory;
  let begin = base;
  for (let corner = low; corner < high; corner += CORNERS_A_CALL) {
    const count = Math.min(CORNERS_A_CALL, high - corner);
    kernel.matchBuckets(corner, count, base, begin);
    // After the scatter each of them is where its bucket ends.
    begin = memory.words(memory.starts, memory.corners)[corner + count - 1]!;
  }
  return begin;
}
