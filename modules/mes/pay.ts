/**
 * The rules of piecework pay. All amounts are whole minor units of one currency.
 *
 * 1. The rate is fixed at the claim; a good piece earns it when the operation is finished.
 * 2. A scrapped piece earns nothing at the operation that scrapped it; steps done before keep their pay.
 * 3. A piece sent back for rework takes the pay from the step it goes back to, by an entry linked to the credit.
 * 4. Work that an order's cancellation broke off earns by worked time: a piece's rate for every norm time, at most the whole.
 */
/** What the floor pays in; the rates are seeded in it. */
export const PAY_CURRENCY = 'RUB';

export interface Credit {
  readonly quantity: number;
  readonly amountMinor: number;
}

export interface BrokenOff {
  readonly rateMinor: number;
  /** Pieces that could still have become good. */
  readonly remaining: number;
  readonly workedSeconds: number;
  /** Expected time for one piece. */
  readonly normSeconds: number;
}

export function creditFor(good: number, rateMinor: number): number {
  return good * rateMinor;
}

/** Rule 4, rounded half up. */
export function cancelledPay({ rateMinor, remaining, workedSeconds, normSeconds }: BrokenOff): number {
  const byTime = Math.floor((2 * rateMinor * workedSeconds + normSeconds) / (2 * normSeconds));
  return Math.min(byTime, rateMinor * remaining);
}

/**
 * The amount (≤ 0) that takes back `pieces` of a credit of which `already` pieces are taken back, or null when that
 * is more than is left. Reversals of all pieces add up to exactly the credit, however they are cut.
 */
export function reversalOf(credit: Credit, already: number, pieces: number): number | null {
  if (pieces <= 0 || already + pieces > credit.quantity) return null;
  const takenBack = share(credit, already + pieces) - share(credit, already);
  return takenBack === 0 ? 0 : -takenBack;
}

function share(credit: Credit, pieces: number): number {
  return Math.floor((2 * credit.amountMinor * pieces + credit.quantity) / (2 * credit.quantity));
}
