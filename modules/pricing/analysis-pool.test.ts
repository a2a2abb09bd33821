import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AnalysisFailed } from './analysis-failed.ts';
import { type AnalysisPool, analysisPool } from './analysis-pool.ts';
import { makeRing } from './geometry/index.ts';

const LIMITS = { threads: 2, runMs: 20_000, runMegabytes: 256 };
const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
const LARGE = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 8000 });

let folder: string;
let ring: string;
let large: string;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'forgeline-pool-'));
  ring = path.join(folder, 'ring.stl');
  large = path.join(folder, 'large.stl');
  writeFileSync(ring, RING.stl);
  writeFileSync(large, LARGE.stl);
});
after(() => rmSync(folder, { recursive: true }));

async function within<T>(limits: Partial<typeof LIMITS>, use: (pool: AnalysisPool) => Promise<T>): Promise<T> {
  const pool = analysisPool({ ...LIMITS, ...limits });
  try {
    return await use(pool);
  } finally {
    await pool.stop();
  }
}

function failedAs(code: AnalysisFailed['code']) {
  return (error: unknown) => error instanceof AnalysisFailed && error.code === code;
}

describe('the pool', () => {
  test('measures several files at once', () =>
    within({}, async (pool) => {
      const answers = await Promise.all([pool.run(ring), pool.run(large)]);
      assert.deepEqual(
        answers.map((answer) => 'measurement' in answer && answer.measurement.triangles),
        [RING.triangles, LARGE.triangles],
      );
    }));

  test('hands a refusal over as what it is', () =>
    within({}, async (pool) => {
      const text = path.join(folder, 'text.stl');
      writeFileSync(text, 'no model');
      const answer = await pool.run(text);
      assert.equal('refusal' in answer && answer.refusal.code, 'model.unknown_format');
    }));

  test('keeps the event loop free meanwhile', () =>
    within({}, async (pool) => {
      let turns = 0;
      const count = setInterval(() => turns++, 1);
      await pool.run(large);
      clearInterval(count);
      assert.ok(turns > 5, `${turns} turns`);
    }));

  test('stops a run that takes too long, and goes on with the next', () =>
    within({ threads: 1, runMs: 1 }, async (pool) => {
      await assert.rejects(pool.run(large), failedAs('analysis.too_long'));
      await assert.rejects(pool.run(large), failedAs('analysis.too_long'));
    }));

  test('stops a run that needs too much memory', () =>
    within({ threads: 1, runMegabytes: 2 }, async (pool) => {
      const heavy = path.join(folder, 'heavy.stl');
      const body = LARGE.stl.subarray(84);
      const stl = Buffer.concat([LARGE.stl.subarray(0, 84), body, body, body, body]);
      stl.writeUInt32LE(LARGE.triangles * 4, 80);
      writeFileSync(heavy, stl);
      await assert.rejects(pool.run(heavy), failedAs('analysis.too_much_memory'));
    }));

  test('survives a thread that dies', () =>
    within({ threads: 1 }, async (pool) => {
      await assert.rejects(pool.run(path.join(folder, 'missing.stl')), failedAs('analysis.crashed'));
      const answer = await pool.run(ring);
      assert.ok('measurement' in answer);
    }));

  test('rejects what is under way when it is stopped, and takes no more', async () => {
    const pool = analysisPool(LIMITS);
    const running = assert.rejects(pool.run(large), failedAs('analysis.stopped'));
    await pool.stop();
    await running;
    await assert.rejects(pool.run(ring), failedAs('analysis.stopped'));
  });
});
