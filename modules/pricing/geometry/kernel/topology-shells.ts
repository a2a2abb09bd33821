import { inParts, type JoinMemory } from './topology-memory.ts';

/** Figures of the shells of a mesh, shell after shell, in the order of their first faces. */
export interface ShellFigures {
  count: number;
  /** About the middle of the box. */
  volume: Float64Array;
  area: Float64Array;
  faces: Uint32Array;
  /** Faces turned against the first of their shell. */
  turned: Uint32Array;
  /** Faces that others repeated. */
  originals: Uint32Array;
  /** Address of each face's shell, u32. */
  shellOf: number;
}

const SHELL_BYTES = 32;

/** Numbers the shells that `matchEdges` united and measures them. Memory: 4 bytes a face, 32 a shell. */
export function measureShells(memory: JoinMemory, middle: readonly [number, number, number]): ShellFigures {
  const { kernel } = memory;
  inParts(memory.faces, (first, count) => kernel.flatten(first, count));
  const shellOf = memory.take(memory.faces * 4, memory.scratch);
  kernel.beginShells();
  inParts(memory.faces, (first, count) => kernel.numberShells(first, count, shellOf));
  const count = kernel.shellCount();
  const sums = memory.take(count * SHELL_BYTES);
  memory.clear(sums, count * SHELL_BYTES);
  inParts(memory.faces, (first, part) => kernel.measureShells(first, part, shellOf, sums, ...middle));
  const doubles = memory.doubles(sums, count * 4);
  const words = memory.words(sums, count * 8);
  const figures: ShellFigures = {
    count,
    volume: new Float64Array(count),
    area: new Float64Array(count),
    faces: new Uint32Array(count),
    turned: new Uint32Array(count),
    originals: new Uint32Array(count),
    shellOf,
  };
  for (let shell = 0; shell < count; shell++) {
    figures.volume[shell] = doubles[4 * shell]! / 6;
    figures.area[shell] = doubles[4 * shell + 1]! / 2;
    figures.faces[shell] = words[8 * shell + 4]!;
    figures.turned[shell] = words[8 * shell + 5]!;
    figures.originals[shell] = words[8 * shell + 6]!;
  }
  memory.giveBack(sums);
  return figures;
}

/** The sum in the order of size, so that it does not depend on the order of the shells. */
export function total(values: Float64Array): number {
  if (values.length === 1) return values[0]!;
  return values
    .slice()
    .sort((a, b) => Math.abs(a) - Math.abs(b) || a - b)
    .reduce((sum, value) => sum + value, 0);
}
