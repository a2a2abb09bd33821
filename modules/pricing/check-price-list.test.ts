import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LEAD_TIERS, LEAD_WORKING_DAYS } from '#contracts/orders';
import type { ListedMaterial, PriceListBody } from '#contracts/price-lists';
import { checkPriceList } from './check-price-list.ts';
import { bodyOf } from './draft-price-list.ts';
import { type Figures, type LineRequest, priceLine } from './price.ts';
import { type PriceList, wallLimitMm } from './price-list.ts';
import { aroundQuantity, quantitiesAround } from './quantity-prices.ts';
import { samplePriceList } from './sample-price-list.ts';

const NOW = '2026-03-02T09:00:00.000Z';
const SAMPLE = bodyOf(samplePriceList('RUB'));

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const rate = fc.oneof(fc.constant(0), real(0, 100), real(0, 1e6));
const name = fc.constant({ en: 'A', ru: 'А' });

const material: fc.Arbitrary<ListedMaterial> = fc.record({
  id: fc.constant('thing'),
  name,
  process: fc.constant('sla'),
  densityGramsPerCm3: real(0.01, 30),
  minimumWallMm: real(0.01, 100),
  longestSideMm: fc.constant({ least: 0, most: 10_000 }),
  minimumLine: real(1, 1e6),
  setup: rate,
  machine: fc.record({ perCm3: rate, perBoxCm3: rate, perMmHeight: rate }),
  gram: fc.oneof(
    fc.record({ kind: fc.constant('rate' as const), perGram: rate }),
    fc.record({
      kind: fc.constant('metal' as const),
      spotPerGram: real(0.01, 1e6),
      fineness: real(0.001, 1),
      markup: real(0, 10),
      fixedAt: fc.constant(NOW),
    }),
  ),
  loss: real(0, 5),
  labour: fc.record({ perPiece: rate, perCm2: rate }),
  finishes: fc.tuple(fc.record({ id: fc.constant('raw'), name, perPiece: rate, perCm2: rate })),
  quantity: fc.record({ floor: real(0.01, 1), half: fc.oneof(fc.constant(1), real(1, 1_000_000)) }),
});

const body: fc.Arbitrary<PriceListBody> = fc
  .record({
    one: material,
    factors: fc.tuple(real(0.1, 10), real(0.1, 10), real(0.1, 10)),
    rushFactor: real(1, 10),
    base: rate,
    tax: fc.nat({ max: 10_000 }),
  })
  .map(({ one, factors, rushFactor, base, tax }) => {
    const rising = factors.toSorted((a, b) => a - b);
    return {
      sample: false,
      materials: [one],
      leadTiers: LEAD_TIERS.map((id, i) => ({ id, workingDays: LEAD_WORKING_DAYS[id], factor: rising[i]! })),
      rushFactor,
      shipping: { base, perKilogram: base },
      taxBasisPoints: tax,
    };
  });

const figures: fc.Arbitrary<Figures> = fc
  .record({ sides: fc.tuple(real(0.1, 300), real(0.1, 300), real(0.1, 300)), filled: real(0.001, 1) })
  .map(({ sides, filled }) => ({
    boxMm: sides,
    volumeMm3: sides[0] * sides[1] * sides[2] * filled,
    areaMm2: 2 * (sides[0] * sides[1] + sides[1] * sides[2] + sides[0] * sides[2]),
  }));

const wish = fc.record({
  quantity: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 99_000 })),
  more: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1000 })),
  leadTier: fc.constantFrom(...LEAD_TIERS),
  rush: fc.boolean(),
});

const listOf = (rates: PriceListBody): PriceList => ({ ...rates, version: 'v', currency: 'EUR', validFrom: NOW });
function requestOf(
  list: PriceList,
  { quantity, leadTier, rush }: Omit<LineRequest, 'material' | 'finish'>,
): LineRequest {
  const [one] = list.materials;
  return { material: one!, finish: one!.finishes[0]!, quantity, leadTier, rush };
}

describe('whatever list passes the check', () => {
  test('more pieces never cost less, the breakdown adds up, the cents come again', () => {
    fc.assert(
      fc.property(body, figures, wish, (rates, part, { more, ...asked }) => {
        assert.deepEqual(checkPriceList(rates, NOW), []);
        const list = listOf(rates);
        const request = requestOf(list, asked);
        const line = priceLine(part, request, list);
        fc.pre(Number.isSafeInteger(line.total.minor));
        assert.ok(
          priceLine(part, { ...request, quantity: request.quantity + more }, list).total.minor >= line.total.minor,
        );
        assert.ok(line.total.minor >= 0);
        assert.ok(line.breakdown.every(({ amount }) => Number.isSafeInteger(amount.minor)));
        assert.equal(
          line.breakdown.reduce((sum, { amount }) => sum + amount.minor, 0),
          line.total.minor,
        );
        const stored = JSON.parse(JSON.stringify(list)) as PriceList;
        assert.deepEqual(priceLine(part, requestOf(stored, asked), stored), line);
      }),
      { numRuns: 1000 },
    );
  });

  test('its curve holds the number asked for, and rises', () => {
    fc.assert(
      fc.property(body, figures, wish, (rates, part, { more: _more, ...asked }) => {
        const list = listOf(rates);
        const request = requestOf(list, asked);
        const line = priceLine(part, request, list);
        fc.pre(Number.isSafeInteger(line.total.minor));
        const rows = aroundQuantity(part, request, list);
        const own = rows.find(({ quantity }) => quantity === asked.quantity);
        assert.deepEqual(own, { quantity: asked.quantity, unitPrice: line.unitPrice, total: line.total });
        rows.slice(1).forEach((row, i) => {
          assert.ok(row.quantity > rows[i]!.quantity && row.total.minor >= rows[i]!.total.minor);
        });
      }),
    );
  });
});

test('the curve is told on either side of what is asked for', () => {
  assert.deepEqual(quantitiesAround(1), [1, 2, 5, 10, 20]);
  assert.deepEqual(quantitiesAround(7), [2, 5, 7, 10, 20, 50, 100]);
  assert.deepEqual(quantitiesAround(100_000), [20_000, 50_000, 100_000]);
});

test('the sample passes', () => {
  assert.deepEqual(checkPriceList(SAMPLE, NOW), []);
});

/** Where the mistake is told, its code, what is set, and to what. */
const MISTAKES: [field: string, code: string, at: string, value: unknown][] = [
  ['/materials', 'missing', '/materials', []],
  ['/materials/1/id', 'duplicate', '/materials/1/id', 'silver-925'],
  ['/materials/0/id', 'missing', '/materials/0/id', 'Серебро'],
  ['/materials/0/name/ru', 'missing', '/materials/0/name/ru', ' '],
  ['/materials/0/setup', 'out_of_range', '/materials/0/setup', -1],
  ['/materials/0/minimumLine', 'out_of_range', '/materials/0/minimumLine', 0],
  ['/materials/0/quantity/half', 'out_of_range', '/materials/0/quantity/half', 0.9],
  ['/materials/0/quantity/floor', 'out_of_range', '/materials/0/quantity/floor', 0],
  ['/materials/0/longestSideMm/most', 'not_in_order', '/materials/0/longestSideMm/least', 500],
  ['/materials/0/finishes', 'missing', '/materials/0/finishes', []],
  ['/materials/0/gram/fixedAt', 'not_fixed', '/materials/0/gram/fixedAt', '2026-03-02T09:00:00.001Z'],
  ['/materials/4/wallBySize/1', 'not_in_order', '/materials/4/wallBySize/1/wallMm', 1.5],
  ['/leadTiers', 'missing', '/leadTiers', SAMPLE.leadTiers.slice(0, 2)],
  ['/leadTiers/2/factor', 'not_in_order', '/leadTiers/2/factor', 0.5],
  ['/leadTiers/0/workingDays', 'out_of_range', '/leadTiers/0/workingDays', 16],
  ['/taxBasisPoints', 'out_of_range', '/taxBasisPoints', 10_001],
];

function changed(at: string, value: unknown): PriceListBody {
  const rates = structuredClone(SAMPLE);
  const names = at.slice(1).split('/');
  const last = names.pop()!;
  const holder = names.reduce(
    (inside, name) => inside[name] as Record<string, unknown>,
    rates as Record<string, unknown>,
  );
  holder[last] = value;
  return rates;
}

for (const [field, code, at, value] of MISTAKES) {
  test(`a mistake is told by its field: ${field} ${code}`, () => {
    const problems = checkPriceList(changed(at, value), NOW);
    assert.deepEqual(
      problems.map((problem) => [problem.field, problem.code]),
      [[field, code]],
    );
  });
}

test('larger parts of resin need thicker walls', () => {
  const resin = SAMPLE.materials.find(({ id }) => id === 'resin')!;
  assert.equal(wallLimitMm(resin, [60, 60, 60]), 1);
  assert.equal(wallLimitMm(resin, [66, 67, 67]), 2);
  assert.equal(wallLimitMm(resin, [100, 100, 199]), 2);
  assert.equal(wallLimitMm(resin, [100, 100, 200]), 3);
});
