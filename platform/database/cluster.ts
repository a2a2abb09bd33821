import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The administrator's password, made with the cluster and kept beside it, readable by its owner only. */
export function adminPassword(folder: string): string {
  try {
    return readFileSync(passwordFile(folder), 'utf8').trim();
  } catch (cause) {
    throw new Error(`${passwordFile(folder)} is missing: copy it together with the cluster`, { cause });
  }
}

function passwordFile(folder: string): string {
  return join(folder, 'admin.password');
}

const UNFINISHED = 'cluster.new-';

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(UNFINISHED))) {
    try {
      rmSync(join(folder, name), { recursive: true });
    } catch {
      // Still being written to; the next new cluster finds it.
    }
  }
}

interface NewCluster {
  folder: string;
  cluster: string;
  admin: string;
  /** initdb with what goes before it. */
  command: string[];
  owner: number | undefined;
}

/**
 * Runs initdb beside the final place and renames: a cluster that is there is a whole one. The place is new each time, for the
 * initdb of a process that was killed may still be writing to the last one.
 */
export async function createCluster({ folder, cluster, admin, command, owner }: NewCluster): Promise<void> {
  removeUnfinished(folder);
  const unfinished = mkdtempSync(join(folder, UNFINISHED));
  if (owner !== undefined) chownSync(unfinished, owner, owner);
  writeFileSync(passwordFile(folder), `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  const [program, ...prefix] = command;
  const options = ['--auth=scram-sha-256', '--locale=C.UTF-8', '--encoding=UTF8', `--username=${admin}`];
  const initdb = spawn(program!, [...prefix, ...options, `--pwfile=${passwordFile(folder)}`, '-D', unfinished], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [complaint, [code]] = await Promise.all([text(initdb.stderr), once(initdb, 'exit')]);
  if (code !== 0) throw new Error(`initdb failed: ${complaint.trim()}`);
  renameSync(unfinished, cluster);
}
