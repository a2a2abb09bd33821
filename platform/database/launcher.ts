import { spawnSync } from 'node:child_process';
import { chownSync, lchownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How PostgreSQL's programs are started here: a prefix of the command line, and who owns the files then. */
export interface Launcher {
  /** Goes before the program; empty when the program runs as it is. */
  prefix: string[];
  /** The owner that the data directory must have; undefined leaves it. */
  owner?: number;
}

/** PostgreSQL stops (fast shutdown) as soon as the process that started it is gone. Linux only. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'SIGINT'];
const NOBODY = 65_534;

/**
 * PostgreSQL refuses to run as root, so root starts it in a user namespace of its own, where it is nobody: files stay
 * root's. Containers that forbid namespaces get a real nobody, who keeps the right to pass through root's folders.
 */
export function findLauncher(): Launcher {
  if (process.getuid?.() !== 0) return { prefix: works(DIES_WITH_PARENT) ? DIES_WITH_PARENT : [] };
  const launcher = ROOT_LAUNCHERS.find(({ prefix }) => works(prefix));
  if (launcher) return launcher;
  throw new Error(
    'PostgreSQL refuses to run as root, and neither unshare nor setpriv works here: ' +
      'start Forgeline as an ordinary user, or set DATABASE_URL',
  );
}

/** In the order of preference; exported for the tests. */
export const ROOT_LAUNCHERS: readonly Launcher[] = [
  {
    prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, ...DIES_WITH_PARENT],
    owner: 0,
  },
  {
    prefix: [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      '--pdeathsig',
      'SIGINT',
    ],
    owner: NOBODY,
  },
];

function works([command, ...options]: string[]): boolean {
  return spawnSync(command!, [...options, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Gives a folder that was copied or first run in another way to the owner that PostgreSQL will see itself as. */
export function takeOwnership(folder: string, owner: number | undefined): void {
  if (owner === undefined || statSync(folder).uid === owner) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), owner, owner);
  }
  chownSync(folder, owner, owner);
}
