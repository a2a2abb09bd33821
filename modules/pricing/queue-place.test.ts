import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeIn } from './queue-place.ts';

const job = fc.record({
  vstart: fc.integer({ min: 0, max: 50 }),
  id: fc.uuid(),
  cost: fc.integer({ min: 1, max: 1000 }),
  isRunning: fc.boolean(),
});
const queue = fc.uniqueArray(job, { selector: ({ id }) => id, minLength: 1, maxLength: 120 });
type Job = typeof job extends fc.Arbitrary<infer T> ? T : never;

const inOrder = (jobs: Job[]) => [...jobs].sort((a, b) => a.vstart - b.vstart || (a.id < b.id ? -1 : 1));

/** As the database tells it: stretches of so many jobs. */
function outline(jobs: Job[], size: number) {
  const sorted = inOrder(jobs);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) => {
    const part = sorted.slice(i * size, (i + 1) * size);
    const { vstart, id } = part[0]!;
    const queued = part.filter(({ isRunning }) => !isRunning).length;
    return { vstart, id, queued, cost: part.reduce((sum, { cost }) => sum + cost, 0) };
  });
}

test('the place in a short queue is exact, and the time is that of all before it', () => {
  fc.assert(
    fc.property(queue, fc.nat(), fc.integer({ min: 1, max: 8 }), (jobs, pick, threads) => {
      const mine = jobs[pick % jobs.length]!;
      const sorted = inOrder(jobs);
      const before = sorted.slice(0, sorted.indexOf(mine));
      const { position, etaSeconds } = placeIn({ threads, outline: outline(jobs, 1) }, mine);
      assert.equal(position, before.filter(({ isRunning }) => !isRunning).length);
      const milliseconds = before.reduce((sum, { cost }) => sum + cost, mine.cost) / threads;
      assert.ok(Math.abs(etaSeconds - milliseconds / 1000) <= 0.005 + 1e-9);
    }),
  );
});

test('in a long one it is off by one stretch at most', () => {
  fc.assert(
    fc.property(queue, fc.integer({ min: 2, max: 20 }), (jobs, size) => {
      const parts = { threads: 1, outline: outline(jobs, size) };
      const places = inOrder(jobs).map((mine) => placeIn(parts, mine));
      places.forEach(({ position, etaSeconds }, i) => {
        const exact = inOrder(jobs)
          .slice(0, i)
          .filter(({ isRunning }) => !isRunning).length;
        assert.ok(position >= 0 && etaSeconds >= 0);
        assert.ok(Math.abs(position - exact) <= size, `${position} for ${exact}`);
      });
    }),
  );
});
