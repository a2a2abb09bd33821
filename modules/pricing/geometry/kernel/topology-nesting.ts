import { inParts, type JoinMemory } from './topology-memory.ts';
import type { ShellFigures } from './topology-shells.ts';

const SAMPLES = 7;
const RECORD_BYTES = 16;
export const POINT_BYTES = 32;
/** Point-against-face tests in all: a second or so. */
const MOST_TESTS = 6e7;
/** More shells than this are not told apart: 50 MB of samples. */
const MOST_SHELLS = 200_000;
/** A sample lies this share of the diagonal below the surface: more than rounding, less than any wall. */
const DEPTH = 1e-6;
/** Of coordinates in the file, as a share of the largest. */
export const ROUNDING = 2e-7;
const LEAST_AREA = 1e-12;

/** How often the other shells wind about the places just below a shell's surface, where its material is, or just above it. */
export interface Nesting {
  /** The least and the most over the samples of each shell. A shell without a sample has 0 and 0. */
  least: Int32Array;
  most: Int32Array;
}

/** Seven samples a shell against all faces; null where there are too many to say. Memory: 60 bytes a sample and a grid. */
export function findNesting(
  memory: JoinMemory,
  shells: ShellFigures,
  diagonal: number,
  furthest: number,
  side: 'below' | 'above',
): Nesting | null {
  if (shells.count > MOST_SHELLS) return null;
  const { kernel } = memory;
  const count = shells.count * SAMPLES;
  const records = memory.takeCleared(count * RECORD_BYTES);
  const points = memory.take(count * POINT_BYTES);
  const leastArea = LEAST_AREA * diagonal * diagonal;
  inParts(memory.faces, (first, part) => kernel.pickSamples(first, part, shells.shellOf, records, leastArea));
  const depth = Math.max(DEPTH * diagonal, ROUNDING * furthest);
  inParts(count, (first, part) => kernel.placeSamples(first, part, records, points, side === 'below' ? depth : -depth));
  layGrid(memory, points, count);
  let left = MOST_TESTS;
  inParts(memory.faces, (first, part) => {
    if (left > 0) left -= kernel.wind(first, part, shells.shellOf, left);
  });
  const nesting = left > 0 ? readWindings(memory, points, shells.count) : null;
  memory.giveBack(records);
  return nesting;
}

/** Sorts the points into a square grid over their box, about one a cell. */
export function layGrid(memory: JoinMemory, points: number, count: number): void {
  const side = Math.min(1024, Math.max(1, Math.ceil(Math.sqrt(count))));
  const order = memory.take(count * 4);
  const cells = memory.takeCleared((side * side + 1) * 4);
  const values = memory.doubles(points, count * 4);
  const min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[4 * i + 2]!)) continue;
    for (const k of [0, 1] as const) {
      min[k] = Math.min(min[k]!, values[4 * i + k]!);
      max[k] = Math.max(max[k]!, values[4 * i + k]!);
    }
  }
  const per = [0, 1].map((k) => (max[k]! > min[k]! ? side / (max[k]! - min[k]!) : 0));
  const cellOf = (i: number) => {
    const [u, v] = [0, 1].map((k) => clamp(Math.floor((values[4 * i + k]! - min[k]!) * per[k]!), side)) as [
      number,
      number,
    ];
    return v * side + u;
  };
  const bounds = memory.words(cells, side * side + 1);
  const sorted = memory.words(order, count);
  for (let i = 0; i < count; i++) bounds[cellOf(i) + 1]!++;
  for (let i = 0; i < side * side; i++) bounds[i + 1]! += bounds[i]!;
  const next = bounds.slice();
  for (let i = 0; i < count; i++) sorted[next[cellOf(i)]!++] = i;
  memory.kernel.beginWinding(points, order, cells, side, min[0]!, min[1]!, per[0]!, per[1]!);
}

function clamp(cell: number, side: number): number {
  return Math.max(0, Math.min(side - 1, cell));
}

function readWindings(memory: JoinMemory, points: number, shells: number): Nesting {
  const least = new Int32Array(shells).fill(2 ** 31 - 1);
  const most = new Int32Array(shells).fill(-(2 ** 31));
  const words = memory.words(points, shells * SAMPLES * 8);
  const depths = memory.doubles(points, shells * SAMPLES * 4);
  for (let i = 0; i < shells * SAMPLES; i++) {
    if (Number.isNaN(depths[4 * i + 2]!)) continue;
    const shell = words[8 * i + 6]!;
    const winding = words[8 * i + 7]! | 0;
    least[shell] = Math.min(least[shell]!, winding);
    most[shell] = Math.max(most[shell]!, winding);
  }
  for (let shell = 0; shell < shells; shell++) {
    if (least[shell]! > most[shell]!) least[shell] = most[shell] = 0;
  }
  return { least, most };
}
