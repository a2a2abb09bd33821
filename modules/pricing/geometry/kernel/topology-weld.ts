import type { TriangleSource } from '../formats/triangle-source.ts';
import { aligned, inParts, type JoinMemory } from './topology-memory.ts';

const LOAD = 0.72;
/** Of the table that a closed surface needs: probes stay short. */
const FIRST_LOAD = 0.5;
const SLOT_BYTES = 16;
/** More than this in all and a mesh is not joined: twenty million triangles of a closed surface need 600 MB. */
const MOST_BYTES = 2 ** 30;

/** What welding equal corners left. */
export interface Welded {
  /** Faces left out because two of their corners are one. */
  degenerate: number;
}

/**
 * Loads a mesh into `memory` with corners of equal coordinates (−0 is 0) shared. Memory: 12 bytes a triangle, 12 a corner
 * and 22 a corner for the table, which is free afterwards.
 * @returns null when so few corners are shared that there is no room for all of them: such a mesh is no surface.
 */
export function weldEqual(
  memory: JoinMemory,
  source: TriangleSource,
  triangles: number,
  seed: readonly [number, number],
  onProgress: (share: number) => void,
): Welded | null {
  const { kernel } = memory;
  memory.positions = aligned(memory.triangles + triangles * 12);
  // A closed surface has half as many corners as faces; more make the table grow.
  const mostSlots = Math.ceil((triangles * 3) / LOAD) + 1;
  let slots = Math.min(mostSlots, Math.ceil((triangles * 0.51 + 60_000) / FIRST_LOAD));
  // While the source fills the block, the memory must not grow.
  memory.reserve(Math.max(bytesFor(memory, slots), Math.min(MOST_BYTES, bytesFor(memory, mostSlots))));
  let table = tableFor(memory, slots);
  kernel.place(memory.triangles, memory.positions, 0, 0, 0, 0);
  kernel.beginWeld(table, slots, seed[0], seed[1]);
  let seen = 0;
  let tooMany = false;
  source.forEachBlock(memory.block, (count) => {
    if (tooMany) return;
    seen += count;
    if (seen > triangles) throw new RangeError(`the source has more than the ${triangles} triangles it was swept with`);
    const needed = kernel.cornerCount() + 3 * count;
    if (needed > slots * LOAD && slots < mostSlots) {
      slots = Math.ceil(Math.min(mostSlots, Math.max(needed / LOAD, slots * 1.6)));
      if (bytesFor(memory, slots) > MOST_BYTES) {
        tooMany = true;
        return;
      }
      table = tableFor(memory, slots);
      kernel.moveTable(table, slots);
      inParts(kernel.cornerCount(), (first, part) => kernel.rehash(first, part));
    }
    kernel.weldBlock(memory.blockAt, count, source.stride, source.offset);
    onProgress(seen / triangles);
  });
  if (tooMany) return null;
  memory.faces = kernel.faceCount();
  memory.corners = kernel.cornerCount();
  return { degenerate: kernel.degenerateCount() };
}

/** The table lies behind room for as many corners as fit into it, so that growing moves neither corners nor faces. */
function tableFor(memory: JoinMemory, slots: number): number {
  const at = aligned(memory.positions + Math.ceil(slots * LOAD + 1) * 12);
  return memory.takeCleared(slots * SLOT_BYTES, at);
}

function bytesFor(memory: JoinMemory, slots: number): number {
  return memory.positions + slots * (LOAD * 12 + SLOT_BYTES) + 4096;
}
