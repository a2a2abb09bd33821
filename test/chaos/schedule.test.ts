import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { withBug } from '../mutants/plant.ts';
import { CRASH_POINTS } from './crash-points.ts';
import { DECK, FAULT_NAMES, scheduleOf } from './schedule.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('a seed says which faults strike, and the seeds of a deck leave none out', () => {
  for (const deck of [0, 1, 7]) {
    const seeds = Array.from({ length: DECK }, (_, i) => deck * DECK + i);
    const dealt = seeds.flatMap((seed) => Object.values(scheduleOf(seed)).flat());
    assert.deepEqual(dealt.toSorted(), FAULT_NAMES.toSorted());
    assert.deepEqual(seeds.map(scheduleOf), seeds.map(scheduleOf));
  }
  assert.notDeepEqual(scheduleOf(0), scheduleOf(DECK));
  const thirty = Array.from({ length: 30 }, (_, i) => Object.values(scheduleOf(4 + i)).flat()).flat();
  for (const name of FAULT_NAMES) assert.ok(thirty.filter((one) => one === name).length >= 3, name);
});

test('every crash point has its place in the product', () => {
  const byFile = Map.groupBy(CRASH_POINTS, ({ edit }) => edit.file);
  for (const [file, points] of byFile) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const planted = withBug(
      'crash points',
      text,
      points.map(({ edit }) => edit),
    );
    for (const { name } of points) assert.ok(planted.includes(`forgelineMayCrash?.('${name}')`), name);
  }
});
