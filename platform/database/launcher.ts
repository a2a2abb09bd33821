import { spawnSync } from 'node:child_process';
import { chownSync, lchownSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
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

const IN_NAMESPACE = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, ...DIES_WITH_PARENT];

/**
 * PostgreSQL refuses to run as root, so root starts it in a user namespace of its own, where it is nobody: files stay
 * root's. Containers that forbid namespaces get a real nobody, who keeps the right to pass through root's folders.
 */
export function findLauncher(): Launcher {
  if (process.getuid?.() !== 0) return { prefix: ordinaryPrefix() };
  const launcher = ROOT_LAUNCHERS.find(({ prefix }) => works(prefix));
  if (launcher) return launcher;
  throw new Error(
    'PostgreSQL refuses to run as root, and neither unshare nor setpriv works here: ' +
      'start Forgeline as an ordinary user, or set DATABASE_URL',
  );
}

/** In the order of preference; exported for the tests. */
export const ROOT_LAUNCHERS: readonly Launcher[] = [
  { prefix: IN_NAMESPACE, owner: 0 },
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

/** initdb insists on a name for its user id; containers that run as a bare number have none outside a namespace. */
function ordinaryPrefix(): string[] {
  const prefixes = hasName() ? [DIES_WITH_PARENT] : [IN_NAMESPACE, DIES_WITH_PARENT];
  return prefixes.find(works) ?? [];
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

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
