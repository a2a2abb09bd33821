import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { STAGES } from '#contracts/pricing';
import { AnalysisFailed } from './analysis-failed.ts';
import type { Print } from './analysis-messages.ts';
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

  test('tells each stage as it begins, in their order', () =>
    within({ threads: 1 }, async (pool) => {
      const stages: string[] = [];
      await pool.run(large, { onProgress: ({ stage }) => stages.at(-1) !== stage && stages.push(stage) });
      assert.deepEqual(
        stages,
        STAGES.filter((stage) => stages.includes(stage)),
      );
      assert.ok(stages.length >= 4, stages.join());
    }));

  test('asks between the passes whether the triangles are known', () =>
    within({ threads: 1 }, async (pool) => {
      const prints: Print[] = [];
      const plain = await pool.run(ring);
      const asked = await pool.run(ring, {
        known: {
          fingerprintSeed: 7n,
          find: async (print) => {
            prints.push(print);
            return null;
          },
        },
      });
      assert.ok('measurement' in plain && 'measurement' in asked);
      assert.equal(asked.measurement.volume, plain.measurement.volume);
      assert.equal(prints[0]!.triangles, RING.triangles);
      assert.match(prints[0]!.fingerprint!, /^[0-9a-f]{32}$/);

      const known = { ...plain.measurement, findings: ['known'] };
      const reused = await pool.run(ring, { known: { fingerprintSeed: 7n, find: async () => known } });
      assert.deepEqual('measurement' in reused && reused.measurement.findings, ['known']);
      await assert.rejects(
        pool.run(ring, { known: { fingerprintSeed: 7n, find: () => Promise.reject(new Error('no database')) } }),
        /no database/,
      );
      const after = await pool.run(ring);
      assert.deepEqual('measurement' in after && after.measurement.findings, plain.measurement.findings);
    }));

  test('ends a run that nobody wants, and takes the next', () =>
    within({ threads: 1 }, async (pool) => {
      const unwanted = new AbortController();
      const running = pool.run(large, { onProgress: () => unwanted.abort(), signal: unwanted.signal });
      await assert.rejects(running, failedAs('analysis.stopped'));
      await assert.rejects(pool.run(ring, { signal: unwanted.signal }), failedAs('analysis.stopped'));
      assert.ok('measurement' in (await pool.run(ring)));
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
