import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GeometryReport } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { analyse, bytesInMemory, makeRing } from './geometry/index.ts';
import { newQuote, settleQuote } from './quote.ts';
import { samplePriceList } from './sample-price-list.ts';

const NOW = '2026-03-02T09:00:00.000Z';

/** Lines of a solid block of gold that is as large as casting takes. */
function quoteOfGold(lines: number) {
  const list = samplePriceList('RUB');
  const sha256 = 'a'.repeat(64);
  const measured = analyse(bytesInMemory(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl), {
    seed: 1,
  });
  const box = { min: [0, 0, 0], max: [120, 120, 120] } as GeometryReport['box'];
  const report: GeometryReport = { ...measured, sha256, box, volume: 120 ** 3, area: 6 * 120 ** 2 };
  const specification = { modelId: newId(), sha256, fileName: 'block.stl', unit: 'mm', note: '' } as const;
  const wish = { ...specification, material: 'gold-585', process: '', finish: 'raw', quantity: 100_000 };
  const items = Array.from({ length: lines }, () => ({ id: newId(), specification: wish }));
  const terms = { currency: 'RUB', leadTier: 'standard', rush: false, kernelVersion: 'test' } as const;
  const asked = newQuote({ id: newId(), tenant: newId(), orderId: null, items, ...terms }, list, NOW);
  const outcomes = new Map([[sha256, { report, failure: null, milliseconds: 1 }]]);
  return settleQuote(asked, { outcomes, running: new Set() }, list, NOW, 14);
}

test('a sum that is beyond whole cents is for a person, though each line has its price', () => {
  const small = quoteOfGold(1);
  assert.equal(small.state, 'ready');
  assert.ok(Number.isSafeInteger(small.total!.minor));
  const huge = quoteOfGold(20);
  assert.equal(huge.state, 'needs_review');
  assert.equal(huge.total, null);
  assert.ok(huge.items.every(({ state, problem }) => state === 'needs_review' && problem?.code === 'quote.too_large'));
});
