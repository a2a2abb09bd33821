import type { Currency } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';

export interface Names {
  en: string;
  ru: string;
}

/** Rates are in minor units of the list's currency and may be fractions; only results are rounded. */
export interface FinishRate {
  id: string;
  name: Names;
  perPiece: number;
  perCm2: number;
}

/** What a gram costs: a plain rate, or a metal by its fix. */
export type GramRate =
  | { kind: 'rate'; perGram: number }
  | { kind: 'metal'; spotPerGram: number; fineness: number; markup: number; fixedAt: string };

export interface MaterialRate {
  id: string;
  name: Names;
  process: string;
  densityGramsPerCm3: number;
  minimumWallMm: number;
  /**
   * Larger parts need thicker walls: from this sum of the box's sides on, this wall instead of `minimumWallMm`. Both rise
   * from rung to rung.
   */
  wallBySize?: { fromSumMm: number; wallMm: number }[];
  /** Least sum of the box's sides: smaller goes to review. */
  leastSumMm?: number;
  /** Longest side of the part that the process takes: smaller or larger goes to review. */
  longestSideMm: { least: number; most: number };
  minimumLine: number;
  setup: number;
  machine: { perCm3: number; perBoxCm3: number; perMmHeight: number };
  gram: GramRate;
  /** Share of the material that is lost: sprues, polishing, unfused powder. */
  loss: number;
  labour: { perPiece: number; perCm2: number };
  /** The first is the one taken when none is named. */
  finishes: FinishRate[];
  /**
   * c(q) = floor + (1 − floor)·half / (half + q − 1): 1 for one piece, falling towards `floor`, so q·c(q) never falls.
   * `floor` in (0, 1], `half` ≥ 1.
   */
  quantity: { floor: number; half: number };
}

/** One list per currency. A list that is live never changes: another version follows it. */
export interface PriceList {
  version: string;
  currency: Currency;
  /** True: the rates are examples, not a market price. */
  sample: boolean;
  validFrom: string;
  materials: MaterialRate[];
  leadTiers: { id: LeadTier; workingDays: number; factor: number }[];
  rushFactor: number;
  shipping: { base: number; perKilogram: number };
  taxBasisPoints: number;
}

/** The wall that a part of this size needs. `boxMm`: sides of its box. */
export function wallLimitMm({ minimumWallMm, wallBySize = [] }: MaterialRate, boxMm: readonly number[]): number {
  const sum = sumOfSides(boxMm);
  return wallBySize.reduce((wall, rung) => (sum >= rung.fromSumMm ? rung.wallMm : wall), minimumWallMm);
}

export function sumOfSides(boxMm: readonly number[]): number {
  return boxMm.reduce((sum, side) => sum + side, 0);
}

export function findMaterial(list: PriceList, id: string): MaterialRate | undefined {
  return list.materials.find((material) => material.id === id);
}

/** The finish asked for, or the material's first; undefined when the material does not come with it. */
export function findFinish(material: MaterialRate, id: string | undefined): FinishRate | undefined {
  return id === undefined ? material.finishes[0] : material.finishes.find((finish) => finish.id === id);
}
