import assert from 'node:assert/strict';
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { AnalysisFailed } from '../analysis-failed.ts';
import { withFile } from '../file-source.ts';
import { analyse, type Measurement } from '../geometry/index.ts';
import { type CadFormat, type Converted, type ConvertOptions, convertCad, permissions } from './convert-cad.ts';

const BOX = path.join(import.meta.dirname, 'fixtures/box.step');
const TEXT = readFileSync(BOX, 'latin1');
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

async function converted(file: string, format: CadFormat): Promise<Converted> {
  const answer = await convert(file, format);
  if ('refusal' in answer) assert.fail(answer.refusal.message);
  return answer;
}

function measured({ path: file }: Converted): Measurement {
  return withFile(file, (source) => analyse(source, { seed: 1, rays: 0 }));
}

async function refusalOf(name: string, content: string): Promise<string | null> {
  const answer = await convert(written(name, content), name.endsWith('.3dm') ? '3dm' : 'step');
  return 'refusal' in answer ? answer.refusal.code : null;
}

describe('STEP', () => {
  test('a box of 10 × 20 × 30 mm, and nothing of it is left behind', async () => {
    const box = await converted(BOX, 'step');
    const { verdict, volume } = measured(box);
    assert.deepEqual([box.unit, box.triangles, verdict, volume], ['mm', 12, 'closed', 6000]);
    await box.remove();
    assert.ok(!existsSync(path.dirname(box.path)));
  });

  test('a file in metres becomes millimetres', async () => {
    const metres = TEXT.replace('SI_UNIT(.MILLI.,.METRE.)', 'SI_UNIT($,.METRE.)');
    assert.notEqual(metres, TEXT);
    const box = await converted(written('metres.step', metres), 'step');
    assert.deepEqual(measured(box).box.max, [10_000, 20_000, 30_000]);
    await box.remove();
  });

  test('refuses what is cut off, refers to other files, has lost a body or is none', async () => {
    const cases: [string, string, string][] = [
      ['cut-off.step', TEXT.slice(0, -40), 'model.truncated'],
      ['elsewhere.step', TEXT.replace('ENDSEC;\nEND-', ELSEWHERE), 'model.parts_missing'],
      ['lost.step', TEXT.replace('ENDSEC;\nEND-', ONE_MORE), 'model.malformed'],
      ['empty.step', TEXT.replace(/^#\d+ *=.*?;$/gms, ''), 'model.malformed'],
      ['none.step', 'ISO-10303-21;\nHEADER;\nnonsense END-ISO-10303-21;', 'model.malformed'],
    ];
    for (const [name, text, code] of cases) {
      assert.notEqual(text, TEXT);
      assert.equal(await refusalOf(name, text), code, name);
    }
  });
});

const ELSEWHERE = "#9001=APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT('a.stp',#9002,#9003,(#9004));\nENDSEC;\nEND-";
const ONE_MORE = "#9001 = MANIFOLD_SOLID_BREP ('',#9999);\nENDSEC;\nEND-";

describe('limits', () => {
  /** Nobody ever writes to it: its reader waits for ever, without using the machine. */
  const endless = path.join(folder, 'endless.step');
  execFileSync('mkfifo', [endless]);

  test('a run over its time is killed', async () => {
    await assert.rejects(convert(endless, 'step', { limitMs: 300 }), (error) => {
      return error instanceof AnalysisFailed && error.code === 'analysis.too_long';
    });
  });

  test('a run over its memory is killed', async () => {
    await assert.rejects(convert(endless, 'step', { limitMegabytes: 1 }), (error) => {
      return error instanceof AnalysisFailed && error.code === 'analysis.too_much_memory';
    });
  });

  test('a run that nobody wants is killed, or never starts', async () => {
    const isStopped = (error: unknown) => error instanceof AnalysisFailed && error.code === 'analysis.stopped';
    const left = new AbortController();
    const running = convert(endless, 'step', { signal: left.signal });
    left.abort();
    await assert.rejects(running, isStopped);
    await assert.rejects(convert(BOX, 'step', { signal: left.signal }), isStopped);
  });

  test('a child whose parent is gone takes its folder away and ends, also in the midst of reading', async () => {
    const own = path.join(folder, 'own');
    mkdirSync(own);
    const order = { format: 'step', from: endless, folder: own };
    const news = watch(own);
    const child = fork(new URL('./cad-child.ts', import.meta.url), [JSON.stringify(order)], { execArgv: [] });
    const ended = once(child, 'exit');
    // The file for its triangles comes before the first byte is read.
    await once(news, 'change');
    news.close();
    child.disconnect();
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    assert.ok(!existsSync(own));
  });
});

test('the child can neither read nor write anything else, nor start a process', () => {
  const own = path.join(folder, 'permitted');
  mkdirSync(own);
  const attempts = `
    const { readFileSync, writeFileSync } = require('node:fs');
    const attempts = [
      () => readFileSync(${JSON.stringify(BOX)}),
      () => writeFileSync(${JSON.stringify(path.join(own, 'x'))}, ''),
      () => readFileSync('/etc/passwd'),
      () => readFileSync(${JSON.stringify(written('stranger.step', TEXT))}),
      () => writeFileSync(${JSON.stringify(path.join(folder, 'x'))}, ''),
      () => require('node:child_process').spawnSync('true'),
    ];
    console.log(JSON.stringify(attempts.map((attempt) => { try { attempt(); return null } catch ({ code }) { return code } })));`;
  const args = [...permissions({ format: 'step', from: BOX, folder: own }), '-e', attempts];
  const { stdout } = spawnSync(process.execPath, args, { env: {}, encoding: 'utf8' });
  const denied = 'ERR_ACCESS_DENIED';
  assert.deepEqual(JSON.parse(stdout), [null, null, denied, denied, denied, denied]);
});
