import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openDatabase, type Sql } from '#platform/database';

/** A PostgreSQL server with its replica under a supervisor of its own, which can be killed like anything else. */
export interface PostgresServer {
  /** The administrator's; the same after every restart. */
  readonly adminUrl: string;
  readonly replicaUrl: string;
  /** As administrator, past every wall; for looking from outside. */
  readonly sql: Sql;
  /** The same on the replica. */
  readonly replicaSql: Sql;
  /** Of PostgreSQL itself. Throws when it does not run. */
  postmaster(): number;
  replicaPostmaster(): number;
  /** Kills the supervisor, so that PostgreSQL is an orphan. Resolves when the supervisor is gone. */
  orphan(): Promise<void>;
  /** Starts a supervisor again; it deals with what the one before left behind. */
  supervise(): Promise<void>;
  stop(): Promise<void>;
}

const SCRIPT = path.join(import.meta.dirname, 'run-postgres.ts');
/** The machine does not fail here, only processes do: what PostgreSQL has written survives without fsync. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: 400, shared_buffers: '64MB' };

interface Addresses {
  adminUrl: string;
  replicaUrl: string;
}

export async function startPostgresServer(dir: string): Promise<PostgresServer> {
  const logFile = path.join(dir, '..', `${path.basename(dir)}-supervisor.log`);
  let child: ChildProcess;

  async function supervise(): Promise<Addresses> {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, [SCRIPT, dir, JSON.stringify({ settings: SETTINGS, replicas: 1 })], {
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    const lines = createInterface({ input: child.stdout! });
    const failed = once(child, 'exit').then(() => {
      throw new Error(`The supervisor of ${dir} ended:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    });
    const [line] = (await Promise.race([once(lines, 'line'), failed])) as [string];
    failed.catch(() => undefined);
    const { adminUrl, replicaUrls } = JSON.parse(line) as { adminUrl: string; replicaUrls: [string] };
    return { adminUrl, replicaUrl: replicaUrls[0] };
  }

  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const addresses = await supervise();
  const open = (url: string) => openDatabase({ url, room: 'observer', role: 'chaos', max: 4 });
  const [primary, replica] = [open(addresses.adminUrl), open(addresses.replicaUrl)];
  const pidIn = (folder: string) =>
    Number(readFileSync(path.join(dir, folder, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);

  async function finish(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  return {
    ...addresses,
    sql: primary.sql,
    replicaSql: replica.sql,
    postmaster: () => pidIn('.'),
    replicaPostmaster: () => pidIn('replica-1'),
    orphan: () => finish('SIGKILL'),
    async supervise() {
      const now = await supervise();
      if (now.adminUrl !== addresses.adminUrl || now.replicaUrl !== addresses.replicaUrl) {
        throw new Error(`PostgreSQL came back at another address: ${JSON.stringify(now)}`);
      }
    },
    async stop() {
      process.off('exit', killAtExit);
      await Promise.all([primary.end(), replica.end()]);
      await finish('SIGTERM');
    },
  };
}
