import { inParts, type JoinMemory } from './topology-memory.ts';
import { layGrid, POINT_BYTES, ROUNDING } from './topology-nesting.ts';
import type { ShellFigures } from './topology-shells.ts';

/** Places looked at in all, and of one shell at most: what covers a hundredth of a shell is missed once in 170. */
const MOST_PLACES = 8192;
const MOST_A_SHELL = 512;
/** More shells than this have nothing but their seven samples (topology-nesting.ts). */
const MOST_SHELLS = 512;
/** Point-against-face tests in all: a second or so. */
const MOST_TESTS = 1.5e8;
/** A place lies this share of the diagonal below or above the surface: bodies that share less than that touch. */
const DEPTH = 1e-4;
/** Of a shell's places, that may lie where rounding decides. */
const DOUBTFUL = 0.002;

/** Whether the sum of the faces is the volume of a body. */
export type Windings = 'sound' | 'miswound' | 'too_many';

/**
 * Looks whether the surface winds about every place just below or above it once or not at all. Bodies that cross each other
 * or themselves, and parts that are inside out, are found wherever they cover a share of a shell's surface that matters.
 * Memory: 72 bytes a place, and a grid.
 */
export function windingsOf(memory: JoinMemory, shells: ShellFigures, diagonal: number, furthest: number): Windings {
  if (shells.count > MOST_SHELLS) return 'sound';
  const { kernel } = memory;
  const each = Math.min(MOST_A_SHELL, Math.floor(MOST_PLACES / shells.count));
  // Two points a place; as many places again for rounding up.
  const room = 4 * (each * shells.count + 64);
  const perArea = memory.take(shells.count * 8);
  const owners = memory.take(room * 4);
  const points = memory.take(room * POINT_BYTES);
  memory.doubles(perArea, shells.count).set(shells.area.map((area) => (area > 0 ? each / (2 * area) : 0)));
  const depth = Math.max(DEPTH * diagonal, ROUNDING * furthest);
  let count = 0;
  inParts(memory.faces, (first, part) => {
    count = kernel.pickPlaces(first, part, shells.shellOf, perArea, depth, points, owners, count, room);
  });
  layGrid(memory, points, count);
  let left = MOST_TESTS;
  inParts(memory.faces, (first, part) => {
    if (left > 0) left -= kernel.wind(first, part, shells.shellOf, left);
  });
  const found = left > 0 ? judgeWindings(memory, { points, owners, count }, shells.count) : 'too_many';
  memory.giveBack(perArea);
  return found;
}

interface Places {
  points: number;
  owners: number;
  count: number;
}

function judgeWindings(memory: JoinMemory, { points, owners, count }: Places, shells: number): Windings {
  const words = memory.words(points, count * 8);
  const shellOf = memory.words(owners, count);
  const all = new Uint32Array(shells);
  const wrong = new Uint32Array(shells);
  for (let i = 0; i < count; i++) {
    const winding = words[8 * i + 7]! | 0;
    all[shellOf[i]!]!++;
    if (winding !== 0 && winding !== 1) wrong[shellOf[i]!]!++;
  }
  return wrong.some((of, shell) => of > DOUBTFUL * all[shell]!) ? 'miswound' : 'sound';
}
