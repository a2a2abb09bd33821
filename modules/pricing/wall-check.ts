import type { Unit } from '#contracts/basics';
import type { Thickness, WallCheck } from '#contracts/pricing';
import { MILLIMETRES } from './price.ts';

const MOST_PATCHES = 3;

/** Walls of a model against what its material needs, whatever limit that is: read from the curve that the kernel left. */
export function wallCheck({ curve, p01, patches }: Thickness, unit: Unit, limitMm: number): WallCheck {
  const factor = MILLIMETRES[unit];
  const limit = limitMm / factor;
  const below = patches.map((patch) => patch.below).filter((rung) => rung <= limit);
  // The ladder's highest rung under the limit: everything in its patches is thinner than the limit.
  const rung = Math.max(...below);
  return {
    limitMm,
    shareBelow: fourDigits(shareBelow(curve, limit)),
    p01Mm: fourDigits(p01 * factor),
    patches: patches
      .filter((patch) => patch.below === rung)
      .slice(0, MOST_PATCHES)
      .map(({ at, area, thinnest }) => ({
        at,
        areaMm2: fourDigits(area * factor ** 2),
        thinnestMm: fourDigits(thinnest * factor),
      })),
  };
}

/** Straight lines between the points of the curve; nothing is thinner than its first. */
function shareBelow(curve: Thickness['curve'], limit: number): number {
  const next = curve.findIndex(([thickness]) => thickness >= limit);
  if (next === 0 || curve.length === 0) return 0;
  if (next === -1) return curve.at(-1)![1];
  const [x0, y0] = curve[next - 1]!;
  const [x1, y1] = curve[next]!;
  return y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0);
}

function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
