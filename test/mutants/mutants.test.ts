import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { INVARIANT_NAMES } from '../invariants/invariants.ts';
import { ALL_MUTANTS, MutantDoesNotApply, withBug } from './plant.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('every mutant still applies, and names the invariant that it breaks', () => {
  for (const { name, breaks, edits } of ALL_MUTANTS) {
    assert.ok(INVARIANT_NAMES.includes(breaks), `${name} breaks ${breaks}, which is no invariant`);
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const ofFile = edits.filter((edit) => edit.file === file);
      assert.notEqual(withBug(name, text, ofFile), text, `${name} changes nothing in ${file}`);
    }
  }
  assert.equal(new Set(ALL_MUTANTS.map(({ name }) => name)).size, ALL_MUTANTS.length, 'two mutants have one name');
});

test('every invariant has a mutant that breaks it', () => {
  const broken = new Set(ALL_MUTANTS.map(({ breaks }) => breaks));
  assert.deepEqual(
    INVARIANT_NAMES.filter((name) => !broken.has(name)),
    [],
  );
});

test('a mutant whose place is gone, or is there twice, is refused', () => {
  const edits = [{ file: 'a.ts', find: 'one', replace: 'two' }];
  assert.throws(() => withBug('lost', 'two', edits), MutantDoesNotApply);
  assert.throws(() => withBug('twice', 'one, one', edits), MutantDoesNotApply);
});

test('a process that is started with a mutant runs with its bug', () => {
  const program = `
    const { findOrder } = await import('./modules/shop/store-orders.ts');
    console.log(findOrder.toString().includes('buyer_id'));`;
  const run = (mutant: string) =>
    spawnSync(process.execPath, ['--import', './test/mutants/load.ts', '--input-type=module', '--eval', program], {
      cwd: ROOT,
      env: { ...process.env, FORGELINE_MUTANT: mutant },
      encoding: 'utf8',
    });
  assert.equal(run('').stdout.trim(), 'true');
  assert.equal(run('shop-shows-others-orders').stdout.trim(), 'false');
  const unknown = run('no-such-mutant');
  assert.notEqual(unknown.status, 0);
  assert.match(unknown.stderr, /There is no mutant "no-such-mutant"/);
});
