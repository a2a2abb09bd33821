import { MILLIMETRES, UNITS, type Unit } from './units.ts';

/** Parts of this trade are neither smaller nor larger than this, in millimetres along their longest side. */
const SMALLEST_USUAL = 6;
const LARGEST_USUAL = 600;

export type UnitQuestion = { kind: 'tiny' | 'huge'; candidates: Unit[] } | null;

/**
 * Whether the size that a unit gives is worth asking about. STL files name no unit: a ring drawn in inches comes out as
 * a grain in millimetres. `longest` is in file units.
 */
export function unitQuestion(longest: number, unit: Unit): UnitQuestion {
  const millimetres = longest * MILLIMETRES[unit];
  if (millimetres > 0 && millimetres < SMALLEST_USUAL) return { kind: 'tiny', candidates: plausible(longest, unit) };
  if (millimetres > LARGEST_USUAL) return { kind: 'huge', candidates: plausible(longest, unit) };
  return null;
}

function plausible(longest: number, unit: Unit): Unit[] {
  return UNITS.filter((other) => {
    const millimetres = longest * MILLIMETRES[other];
    return other !== unit && millimetres >= SMALLEST_USUAL && millimetres <= LARGEST_USUAL;
  });
}
