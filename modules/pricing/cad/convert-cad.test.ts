import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { AnalysisFailed } from '../analysis-failed.ts';
import { withFile } from '../file-source.ts';
import { analyse } from '../geometry/index.ts';
import { type CadFormat, type ConvertOptions, convertCad } from './convert-cad.ts';

const BOX = path.join(import.meta.dirname, 'fixtures/box.step');
const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-cad-test-'));
after(() => rmSync(folder, { recursive: true }));

function convert(file: string, format: CadFormat, changed: Partial<ConvertOptions> = {}) {
  const signal = new AbortController().signal;
  return convertCad(file, format, { limitMs: 60_000, signal, onProgress() {}, ...changed });
}

function written(name: string, content: Uint8Array | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('STEP', () => {
  test('a box of 10 × 20 × 30 mm', async () => {
    const converted = await convert(BOX, 'step');
    assert.ok(!('refusal' in converted));
    const measured = withFile(converted.path, (source) => analyse(source, { seed: 1, rays: 0 }));
    assert.equal(converted.unit, 'mm');
    assert.equal(measured.verdict, 'closed');
    assert.equal(measured.volume, 6000);
    await converted.remove();
    assert.ok(!existsSync(converted.path));
  });

  test('half a file is refused, or is what is left of it', async () => {
    const half = readFileSync(BOX).subarray(0, 2000);
    const converted = await convert(written('half.step', half), 'step');
    assert.ok('refusal' in converted && converted.refusal.code.startsWith('model.'), JSON.stringify(converted));
  });

  test('bytes that are none', async () => {
    const converted = await convert(written('none.step', 'ISO-10303-21;\nHEADER;\nnonsense'), 'step');
    assert.ok('refusal' in converted && converted.refusal.code.startsWith('model.'));
  });
});

describe('3DM', () => {
  test('bytes that are none', async () => {
    const none = `3D Geometry File Format ${' '.repeat(8)}70${'x'.repeat(5000)}`;
    const converted = await convert(written('none.3dm', none), '3dm');
    assert.ok('refusal' in converted && converted.refusal.code.startsWith('model.'));
  });
});

describe('limits', () => {
  test('a run over its time is killed', async () => {
    await assert.rejects(convert(BOX, 'step', { limitMs: 1 }), (error) => {
      return error instanceof AnalysisFailed && error.code === 'analysis.too_long';
    });
  });

  test('a run over its memory is killed', async () => {
    await assert.rejects(convert(BOX, 'step', { limitMegabytes: 1 }), (error) => {
      return error instanceof AnalysisFailed && error.code === 'analysis.too_much_memory';
    });
  });

  test('a run that nobody wants is killed', async () => {
    const left = new AbortController();
    const running = convert(BOX, 'step', { signal: left.signal });
    left.abort();
    await assert.rejects(running);
  });
});
