import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../app/main.ts');
/** Linux counts a process's CPU in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Forgeline as a process of its own with the demo's people, so that the load generator's CPU is not counted. */
export interface Subject {
  origin: string;
  /** CPU seconds since the start: the program, and the PostgreSQL under it. */
  cpuSeconds(): { program: number; postgres: number };
  /** Of the PostgreSQL behind it. */
  postgresVersion(): string;
  stop(): Promise<void>;
}

export async function startSubject(): Promise<Subject> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-bench-'));
  const port = await freePort();
  const args = [MAIN, `--data-dir=${dataDir}`, `--port=${port}`, '--demo'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const origin = `http://127.0.0.1:${port}`;
  await until('the demo is seeded', child, () => logOf(dataDir).includes('"event":"demo.seeded"'));
  return {
    origin,
    cpuSeconds: () => ({ program: cpuOf(child.pid!), postgres: postgresCpu(dataDir) }),
    postgresVersion: () => readFileSync(path.join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8').trim(),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function logOf(dataDir: string): string {
  try {
    return readFileSync(path.join(dataDir, 'forgeline.log'), 'utf8');
  } catch {
    return '';
  }
}

async function until(what: string, child: ChildProcess, look: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!look()) {
    if (child.exitCode !== null) throw new Error(`The program ended (${child.exitCode}) before ${what}`);
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** User and system time of a process, without its children. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function postgresCpu(dataDir: string): number {
  const postmaster = Number(readFileSync(path.join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  const isOurs = (pid: number): boolean => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return pid === postmaster || parent === postmaster;
  };
  let seconds = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      if (isOurs(pid)) seconds += cpuOf(pid);
    } catch (error) {
      // Processes of others come and go while we look.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return seconds;
}
