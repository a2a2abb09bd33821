import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { bytesInMemory } from '../byte-source.ts';
import { binaryStl } from '../formats/stl-binary.ts';
import { makeRing, writeStl } from '../model-maker.ts';
import { GeometryRefusal } from '../refusal.ts';
import { endHelpers, parallelSweep } from './parallel-sweep.ts';
import { sweep } from './sweep.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-sweep-'));
after(async () => {
  await endHelpers();
  rmSync(folder, { recursive: true });
});

function saved(name: string, stl: Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, stl);
  return file;
}

// Five blocks, the last one of an odd number of triangles.
const ring = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 2801 }).stl.subarray(0, 84 + 50 * 89_631);
const TRIANGLES = (ring.length - 84) / 50;

test('any number of threads, cold or warm, finds the same figures to the last bit', () => {
  const file = saved('ring.stl', ring);
  for (const seeds of [{ seed: 5 }, { seed: 5, fingerprintSeed: 77n }]) {
    const alone = sweep(binaryStl(bytesInMemory(ring), TRIANGLES), seeds);
    for (const threads of [1, 2, 3, 2, 4, 1, 2]) {
      assert.deepEqual(parallelSweep(file, { triangles: TRIANGLES, threads, ...seeds }), alone);
    }
  }
});

test('helpers take their share, and start anew after they were ended', async () => {
  const file = saved('shares.stl', ring);
  const runOnce = () => {
    const seen: number[] = [];
    parallelSweep(file, { triangles: TRIANGLES, threads: 2, seed: 1, onBlock: (n) => seen.push(n) });
    return seen;
  };
  for (let n = 0; n < 2; n++) {
    // The helper may be late for any one file; it is there for one of many.
    let here = runOnce();
    for (let tries = 0; here.length === 5 && tries < 10_000; tries++) here = runOnce();
    assert.ok(here.length < 5, 'the helper never took a block');
    assert.deepEqual(
      here,
      [...here].sort((a, b) => a - b),
    );
    await endHelpers();
  }
});

test('few triangles and none', () => {
  const small = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 8 });
  const file = saved('small.stl', small.stl);
  const figures = parallelSweep(file, { triangles: small.triangles, threads: 2, seed: 1 });
  assert.deepEqual(figures, sweep(binaryStl(bytesInMemory(small.stl), small.triangles), { seed: 1 }));
  assert.equal(parallelSweep(saved('none.stl', writeStl([])), { triangles: 0, threads: 2, seed: 1 }).triangles, 0);
});

test('a file that holds less than it should is refused, one that is not there throws', () => {
  const file = saved('cut.stl', ring.subarray(0, ring.length - 40));
  for (const threads of [1, 2]) {
    assert.throws(
      () => parallelSweep(file, { triangles: TRIANGLES, threads, seed: 1 }),
      (error) => error instanceof GeometryRefusal && error.code === 'model.truncated',
    );
    const nowhere = path.join(folder, 'nowhere.stl');
    assert.throws(() => parallelSweep(nowhere, { triangles: 1, threads, seed: 1 }), { code: 'ENOENT' });
  }
});
