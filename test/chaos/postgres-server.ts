import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openDatabase, type Sql } from '#platform/database';

/** A PostgreSQL server under a supervisor of its own, which can be killed like anything else. */
export interface PostgresServer {
  /** The administrator's; the same after every restart. */
  readonly adminUrl: string;
  readonly port: number;
  /** As administrator, past every wall; for looking from outside. */
  readonly sql: Sql;
  /** Of PostgreSQL itself. Throws when it does not run. */
  postmaster(): number;
  /** Kills the supervisor, so that PostgreSQL is an orphan. Resolves when the supervisor is gone. */
  orphan(): Promise<void>;
  /** Starts a supervisor again; it deals with what the one before left behind. */
  supervise(): Promise<void>;
  stop(): Promise<void>;
}

const SCRIPT = path.join(import.meta.dirname, 'run-postgres.ts');
/** The machine does not fail here, only processes do: what PostgreSQL has written survives without fsync. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: 400, shared_buffers: '64MB' };

export async function startPostgresServer(dir: string): Promise<PostgresServer> {
  const logFile = path.join(dir, '..', `${path.basename(dir)}-supervisor.log`);
  let child: ChildProcess;

  async function supervise(): Promise<string> {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, [SCRIPT, dir, JSON.stringify(SETTINGS)], { stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    const lines = createInterface({ input: child.stdout! });
    const failed = once(child, 'exit').then(() => {
      throw new Error(`The supervisor of ${dir} ended:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    });
    const [line] = (await Promise.race([once(lines, 'line'), failed])) as [string];
    failed.catch(() => undefined);
    return (JSON.parse(line) as { adminUrl: string }).adminUrl;
  }

  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const adminUrl = await supervise();
  const { sql, end } = openDatabase({ url: adminUrl, room: 'observer', role: 'chaos', max: 4 });

  async function finish(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  return {
    adminUrl,
    port: Number(new URL(adminUrl).port),
    sql,
    postmaster: () => Number(readFileSync(path.join(dir, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]),
    orphan: () => finish('SIGKILL'),
    async supervise() {
      const now = await supervise();
      if (now !== adminUrl) throw new Error(`PostgreSQL came back at another address: ${new URL(now).host}`);
    },
    async stop() {
      process.off('exit', killAtExit);
      await end();
      await finish('SIGTERM');
    },
  };
}
