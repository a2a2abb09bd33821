import type { Currency } from '#contracts/basics';
import { LEAD_WORKING_DAYS } from '#contracts/orders';
import type { FinishRate, GramRate, MaterialRate, PriceList } from './price-list.ts';

/** Example exchange factors from the sample's roubles. */
const PER_ROUBLE: Record<Currency, number> = { RUB: 1, EUR: 1 / 100, USD: 1 / 90 };
const VALID_FROM = '2026-01-01T00:00:00.000Z';
const KOPECKS = 100;

/**
 * The price list that the program comes with: real densities and rules, **made-up rates**, marked as a sample wherever it
 * is shown. An operator of the system replaces it by a list of their own.
 */
export function samplePriceList(currency: Currency): PriceList {
  /** Roubles to minor units of the currency. */
  const rate = (roubles: number) => Number((roubles * KOPECKS * PER_ROUBLE[currency]).toFixed(4));
  return {
    version: `sample-1-${currency.toLowerCase()}`,
    currency,
    sample: true,
    validFrom: VALID_FROM,
    materials: materials(rate),
    leadTiers: [
      { id: 'economy', workingDays: LEAD_WORKING_DAYS.economy, factor: 0.9 },
      { id: 'standard', workingDays: LEAD_WORKING_DAYS.standard, factor: 1 },
      { id: 'express', workingDays: LEAD_WORKING_DAYS.express, factor: 1.5 },
    ],
    rushFactor: 1.25,
    shipping: { base: rate(450), perKilogram: rate(180) },
    taxBasisPoints: 2000,
  };
}

type Rate = (roubles: number) => number;

function materials(rate: Rate): MaterialRate[] {
  return [
    castMetal(rate, {
      id: 'silver-925',
      name: { en: 'Sterling silver 925', ru: 'Серебро 925' },
      densityGramsPerCm3: 10.36,
      gram: metal(rate(120), 0.925),
    }),
    castMetal(rate, {
      id: 'gold-585',
      name: { en: 'Yellow gold 585 (14K)', ru: 'Жёлтое золото 585 (14K)' },
      densityGramsPerCm3: 13.07,
      gram: metal(rate(9500), 0.585),
      leastSumMm: 10,
    }),
    castMetal(rate, {
      id: 'brass',
      name: { en: 'Casting brass', ru: 'Латунь литейная' },
      densityGramsPerCm3: 8.5,
      gram: { kind: 'rate', perGram: rate(1.8) },
    }),
    {
      id: 'pa12',
      name: { en: 'Nylon PA12 (MJF)', ru: 'Полиамид PA12 (MJF)' },
      process: 'mjf',
      densityGramsPerCm3: 1.01,
      minimumWallMm: 1,
      longestSideMm: { least: 2, most: 380 },
      minimumLine: rate(600),
      setup: rate(250),
      machine: { perCm3: rate(18), perBoxCm3: rate(1.2), perMmHeight: rate(0.6) },
      gram: { kind: 'rate', perGram: rate(9) },
      loss: 0.2,
      labour: { perPiece: rate(35), perCm2: rate(0.25) },
      finishes: [
        finish('natural', 'Natural grey', 'Натуральный серый', 0, 0),
        finish('dyed-black', 'Dyed black', 'Окрашенный чёрный', rate(30), rate(0.5)),
        finish('vapour-smoothed', 'Vapour smoothed', 'Химически сглаженный', rate(60), rate(1.6)),
      ],
      quantity: { floor: 0.7, half: 40 },
    },
    {
      id: 'resin',
      name: { en: 'Standard resin (SLA)', ru: 'Фотополимер (SLA)' },
      process: 'sla',
      densityGramsPerCm3: 1.15,
      minimumWallMm: 1,
      wallBySize: [
        { fromSumMm: 200, wallMm: 2 },
        { fromSumMm: 400, wallMm: 3 },
      ],
      longestSideMm: { least: 1, most: 300 },
      minimumLine: rate(700),
      setup: rate(300),
      machine: { perCm3: rate(22), perBoxCm3: rate(0.4), perMmHeight: rate(4) },
      gram: { kind: 'rate', perGram: rate(14) },
      loss: 0.1,
      labour: { perPiece: rate(80), perCm2: rate(0.6) },
      finishes: [
        finish('supports-removed', 'Supports removed', 'Поддержки удалены', 0, 0),
        finish('sanded', 'Sanded', 'Шлифованный', rate(120), rate(3)),
      ],
      quantity: { floor: 0.75, half: 30 },
    },
    {
      id: 'steel-316l',
      name: { en: 'Stainless steel 316L (LPBF)', ru: 'Нержавеющая сталь 316L (LPBF)' },
      process: 'lpbf',
      densityGramsPerCm3: 7.99,
      minimumWallMm: 0.6,
      longestSideMm: { least: 2, most: 240 },
      minimumLine: rate(6000),
      setup: rate(4500),
      machine: { perCm3: rate(650), perBoxCm3: rate(9), perMmHeight: rate(35) },
      gram: { kind: 'rate', perGram: rate(8) },
      loss: 0.15,
      labour: { perPiece: rate(900), perCm2: rate(4) },
      finishes: [
        finish('blasted', 'Bead blasted', 'Пескоструйная обработка', 0, rate(1.5)),
        finish('polished', 'Polished', 'Полированный', rate(700), rate(14)),
      ],
      quantity: { floor: 0.8, half: 20 },
    },
  ];

  function finish(id: string, en: string, ru: string, perPiece: number, perCm2: number): FinishRate {
    return { id, name: { en, ru }, perPiece, perCm2 };
  }
}

type Alloy = Pick<MaterialRate, 'id' | 'name' | 'densityGramsPerCm3' | 'gram' | 'leastSumMm'>;

/** Lost-wax casting is the same work whatever the alloy. */
function castMetal(rate: Rate, alloy: Alloy): MaterialRate {
  return {
    ...alloy,
    process: 'lost-wax-casting',
    minimumWallMm: 0.5,
    longestSideMm: { least: 3, most: 120 },
    minimumLine: rate(1800),
    setup: rate(900),
    machine: { perCm3: rate(160), perBoxCm3: rate(6), perMmHeight: rate(12) },
    loss: 0.1,
    labour: { perPiece: rate(350), perCm2: rate(6) },
    finishes: [
      { id: 'polished', name: { en: 'Polished', ru: 'Полированный' }, perPiece: rate(250), perCm2: rate(18) },
      { id: 'matte', name: { en: 'Matte', ru: 'Матовый' }, perPiece: rate(200), perCm2: rate(14) },
      { id: 'raw', name: { en: 'As cast', ru: 'Без обработки' }, perPiece: 0, perCm2: 0 },
    ],
    quantity: { floor: 0.8, half: 25 },
  };
}

function metal(spotPerGram: number, fineness: number): GramRate {
  return { kind: 'metal', spotPerGram, fineness, markup: 0.12, fixedAt: VALID_FROM };
}
