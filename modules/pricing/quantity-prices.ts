import type { QuantityPrice } from '#contracts/pricing';
import { type Figures, type LineRequest, priceLine } from './price.ts';
import type { PriceList } from './price-list.ts';

const LADDER: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
];
const RUNGS_BELOW = 2;
const RUNGS_ABOVE = 4;

/** What numbers of pieces near the one asked for would cost, with that one among them, fewest first. */
export function aroundQuantity(figures: Figures, request: LineRequest, list: PriceList): QuantityPrice[] {
  return quantitiesAround(request.quantity)
    .map((quantity) => {
      const { unitPrice, total } = priceLine(figures, { ...request, quantity }, list);
      return { quantity, unitPrice, total };
    })
    .filter(({ total }) => Number.isSafeInteger(total.minor));
}

export function quantitiesAround(quantity: number): number[] {
  const below = LADDER.filter((rung) => rung < quantity).slice(-RUNGS_BELOW);
  const above = LADDER.filter((rung) => rung > quantity).slice(0, RUNGS_ABOVE);
  return [...below, quantity, ...above];
}
