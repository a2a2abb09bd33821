/**
 * The servers that tests and the split demo need besides npm: RabbitMQ, haproxy and Chromium.
 *
 * `npm run provision` says what is there and, on Debian as root, installs what is missing. Tests ask `requireServer`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { EXTERNAL_SERVERS, type ExternalServerName, findServer, howToGet } from '#platform/testing';

export { requireServer } from '#platform/testing';

/** Installs what is missing where it can, else says what is. True when nothing is missing any more. */
export function provision(): boolean {
  const names = Object.keys(EXTERNAL_SERVERS) as ExternalServerName[];
  const missing = names.filter((name) => findServer(name) === null);
  if (missing.length > 0 && canInstall()) install(missing.flatMap((name) => EXTERNAL_SERVERS[name].packages));
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
