import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type House, inspect, RULES, type SourceFile } from './house/rules.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SOURCES = ['app', 'contracts', 'platform', 'modules', 'ui', 'bench', 'test'];
const doors = (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { imports: Record<string, string> })
  .imports;

function sources(): SourceFile[] {
  return SOURCES.flatMap((top) =>
    readdirSync(path.join(ROOT, top), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(top, name.split(path.sep).join('/')))
      .filter((file) => /\.tsx?$/.test(file) && !/(^|\/)(node_modules|dist|fixtures)\//.test(file))
      .map((file) => ({ path: file, text: readFileSync(path.join(ROOT, file), 'utf8') })),
  );
}

test('the house keeps its rules', () => {
  const files = sources();
  assert.ok(files.length > 50, 'the walk over the sources found next to nothing');
  const found = inspect({ files, doors }).map(({ rule, file, message }) => `${file}: ${message} [${rule}]`);
  assert.deepEqual(found, []);
});

test('every room and every part of the platform has a README of one screen', () => {
  const folders = ['modules', 'platform', 'ui']
    .flatMap((top) =>
      readdirSync(path.join(ROOT, top), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'dist')
        .map((entry) => `${top}/${entry.name}`),
    )
    .concat('modules/pricing/geometry', 'app', 'bench', 'test', 'contracts');
  for (const folder of folders) {
    const readme = path.join(ROOT, folder, 'README.md');
    assert.ok(
      existsSync(readme),
      `${folder}/README.md is missing: what it owns, says, hears, its tables and invariants`,
    );
    const lines = readFileSync(readme, 'utf8').split('\n').length;
    assert.ok(lines <= 70, `${folder}/README.md has ${lines} lines; one screen is enough`);
  }
});

// One fixture a rule: the smallest house that breaks it. A rule that lets its fixture pass checks nothing.
const file = (name: string, text: string): SourceFile => ({ path: name, text });
const FIXTURES: Record<string, SourceFile[]> = {
  'import table': [file('modules/orders/a.ts', "import { x } from '#crm';\n")],
  doors: [file('modules/orders/a.ts', "import { x } from '../../platform/bus/feed.ts';\n")],
  'no circles': [file('app/a.ts', "import './b.ts';\n"), file('app/b.ts', "import './a.ts';\n")],
  'no export *': [file('platform/bus/index.ts', "export * from './feed.ts';\n")],
  'no vague names': [file('modules/crm/utils.ts', '')],
  ceiling: [file('modules/crm/long.ts', 'x;\n'.repeat(501))],
  finished: [file('modules/crm/later.ts', `// ${['FIX', 'ME'].join('')} one day\n`)],
  'role only in app': [file('platform/bus/a.ts', "if (process.argv.includes('--role=all')) fast();\n")],
  'own schema': [file('modules/crm/store.ts', 'const q = sql`select * from orders.orders`;\n')],
};

test('every rule has a fixture', () => {
  assert.deepEqual(Object.keys(FIXTURES).sort(), Object.keys(RULES).sort());
});
for (const [rule, files] of Object.entries(FIXTURES)) {
  test(`"${rule}" catches its fixture`, () => {
    const house: House = { files, doors };
    assert.notDeepEqual(RULES[rule]!(house), []);
  });
}

// Each row of the import table from its refused side.
const REFUSED: [string, string][] = [
  ['contracts/a.ts', '#platform/bus'],
  ['contracts/a.ts', 'node:fs'],
  ['platform/bus/a.ts', '#orders'],
  ['modules/crm/a.ts', '#orders'],
  ['modules/pricing/geometry/a.ts', '#platform/database'],
  ['modules/pricing/geometry/a.ts', 'fastify'],
  ['ui/crm/a.tsx', '#crm'],
  ['ui/crm/a.tsx', '../mes/b.tsx'],
  ['ui/crm/a.tsx', 'node:fs'],
  ['app/a.ts', '../ui/kit/index.ts'],
  ['app/a.ts', '../test/house/rules.ts'],
];
for (const [from, specifier] of REFUSED) {
  test(`${from} may not import ${specifier}`, () => {
    const files = [file(from, `import { x } from '${specifier}';\n`)];
    assert.notDeepEqual(RULES['import table']!({ files, doors }), []);
  });
}
