import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CURRENCIES, UNITS } from '#contracts/basics';
import { LEAD_TIERS } from '#contracts/orders';
import { analyse, bytesInMemory, makeRing } from './geometry/index.ts';
import { judgeItem } from './judge-item.ts';
import { type Figures, figuresInMillimetres, type LineRequest, priceLine, priceTogether } from './price.ts';
import type { PriceList } from './price-list.ts';
import { samplePriceList } from './sample-price-list.ts';

const LISTS = CURRENCIES.map(samplePriceList);

const side = fc.double({ min: 0.01, max: 400, noNaN: true });
const figures: fc.Arbitrary<Figures> = fc
  .record({ boxMm: fc.tuple(side, side, side), filled: fc.double({ min: 0.0001, max: 1, noNaN: true }) })
  .map(({ boxMm, filled }) => ({
    boxMm,
    volumeMm3: boxMm[0] * boxMm[1] * boxMm[2] * filled,
    areaMm2: 2 * (boxMm[0] * boxMm[1] + boxMm[1] * boxMm[2] + boxMm[0] * boxMm[2]),
  }));

const ask: fc.Arbitrary<{ list: PriceList; request: LineRequest }> = fc
  .record({
    list: fc.constantFrom(...LISTS),
    material: fc.nat({ max: 5 }),
    finish: fc.nat(),
    quantity: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 100_000 })),
    leadTier: fc.constantFrom(...LEAD_TIERS),
    rush: fc.boolean(),
  })
  .map(({ list, material: index, finish, ...rest }) => {
    const material = list.materials[index]!;
    return { list, request: { ...rest, material, finish: material.finishes[finish % material.finishes.length]! } };
  });

const total = (body: Figures, request: LineRequest, list: PriceList) => priceLine(body, request, list).total.minor;

describe('every price', () => {
  test('is whole, and its breakdown adds up to it', () => {
    fc.assert(
      fc.property(figures, ask, (body, { request, list }) => {
        const line = priceLine(body, request, list);
        assert.ok(Number.isSafeInteger(line.total.minor) && line.total.minor > 0);
        assert.ok(line.breakdown.every(({ amount }) => Number.isSafeInteger(amount.minor)));
        const sum = line.breakdown.reduce((minor, { amount }) => minor + amount.minor, 0);
        assert.equal(sum, line.total.minor);
        assert.ok(Math.abs(line.unitPrice.minor * request.quantity - line.total.minor) <= request.quantity / 2);
      }),
    );
  });

  test('never falls in total when more pieces are asked for', () => {
    fc.assert(
      fc.property(figures, ask, fc.integer({ min: 1, max: 5000 }), (body, { request, list }, more) => {
        const larger = { ...request, quantity: request.quantity + more };
        assert.ok(total(body, larger, list) >= total(body, request, list));
      }),
    );
  });

  test('does not rise for one piece when more are asked for', () => {
    fc.assert(
      fc.property(figures, ask, fc.integer({ min: 1, max: 5000 }), (body, { request, list }, more) => {
        const one = priceLine(body, request, list);
        const many = priceLine(body, { ...request, quantity: request.quantity + more }, list);
        assert.ok(many.unitPrice.minor <= one.unitPrice.minor);
      }),
    );
  });

  test('never falls when the body grows', () => {
    fc.assert(
      fc.property(figures, ask, fc.double({ min: 1, max: 3, noNaN: true }), (body, { request, list }, factor) => {
        const heavier = { ...body, volumeMm3: body.volumeMm3 * factor };
        const rougher = { ...body, areaMm2: body.areaMm2 * factor };
        assert.ok(total(heavier, request, list) >= total(body, request, list));
        assert.ok(total(rougher, request, list) >= total(body, request, list));
      }),
    );
  });

  test('is at least the minimum of its line, and express costs more than economy', () => {
    fc.assert(
      fc.property(figures, ask, (body, { request, list }) => {
        const standard = { ...request, leadTier: 'standard', rush: false } as const;
        assert.ok(total(body, standard, list) >= Math.round(request.material.minimumLine));
        assert.ok(total(body, { ...standard, leadTier: 'express' }, list) > total(body, standard, list));
        assert.ok(total(body, { ...standard, leadTier: 'economy' }, list) < total(body, standard, list));
        assert.ok(total(body, { ...standard, rush: true }, list) > total(body, standard, list));
      }),
    );
  });

  test('is the same whenever it is calculated again', () => {
    fc.assert(
      fc.property(figures, ask, (body, { request, list }) => {
        assert.deepEqual(priceLine(body, request, list), priceLine(body, request, samplePriceList(list.currency)));
      }),
    );
  });
});

test('shipping and tax are added once to all lines, in whole units', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(figures, ask), { minLength: 1, maxLength: 5 }), (pairs) => {
      const list = LISTS[0]!;
      const lines = pairs.map(([body, { request }]) => priceLine(body, request, list));
      const { shipping, tax, total: sum } = priceTogether(lines, list);
      const items = lines.reduce((minor, line) => minor + line.total.minor, 0);
      assert.equal(sum.minor, items + shipping.minor + tax.minor);
      assert.ok([shipping, tax, sum].every(({ minor }) => Number.isSafeInteger(minor)));
      assert.equal(tax.minor, Math.round((items + shipping.minor) * 0.2));
    }),
  );
});

describe('a real model', () => {
  const ring = makeRing({ diameter: 17, width: 4, thickness: 2 });
  const report = analyse(bytesInMemory(ring.stl), { seed: 1 });
  const list = LISTS[0]!;
  const material = list.materials[0]!;
  const request = { material, finish: material.finishes[0]!, quantity: 3, leadTier: 'standard', rush: false } as const;

  test('costs these kopecks, to the last one', () => {
    const judged = judgeItem(report, 'mm', request, list);
    assert.equal(judged.line?.total.minor, 495_592);
    assert.deepEqual(
      judged.line?.breakdown.map(({ code, amount }) => [code, amount.minor]),
      [
        ['setup', 90_000],
        ['machine', 35_106],
        ['material', 155_227],
        ['labour', 115_339],
        ['finish', 106_019],
        ['quantity', -6_099],
      ],
    );
  });

  test('is the same body in whatever unit it was drawn', () => {
    for (const unit of UNITS) {
      const inches = figuresInMillimetres(report, unit);
      const factor = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 }[unit];
      assert.ok(Math.abs(inches.volumeMm3 / (ring.volume * factor ** 3) - 1) < 1e-7);
    }
  });

  test('that would be 17 metres wide goes to a person', () => {
    const judged = judgeItem(report, 'm', request, list);
    assert.equal(judged.state, 'needs_review');
    assert.equal(judged.problem?.code, 'model.too_big');
  });

  test('that is open goes to a person, and so does one without a volume', () => {
    const open = judgeItem({ ...report, verdict: 'estimated', findings: ['open_boundary'] }, 'mm', request, list);
    assert.equal(open.problem?.code, 'model.open');
    const flat = judgeItem({ ...report, verdict: 'unusable', findings: ['no_volume'] }, 'mm', request, list);
    assert.equal(flat.problem?.code, 'model.no_volume');
  });
});
