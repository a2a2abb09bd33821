import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeBracket, makeRing } from './geometry/index.ts';

const COMMAND = fileURLToPath(new URL('../../app/cli/quote.ts', import.meta.url));
const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
const BRACKET = makeBracket({ leg: 40, thickness: 3, width: 25, fold: 4 });

let folder: string;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'forgeline-quote-'));
  writeFileSync(path.join(folder, 'ring.stl'), RING.stl);
  writeFileSync(path.join(folder, 'bracket.STL'), BRACKET.stl);
});
after(() => rmSync(folder, { recursive: true }));

function quote(...args: string[]): { status: number | null; stdout: string; results: Record<string, unknown>[] } {
  const { status, stdout } = spawnSync(process.execPath, [COMMAND, ...args], { cwd: folder, encoding: 'utf8' });
  const lines = args.includes('--json') ? stdout.trim().split('\n') : [];
  return { status, stdout, results: lines.map((line) => JSON.parse(line)) };
}

describe('npm run quote', () => {
  test('prices a file without a server', () => {
    const { status, results } = quote(
      'ring.stl',
      '--unit',
      'mm',
      '--material',
      'gold-585',
      '--quantity',
      '2',
      '--currency',
      'USD',
      '--json',
    );
    assert.equal(status, 0);
    const result = results[0]!;
    assert.equal(result['file'], 'ring.stl');
    assert.equal(result['sha256'], createHash('sha256').update(RING.stl).digest('hex'));
    assert.equal(result['verdict'], 'closed');
    const price = result['price'] as {
      total: { minor: number; currency: string };
      items: { minor: number };
      sample: boolean;
    };
    assert.equal(price.total.currency, 'USD');
    assert.ok(Number.isSafeInteger(price.total.minor) && price.total.minor > price.items.minor);
    assert.equal(price.sample, true);
  });

  test('prices a file of which nothing else is said, and says what it took for granted', () => {
    const { status, results } = quote('ring.stl', '--json');
    assert.equal(status, 0);
    assert.deepEqual(results[0]!['warnings'], ['unit.assumed', 'material.assumed']);
    assert.equal((results[0]!['price'] as { material: string }).material, 'pa12');
  });

  test('prices a folder, one object for each file', () => {
    const { status, results } = quote('.', '--unit', 'mm', '--material', 'pa12', '--json');
    assert.equal(status, 0);
    assert.deepEqual(
      results.map(({ file }) => file),
      ['bracket.STL', 'ring.stl'],
    );
  });

  test('ends with 2 when a person has to look first', () => {
    const { status, results } = quote('ring.stl', '--unit', 'm', '--material', 'pa12', '--json');
    assert.equal(status, 2);
    assert.equal(results[0]!['price'], null);
    assert.equal((results[0]!['problem'] as { code: string }).code, 'model.too_big');
  });

  test('ends with 3 when it is refused, with the reason and what to do', () => {
    const broken = path.join(folder, 'broken.txt');
    writeFileSync(broken, RING.stl.subarray(0, 1000));
    const cases: [string[], string][] = [
      [[broken, '--unit', 'mm', '--material', 'pa12'], 'model.truncated'],
      [['ring.stl', '--unit', 'mm', '--material', 'cheese'], 'request.invalid'],
      [['ring.stl', '--unit', 'furlong', '--material', 'pa12'], 'request.invalid'],
      [['ring.stl', '--unit', 'mm', '--material', 'pa12', '--quantity', '0'], 'request.invalid'],
      [['ring.stl', '--unit', 'mm', '--material', 'pa12', '--colour', 'red'], 'request.invalid'],
      [['nowhere.stl', '--unit', 'mm', '--material', 'pa12'], 'file.not_found'],
      [['--unit', 'mm', '--material', 'pa12'], 'request.invalid'],
    ];
    for (const [args, code] of cases) {
      const { status, results } = quote(...args, '--json');
      assert.equal(status, 3, args.join(' '));
      assert.equal(results[0]!['code'], code);
      assert.ok(String(results[0]!['message']).length > 5 && String(results[0]!['hint']).length > 5);
    }
  });

  test('a missing file is refused in its turn, the others are quoted', () => {
    const { status, results } = quote('nowhere.stl', 'ring.stl', '--unit', 'mm', '--material', 'pa12', '--json');
    assert.equal(status, 3);
    assert.deepEqual([results[0]!['file'], results[0]!['code']], ['nowhere.stl', 'file.not_found']);
    assert.ok(results[1]!['price']);
  });

  test('shows a person a table', () => {
    const { status, stdout } = quote('ring.stl', '--unit', 'mm', '--material', 'silver-925');
    assert.equal(status, 0);
    assert.match(stdout, /volume +365\.2187 mm³/);
    assert.match(stdout, /Total +€/);
    assert.match(stdout, /a sample/);
  });
});
