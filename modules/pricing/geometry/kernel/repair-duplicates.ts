import { type EdgeCounts, matchEdges } from './topology-edges.ts';
import { inParts, type JoinMemory } from './topology-memory.ts';

/**
 * Leaves out faces that repeat an earlier one in the same direction. Those that hold a closed surface together stay: bodies
 * that overlap face on face, of which a person has to say which count.
 */
export function removeDuplicates(
  memory: JoinMemory,
  edges: EdgeCounts,
  seed: bigint,
): { edges: EdgeCounts; removed: number; holdTogether: boolean } {
  if (edges.repeated === 0) return { edges, removed: 0, holdTogether: false };
  const { kernel } = memory;
  if (edges.unbalanced === 0) {
    let boundary = 0n;
    inParts(memory.faces, (first, count) => {
      boundary += kernel.repeatedBoundary(first, count, seed);
    });
    if (BigInt.asUintN(64, boundary) !== 0n) return { edges, removed: 0, holdTogether: true };
  }
  let kept = 0;
  inParts(memory.faces, (first, count) => {
    kept = kernel.dropRepeated(first, count, kept);
  });
  const removed = memory.faces - kept;
  moveFlags(memory, kept);
  return { edges: matchEdges(memory, () => {}), removed, holdTogether: false };
}

/** Keeps the flags of the first `kept` faces where the layout for so many has them. */
export function moveFlags(memory: JoinMemory, kept: number): void {
  const from = memory.flags;
  memory.faces = kept;
  memory.layOut();
  memory.move(memory.flags, from, kept);
}
