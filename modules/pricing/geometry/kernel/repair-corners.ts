import { moveFlags } from './repair-duplicates.ts';
import { inParts, type JoinMemory } from './topology-memory.ts';

const COORDINATE_SHIFTS = [0, 11, 22];

/**
 * Makes corners at loose sides that lie within `tolerance` of each other one, and leaves out faces that collapse. Which
 * corner they become depends on their places only. Run `matchEdges` before and after. Memory: 13 bytes a corner and 8 to
 * 24 a loose one.
 * @returns how many corners moved, and how many faces collapsed
 */
export function snapCorners(
  memory: JoinMemory,
  tolerance: number,
  min: readonly [number, number, number],
  seed: number,
): { moved: number; collapsed: number } {
  const { kernel } = memory;
  const marks = memory.take(memory.corners, memory.scratch);
  memory.clear(marks, memory.corners);
  inParts(memory.faces, (first, count) => kernel.markLoose(first, count, marks));
  let listed = 0;
  inParts(memory.corners, (first, count) => {
    listed = kernel.listMarked(first, count, marks, 0, listed);
  });
  const list = memory.take(listed * 4);
  const other = memory.take(listed * 4);
  listed = 0;
  inParts(memory.corners, (first, count) => {
    listed = kernel.listMarked(first, count, marks, list, listed);
  });
  const sorted = sortByPlace(memory, list, other, listed);
  const becomes = memory.take(memory.corners * 4);
  inParts(memory.corners, (first, count) => kernel.beginRenumber(first, count, becomes));
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, listed * 2)));
  const cells = memory.take(slots * 4);
  memory.clear(cells, slots * 4);
  kernel.beginSnap(cells, slots, tolerance, ...min, seed);
  let moved = 0;
  inParts(listed, (first, count) => {
    moved += kernel.snap(sorted, first, count, becomes);
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

/** Sorts the corners of a list by x, then y, then z; returns which of the two lists has them in the end. */
function sortByPlace(memory: JoinMemory, list: number, other: number, count: number): number {
  const { kernel } = memory;
  let [from, to] = [list, other];
  for (const axis of [2, 1, 0]) {
    for (const shift of COORDINATE_SHIFTS) {
      kernel.beginDigits();
      inParts(count, (first, part) => kernel.countDigits(from + 4 * first, part, axis, shift));
      kernel.layOutDigits();
      inParts(count, (first, part) => kernel.moveDigits(from + 4 * first, part, to, axis, shift));
      [from, to] = [to, from];
    }
  }
  return from;
}

/** Leaves out corners that no face uses. */
export function dropUnusedCorners(memory: JoinMemory): void {
  const { kernel } = memory;
  const marks = memory.take(memory.corners * 4, memory.scratch);
  memory.clear(marks, memory.corners * 4);
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
