import type { Unit } from '#contracts/basics';
import type { GeometryReport, UnitQuestion } from '#contracts/pricing';
import { MILLIMETRES } from './price.ts';

/** Parts are seldom smaller or larger than this along their longest side, whatever a process may take. */
const SMALLEST_USUAL_MM = 3;
const LARGEST_USUAL_MM = 1000;
/** What people get wrong, the commonest first. */
const CANDIDATES: readonly Unit[] = ['mm', 'in', 'm', 'cm', 'ft'];

/**
 * Whether the buyer should be asked about the unit: the file names another one, or the size looks wrong in this one and
 * right in another. `sides` is what the material's process takes. Null: nothing to ask.
 */
export function unitQuestion(
  { box, unit: stated }: Pick<GeometryReport, 'box' | 'unit'>,
  unit: Unit,
  sides: { least: number; most: number },
): UnitQuestion | null {
  const longest = Math.max(...[0, 1, 2].map((k) => box.max[k]! - box.min[k]!));
  const mm = (each: Unit) => longest * MILLIMETRES[each];
  const isUsual = (each: Unit) =>
    mm(each) >= Math.max(SMALLEST_USUAL_MM, sides.least) && mm(each) <= Math.min(LARGEST_USUAL_MM, sides.most);
  const suggested =
    stated && stated !== unit && mm(stated) !== mm(unit)
      ? stated
      : isUsual(unit)
        ? null
        : CANDIDATES.find((each) => each !== unit && isUsual(each));
  if (!suggested) return null;
  return { suggested, longestMm: fourDigits(mm(unit)), suggestedLongestMm: fourDigits(mm(suggested)) };
}

function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
