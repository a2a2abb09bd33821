/**
 * `npm test [-- FILE…]`: provides what the tests need, builds the faces, then runs every `*.test.ts`.
 * One PostgreSQL server serves all files (each clones a template database); it ends with this process.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { startTestServer } from '#platform/testing';
import { provision } from './provision.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PATTERNS = ['app', 'contracts', 'platform', 'modules', 'ui', 'bench', 'test'].map((top) => `${top}/**/*.test.ts`);
/** Two files at a time: more only makes the browser and the broker wait for each other on two cores. */
const CONCURRENCY = 2;
/** Those that start an installation of sixteen processes and allow it no failed request: nothing runs beside them. */
const ALONE = ['test/several-copies.test.ts'];

function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

await provision();
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync(PATTERNS, { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
if (files.length === 0) throw new Error('No test file was found.');

const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
const built = await runNode([vite, 'build', '--config', 'ui/vite.config.ts', '--logLevel', 'warn'], process.env);
if (built !== 0) process.exit(built);

const postgres = await startTestServer();
const options = [
  '--import',
  './test/overdue.ts',
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  '--test-timeout=600000',
];
const env = { ...process.env, FORGELINE_TEST_POSTGRES: postgres.url };
const isAlone = (file: string): boolean => ALONE.includes(path.relative(ROOT, path.resolve(ROOT, file)));
let failed = false;
for (const group of [files.filter((file) => !isAlone(file)), files.filter(isAlone)]) {
  if (group.length > 0 && (await runNode([...options, ...group], env)) !== 0) failed = true;
}
await postgres.stop();
process.exitCode = failed ? 1 : 0;
