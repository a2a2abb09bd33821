import { existsSync } from 'node:fs';

interface ExternalServer {
  /** What a caller gets: RabbitMQ's folder of programs, the program of the others. */
  paths: string[];
  packages: string[];
  elsewhere: string;
}

/** Programs that come from the system, not from npm. */
export const EXTERNAL_SERVERS = {
  rabbitmq: {
    paths: ['/usr/lib/rabbitmq/bin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'],
    packages: ['rabbitmq-server'],
    elsewhere: 'https://www.rabbitmq.com/docs/download (3.10 or newer; it need not run)',
  },
  haproxy: {
    paths: ['/usr/sbin/haproxy', '/opt/homebrew/bin/haproxy', '/usr/local/sbin/haproxy'],
    packages: ['haproxy'],
    elsewhere: 'https://www.haproxy.org (2.6 or newer; it need not run)',
  },
  chromium: {
    paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
    packages: ['chromium', 'fonts-dejavu-core'],
    elsewhere: 'your system’s package of Chromium or Chrome',
  },
} as const satisfies Record<string, ExternalServer>;

export type ExternalServerName = keyof typeof EXTERNAL_SERVERS;

/** Overrides, for servers in other places. */
const VARIABLES = {
  rabbitmq: 'FORGELINE_RABBITMQ_PROGRAMS',
  haproxy: 'FORGELINE_HAPROXY',
  chromium: 'FORGELINE_CHROMIUM',
} as const;

/** Where it is; null when it is not installed. */
export function findServer(name: ExternalServerName): string | null {
  const places = [process.env[VARIABLES[name]], ...EXTERNAL_SERVERS[name].paths];
  return places.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** For tests: null means skip, with a message; on CI (CI=true) a missing server throws, so that nothing is skipped there. */
export function requireServer(name: ExternalServerName): string | null {
  const found = findServer(name);
  if (found === null && process.env['CI'] === 'true') throw new Error(howToGet([name]));
  return found;
}

/** For a person: what to install, and where else to look. */
export function howToGet(missing: readonly ExternalServerName[]): string {
  const packages = missing.flatMap((name) => EXTERNAL_SERVERS[name].packages);
  const elsewhere = missing.map(
    (name) => `  ${name}: ${EXTERNAL_SERVERS[name].elsewhere}, or its path in ${VARIABLES[name]}`,
  );
  return [
    `Missing: ${missing.join(', ')}.`,
    `On Debian or Ubuntu, as root: apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`,
    'Elsewhere:',
    ...elsewhere,
  ].join('\n');
}
