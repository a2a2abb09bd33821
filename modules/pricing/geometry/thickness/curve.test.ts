import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { thicknessAt, thicknessCurve } from './curve.ts';

function shareIn(curve: [number, number][], limit: number): number {
  const next = curve.findIndex(([thickness]) => thickness >= limit);
  if (next === 0) return 0;
  if (next === -1) return curve.at(-1)![1];
  const [x0, y0] = curve[next - 1]!;
  const [x1, y1] = curve[next]!;
  return y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0);
}

/** A mixture of even walls, slopes and chance, as parts have. */
const walls = fc
  .array(
    fc.record({
      from: fc.double({ min: 0.05, max: 20, noNaN: true }),
      over: fc.constantFrom(0, 0, 1e-7, 0.5, 3),
      count: fc.integer({ min: 300, max: 6000 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) =>
    Float32Array.from(
      parts.flatMap(({ from, over, count }) =>
        Array.from({ length: count }, (_, n) => from * (1 + (over * n) / count)),
      ),
    ).sort(),
  );

test('any limit reads a share within half a percent of the area from at most 64 points', () => {
  fc.assert(
    fc.property(walls, fc.integer({ min: 0, max: 3000 }), (sorted, thick) => {
      const outside = sorted.length + thick;
      const curve = thicknessCurve(sorted, outside);
      assert.ok(curve.length <= 64);
      for (const [n, [thickness, share]] of curve.entries()) {
        if (n > 0) assert.ok(thickness >= curve[n - 1]![0] && share >= curve[n - 1]![1]);
      }
      for (let n = 0; n < 200; n++) {
        const limit = sorted[Math.floor((n / 200) * sorted.length)]! * (1 + (n % 5) / 1000);
        // Walls nearer to the limit than 32 bits tell may count on either side.
        const below = sorted.findIndex((value) => value >= limit * 0.9998);
        const upTo = sorted.findIndex((value) => value > limit * 1.0002);
        const [low, high] = [below, upTo].map((at) => (at < 0 ? sorted.length : at) / outside) as [number, number];
        const share = shareIn(curve, limit);
        // Between two samples the curve is straight, and a few make a step.
        const slack = 0.005 + 5 / outside;
        assert.ok(share > low - slack && share < high + slack, `${share} at ${limit}, not ${low} to ${high}`);
      }
    }),
    { numRuns: 60 },
  );
});

test('a share of the samples is below the thickness at that share', () => {
  const sorted = Float32Array.from({ length: 1000 }, (_, n) => n + 1);
  assert.equal(thicknessAt(sorted, 2000, 0.001), 3);
  assert.equal(thicknessAt(sorted, 2000, 1), 1000);
});
