/**
 * The servers that tests and the split demo need besides npm: RabbitMQ and Chromium.
 *
 * `npm run provision` says what is there and, on Debian as root, installs what is missing. Tests ask `requireServer`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface Server {
  /** What a caller gets: RabbitMQ's folder of programs, Chromium's program. */
  paths: string[];
  packages: string[];
  elsewhere: string;
}

const SERVERS = {
  rabbitmq: {
    paths: ['/usr/lib/rabbitmq/bin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'],
    packages: ['rabbitmq-server'],
    elsewhere: 'https://www.rabbitmq.com/docs/download (3.10 or newer; it need not run)',
  },
  chromium: {
    paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
    packages: ['chromium', 'fonts-dejavu-core'],
    elsewhere: 'your system’s package of Chromium or Chrome',
  },
} as const satisfies Record<string, Server>;

export type ServerName = keyof typeof SERVERS;

/** Overrides, for servers in other places. */
const VARIABLES = { rabbitmq: 'FORGELINE_RABBITMQ_PROGRAMS', chromium: 'FORGELINE_CHROMIUM' } as const;

/** Where it is; null when it is not installed. */
export function findServer(name: ServerName): string | null {
  const places = [process.env[VARIABLES[name]], ...SERVERS[name].paths];
  return places.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** For tests: null means skip, with a message; on CI (CI=true) a missing server throws, so that nothing is skipped there. */
export function requireServer(name: ServerName): string | null {
  const found = findServer(name);
  if (found === null && process.env['CI'] === 'true') throw new Error(howToGet([name]));
  return found;
}

function howToGet(missing: readonly ServerName[]): string {
  const packages = missing.flatMap((name) => SERVERS[name].packages);
  const elsewhere = missing.map((name) => `  ${name}: ${SERVERS[name].elsewhere}, or its path in ${VARIABLES[name]}`);
  return [
    `Missing: ${missing.join(', ')}.`,
    `On Debian or Ubuntu, as root: apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`,
    'Elsewhere:',
    ...elsewhere,
  ].join('\n');
}

/** Installs what is missing where it can, else says what is. True when nothing is missing any more. */
export function provision(): boolean {
  const names = Object.keys(SERVERS) as ServerName[];
  const missing = names.filter((name) => findServer(name) === null);
  if (missing.length > 0 && canInstall()) install(missing.flatMap((name) => SERVERS[name].packages));
  for (const name of names) console.log(`${name}: ${findServer(name) ?? 'missing'}`);
  const left = names.filter((name) => findServer(name) === null);
  if (left.length > 0) console.error(howToGet(left));
  return left.length === 0;
}

function canInstall(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release') || !existsSync('/usr/bin/apt-get')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function install(packages: string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...given: string[]) => spawnSync('apt-get', given, { stdio: 'inherit', env: environment });
  apt('update', '-q');
  apt('install', '-y', '-q', '--no-install-recommends', ...packages);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = provision() ? 0 : 1;
