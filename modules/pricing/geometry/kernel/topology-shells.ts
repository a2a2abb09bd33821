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
  const sums = memory.takeCleared(count * SHELL_BYTES);
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

/** The figures of a closed mesh that is one shell, without a look at it: volume and area are known from pass 1. */
export function singleShell(memory: JoinMemory, volume: number, area: number): ShellFigures {
  return {
    count: 1,
    volume: Float64Array.of(volume),
    area: Float64Array.of(area),
    faces: Uint32Array.of(memory.faces),
    turned: new Uint32Array(1),
    originals: new Uint32Array(1),
    shellOf: memory.takeCleared(memory.faces * 4, memory.scratch),
  };
}

/** Volume about a point, all shells together. */
export function measureVolume(memory: JoinMemory, middle: readonly [number, number, number]): number {
  const sums = memory.takeCleared(SUM_BYTES, memory.scratch);
  inParts(memory.faces, (first, count) => memory.kernel.measureFaces(first, count, sums, ...middle));
  const [sum, rest] = memory.doubles(sums, 2);
  memory.giveBack(sums);
  return (sum! + rest!) / 6;
}
const SUM_BYTES = 16;

/** A sum that does not depend on the order beyond its last digit: what each addition loses is added up by itself (Neumaier). */
export function total(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
