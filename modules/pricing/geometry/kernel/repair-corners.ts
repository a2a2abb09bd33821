import { moveFlags } from './repair-duplicates.ts';
import { inParts, type JoinMemory } from './topology-memory.ts';
import type { Box } from './verdict.ts';

const WORD_BYTES = 8;
/** Fit into two digits of the sort. */
const SLABS = 2 ** 21;

/**
 * Makes corners at loose sides that lie within `tolerance` of each other one, and leaves out faces that collapse. Which
 * corner they become depends on their places only. Run `matchEdges` before and after. Memory: 5 bytes a corner and 24 to
 * 32 a loose one.
 * @returns how many corners moved, and how many faces collapsed
 */
export function snapCorners(
  memory: JoinMemory,
  tolerance: number,
  box: Box,
  seed: number,
): { moved: number; collapsed: number } {
  const { kernel } = memory;
  const marks = memory.takeCleared(memory.corners, memory.scratch);
  inParts(memory.faces, (first, count) => kernel.markLoose(first, count, marks));
  let listed = 0;
  inParts(memory.corners, (first, count) => {
    listed = kernel.listMarked(first, count, marks, 0, listed);
  });
  const list = memory.take(listed * WORD_BYTES);
  listed = 0;
  inParts(memory.corners, (first, count) => {
    listed = kernel.listMarked(first, count, marks, list, listed);
  });
  sortByPlace(memory, list, listed, box);
  const becomes = memory.take(memory.corners * 4);
  inParts(memory.corners, (first, count) => kernel.beginRenumber(first, count, becomes));
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, listed * 2)));
  const cells = memory.takeCleared(slots * 4);
  kernel.beginSnap(cells, slots, tolerance, ...box.min, seed);
  let moved = 0;
  inParts(listed, (first, count) => {
    moved += kernel.snap(list, first, count, becomes);
  });
  memory.giveBack(memory.scratch);
  return { moved, collapsed: moved > 0 ? renumberFaces(memory, becomes) : 0 };
}

function renumberFaces(memory: JoinMemory, becomes: number): number {
  const before = memory.faces;
  let kept = 0;
  inParts(before, (first, count) => {
    kept = memory.kernel.renumber(first, count, becomes, kept);
  });
  moveFlags(memory, kept);
  return before - kept;
}

/** Sorts corners slab by slab along x, in each by a hash of their places: never by where the file has them. */
function sortByPlace(memory: JoinMemory, list: number, count: number, box: Box): void {
  const { kernel } = memory;
  const extent = box.max[0] - box.min[0];
  const perUnit = extent > 0 ? SLABS / extent : 0;
  const scratch = memory.take(count * WORD_BYTES);
  kernel.sortWithin(scratch);
  inParts(count, (first, part) => kernel.keyByPlace(list + WORD_BYTES * first, part));
  kernel.sortWords(list, count);
  inParts(count, (first, part) => kernel.keyBySlab(list + WORD_BYTES * first, part, box.min[0], perUnit));
  kernel.sortWords(list, count);
  memory.giveBack(scratch);
}

/** Leaves out corners that no face uses; what was taken behind the mesh stays. */
export function dropUnusedCorners(memory: JoinMemory): void {
  const { kernel } = memory;
  const marks = memory.takeCleared(memory.corners * 4);
  inParts(memory.faces, (first, count) => kernel.markUsed(first, count, marks));
  let kept = 0;
  inParts(memory.corners, (first, count) => {
    kept = kernel.keepUsed(first, count, marks, kept);
  });
  if (kept < memory.corners) {
    inParts(memory.faces, (first, count) => kernel.renumber(first, count, marks, first));
    memory.corners = kept;
  }
}
