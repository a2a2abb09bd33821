import type { Currency, Money, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { PriceLine } from '#contracts/pricing';
import { nineDigits } from './geometry/index.ts';
import type { FinishRate, GramRate, MaterialRate, PriceList } from './price-list.ts';

export const MILLIMETRES: Record<Unit, number> = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 };

/** What the price depends on, in millimetres, rounded like the report so that cents never depend on the machine. */
export interface Figures {
  volumeMm3: number;
  areaMm2: number;
  boxMm: [number, number, number];
}

export interface MeasuredBody {
  volume: number;
  area: number;
  box: { min: readonly number[]; max: readonly number[] };
}

export function figuresInMillimetres(report: MeasuredBody, unit: Unit): Figures {
  const factor = MILLIMETRES[unit];
  const side = (axis: number) => nineDigits((report.box.max[axis]! - report.box.min[axis]!) * factor);
  return {
    volumeMm3: nineDigits(report.volume * factor ** 3),
    areaMm2: nineDigits(report.area * factor ** 2),
    boxMm: [side(0), side(1), side(2)],
  };
}

export interface LineRequest {
  material: MaterialRate;
  finish: FinishRate;
  quantity: number;
  leadTier: LeadTier;
  rush: boolean;
}

export interface PricedLine {
  total: Money;
  /** Derived: total ÷ quantity, rounded. */
  unitPrice: Money;
  /** Adds up to `total` exactly. */
  breakdown: PriceLine[];
  /** Of all pieces together, for shipping. */
  grams: number;
}

/**
 * `round(max(minLine, setup + q·(machine + material + labour + finish)·c(q))·lead)`, rounded once. The breakdown holds the
 * differences of the rounded running total, hence it adds up.
 */
export function priceLine(figures: Figures, request: LineRequest, list: PriceList): PricedLine {
  const { material, quantity } = request;
  const piece = pieceCosts(figures, request);
  const perPiece = piece.reduce((sum, part) => sum + part.amount, 0);
  const allPieces = quantity * quantityFactor(material, quantity) * perPiece;
  const base = Math.max(material.minimumLine, material.setup + allPieces);
  const tier = list.leadTiers.find(({ id }) => id === request.leadTier)!;
  const rush = request.rush ? list.rushFactor : 1;

  const running = new RunningTotal(list.currency);
  running.reach('setup', 'Setup', material.setup, 'once per line');
  for (const part of piece) running.add(part.code, part.text, part.amount * quantity, part.detail);
  running.reach('quantity', 'Quantity discount', material.setup + allPieces, `${quantity} pieces`);
  running.reach('minimum', 'Minimum for a line', base, 'smallest amount charged');
  running.reach('lead', 'Delivery time', base * tier.factor, `${tier.id}, ${tier.workingDays} working days`);
  running.reach('rush', 'Rush', base * tier.factor * rush, `× ${rush}`);
  const total = running.total();
  return {
    total,
    unitPrice: { minor: Math.round(total.minor / quantity), currency: list.currency },
    breakdown: running.lines,
    grams: nineDigits(grams(figures, material) * quantity),
  };
}

/** Shipping and tax of a whole quote, and everything added up. */
export function priceTogether(
  lines: readonly PricedLine[],
  list: PriceList,
): { shipping: Money; tax: Money; total: Money } {
  const { currency } = list;
  const kilograms = lines.reduce((sum, line) => sum + line.grams, 0) / 1000;
  const items = lines.reduce((sum, line) => sum + line.total.minor, 0);
  const shipping = Math.round(list.shipping.base + list.shipping.perKilogram * kilograms);
  const tax = Math.round(((items + shipping) * list.taxBasisPoints) / 10_000);
  return {
    shipping: { minor: shipping, currency },
    tax: { minor: tax, currency },
    total: { minor: items + shipping + tax, currency },
  };
}

interface Part {
  code: string;
  text: string;
  amount: number;
  detail: string;
}

/** What one piece costs, in minor units, before rounding. Every part grows with the body, none shrinks. */
function pieceCosts(figures: Figures, { material, finish }: LineRequest): Part[] {
  const cm3 = figures.volumeMm3 / 1000;
  const cm2 = figures.areaMm2 / 100;
  const boxCm3 = (figures.boxMm[0] * figures.boxMm[1] * figures.boxMm[2]) / 1000;
  const height = figures.boxMm[2];
  const { machine, labour } = material;
  const weight = grams(figures, material) * (1 + material.loss);
  return [
    {
      code: 'machine',
      text: 'Machine',
      amount: machine.perCm3 * cm3 + machine.perBoxCm3 * boxCm3 + machine.perMmHeight * height,
      detail: `${shown(cm3)} cm³, box ${shown(boxCm3)} cm³, height ${shown(height)} mm`,
    },
    {
      code: 'material',
      text: 'Material',
      amount: weight * gramPrice(material.gram),
      detail: `${shown(weight)} g with ${shown(material.loss * 100)} % loss${metalDetail(material.gram)}`,
    },
    {
      code: 'labour',
      text: 'Labour',
      amount: labour.perPiece + labour.perCm2 * cm2,
      detail: `${shown(cm2)} cm²`,
    },
    {
      code: 'finish',
      text: 'Finish',
      amount: finish.perPiece + finish.perCm2 * cm2,
      detail: finish.id,
    },
  ];
}

function grams(figures: Figures, material: MaterialRate): number {
  return (figures.volumeMm3 / 1000) * material.densityGramsPerCm3;
}

function gramPrice(gram: GramRate): number {
  return gram.kind === 'rate' ? gram.perGram : gram.spotPerGram * gram.fineness * (1 + gram.markup);
}

function metalDetail(gram: GramRate): string {
  return gram.kind === 'rate' ? '' : `, fineness ${gram.fineness}, metal fix of ${gram.fixedAt}`;
}

/** Only +, · and ÷, which every machine rounds alike; a power function would not promise that. */
function quantityFactor({ quantity: { floor, half } }: MaterialRate, quantity: number): number {
  return floor + ((1 - floor) * half) / (half + quantity - 1);
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Turns amounts that are not whole into lines that are, without losing a minor unit on the way. */
class RunningTotal {
  readonly lines: PriceLine[] = [];
  readonly #currency: Currency;
  #exact = 0;

  constructor(currency: Currency) {
    this.#currency = currency;
  }

  add(code: string, text: string, amount: number, detail: string): void {
    this.reach(code, text, this.#exact + amount, detail);
  }

  /** Moves on to `exact`; a step that changes nothing has no line. */
  reach(code: string, text: string, exact: number, detail: string): void {
    const minor = Math.round(exact) - Math.round(this.#exact);
    this.#exact = exact;
    if (minor !== 0) this.lines.push({ code, text, amount: { minor, currency: this.#currency }, detail });
  }

  total(): Money {
    return { minor: Math.round(this.#exact), currency: this.#currency };
  }
}
