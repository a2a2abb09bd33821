import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FACES = ['shop', 'crm', 'mes'] as const;

/** Builds the faces of a fresh clone; where they are built already, whatever their age, nothing happens. */
export function ensureFaces(): void {
  const missing = FACES.filter((face) => !existsSync(path.join(ROOT, 'ui/dist', face, 'index.html')));
  if (missing.length === 0) return;
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
  const options = ['build', '--config', 'ui/vite.config.ts', '--logLevel', 'error'];
  const { status, stderr, stdout } = spawnSync(process.execPath, [vite, ...options], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The faces ${missing.join(', ')} could not be built:\n${stdout}${stderr}`);
}
