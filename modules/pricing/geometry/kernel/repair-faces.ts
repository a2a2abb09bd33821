import { type EdgeCounts, matchEdges } from './topology-edges.ts';
import type { JoinMemory } from './topology-memory.ts';
import { inParts } from './topology-memory.ts';
import { measureShells, type ShellFigures } from './topology-shells.ts';

// What a shell's byte says to `turnFaces`.
const TURN_THE_TURNED = 0;
const TURN_THE_OTHERS = 1;
export const TURN_NONE = 2;
export const TURN_ALL = 3;

/**
 * Turns the faces of every shell alike, the fewer of them. Run `matchEdges` before, with no conflicts.
 * @returns the edges afterwards, and how many faces were turned
 */
export function turnAlike(
  memory: JoinMemory,
  middle: readonly [number, number, number],
): { edges: EdgeCounts; turned: number } {
  const shells = measureShells(memory, middle);
  const choice = new Uint8Array(shells.count);
  let turned = 0;
  for (let shell = 0; shell < shells.count; shell++) {
    const against = shells.turned[shell]!;
    const others = shells.faces[shell]! - against;
    choice[shell] = against <= others ? TURN_THE_TURNED : TURN_THE_OTHERS;
    turned += Math.min(against, others);
  }
  turnChosen(memory, shells, choice);
  return { edges: matchEdges(memory, () => {}), turned };
}

/** Turns faces by their shell's byte in `choice`. */
export function turnChosen(memory: JoinMemory, shells: ShellFigures, choice: Uint8Array): void {
  const at = memory.take(shells.count);
  memory.octets(at, shells.count).set(choice);
  inParts(memory.faces, (first, count) => memory.kernel.turnFaces(first, count, shells.shellOf, at));
  memory.giveBack(at);
}
