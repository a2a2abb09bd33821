import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import type { GeometryReport } from '#contracts/pricing';
import { diskBlobs } from '#platform/blobs';
import { newId, systemClock } from '#platform/clock';
import { createLog } from '#platform/telemetry';
import type { Print } from './analysis-messages.ts';
import { type AnalysisPool, analysisPool } from './analysis-pool.ts';
import { KERNEL_VERSION, makeRing } from './geometry/index.ts';
import { measureFile } from './measure-file.ts';
import { progressWriter } from './progress-writer.ts';
import { measuredByTwin, type Twin } from './reuse.ts';
import { DEFAULT_RULES } from './rules.ts';
import type { LeasedJob } from './store-leases.ts';

const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });

let folder: string;
let pool: AnalysisPool;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'forgeline-reuse-'));
  writeFileSync(path.join(folder, 'ring.stl'), RING.stl);
  pool = analysisPool({ threads: 1, runMs: 20_000, runMegabytes: 512 });
});
after(async () => {
  await pool.stop();
  rmSync(folder, { recursive: true });
});

const job: LeasedJob = {
  id: newId(),
  tenant: newId(),
  sha256: 'a'.repeat(64),
  kernelVersion: KERNEL_VERSION,
  lane: 'interactive',
  fence: 1,
  attempts: 1,
  cost: 1,
  waitedMs: 0,
  traceparent: null,
  known: null,
};

async function measured(find?: (print: Print) => Promise<Twin | null>) {
  const blobs = { ...diskBlobs({ dir: path.join(folder, 'blobs') }), path: () => path.join(folder, 'ring.stl') };
  const log = createLog({ service: 'pricing', role: 'test', version: '0', level: 'silent' });
  const measuring = { blobs, pool, clock: systemClock, log, rules: DEFAULT_RULES };
  const prints: Print[] = [];
  const outcome = await measureFile(
    find ? { ...measuring, twins: { fingerprintSeed: async () => 7n, find } } : measuring,
    job,
    {
      onProgress: () => {},
      onPrint: (print) => prints.push(print),
      signal: new AbortController().signal,
    },
  );
  return { outcome, print: prints[0]! };
}

/** A report with another mark in it, as if it were somebody's earlier one. */
async function twin(changes: Partial<Twin> = {}): Promise<Twin> {
  const { outcome } = await measured();
  const report: GeometryReport = { ...outcome.report!, findings: ['inverted', 'count_corrected'], hullVolume: 4711 };
  return { report, milliseconds: 0, isOwn: true, ...changes };
}

describe('the same triangles', () => {
  test('are measured by their twin, and priced by their own sums', async () => {
    const earlier = await twin();
    const { outcome, print } = await measured(async () => earlier);
    assert.equal(outcome.report!.hullVolume, 4711);
    assert.deepEqual(outcome.report!.findings, ['inverted'], 'how the twin’s file was written is not this one’s fault');
    assert.ok(Math.abs(outcome.report!.volume / Math.abs(print.volume) - 1) < 1e-8);
    assert.equal(outcome.report!.bytes, RING.stl.length);
    assert.deepEqual(outcome.report!.views, earlier.report.views);
  });

  test('of somebody else take as long as their run took, and do not show their file', async () => {
    const { report, ...when } = await twin({ isOwn: false, milliseconds: 1_500 });
    const views = { ...report.views!, mesh: 'b'.repeat(64) };
    const earlier = { ...when, report: { ...report, views, milliseconds: 1_400 } };
    const started = performance.now();
    const { outcome } = await measured(async () => earlier);
    // Not a measure of speed: sooner would tell that somebody else has the file.
    assert.ok(performance.now() - started >= 1_490);
    assert.ok(outcome.milliseconds >= 1_490);
    // Without any picture one would know that somebody else has the file; a mesh has the order of their triangles.
    assert.deepEqual(outcome.report!.views, { ...views, mesh: null });
    assert.equal(outcome.report!.milliseconds, 1_400);
  });

  test('that add up to something else are measured', async () => {
    const { report } = await twin();
    const { print } = await measured();
    const wrong: Partial<GeometryReport>[] = [
      { triangles: report.triangles + 1 },
      { volume: report.volume * 1.001 },
      { area: report.area * 0.999 },
      { kernelVersion: 'another' },
    ];
    for (const change of wrong) {
      assert.equal(
        measuredByTwin(print, { report: { ...report, ...change }, isOwn: true }),
        null,
        JSON.stringify(change),
      );
    }
    assert.ok(measuredByTwin(print, { report, isOwn: true }));
  });

  test('of a file that the viewer cannot take are measured, unless its own mesh is there', async () => {
    const { report } = await twin();
    const print: Print = { ...(await measured()).print, format: 'obj' };
    const withMesh = { ...report, views: { ...report.views!, mesh: 'b'.repeat(64) } };
    assert.equal(measuredByTwin(print, { report, isOwn: true }), null);
    assert.equal(measuredByTwin(print, { report: withMesh, isOwn: false }), null);
    assert.ok(measuredByTwin(print, { report: withMesh, isOwn: true }));
  });
});

test('progress is written at each stage and twice a second, the newest, and not for a run that is soon over', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const written: string[] = [];
    const writer = progressWriter(
      async ({ stage, share }) => void written.push(`${stage} ${share}`),
      () => assert.fail(),
    );
    const pass = async (ms: number) => {
      mock.timers.tick(ms);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      mock.timers.tick(0);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    writer.hear({ stage: 'reading', share: 0 });
    writer.hear({ stage: 'measuring', share: 0 });
    await pass(299);
    assert.deepEqual(written, []);
    await pass(1);
    assert.deepEqual(written, ['measuring 0']);
    writer.hear({ stage: 'measuring', share: 0.1 });
    writer.hear({ stage: 'measuring', share: 0.2 });
    await pass(499);
    assert.deepEqual(written, ['measuring 0']);
    await pass(1);
    assert.deepEqual(written, ['measuring 0', 'measuring 0.2']);
    writer.hear({ stage: 'topology', share: 0 });
    await pass(0);
    assert.equal(written.at(-1), 'topology 0', 'a new stage does not wait');
    await writer.stop();
    writer.hear({ stage: 'thickness', share: 0 });
    await pass(10_000);
    assert.equal(written.at(-1), 'topology 0');
  } finally {
    mock.timers.reset();
  }
});
