import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Part } from '#platform/lifecycle';
import { type Binaries, postgresBinaries } from './binaries.ts';
import { adminPassword, createCluster } from './cluster.ts';
import { type InstanceLock, lockInstance } from './instance-lock.ts';
import { findLauncher, type Launcher, takeOwnership } from './launcher.ts';
import { openDatabase } from './pool.ts';
import { choosePort, rememberPort } from './port.ts';
import { isAlive, readPostmaster, stopOrphan, stopProcess, until } from './postmaster.ts';
import { roomUrl } from './url.ts';

export interface EmbeddedOptions {
  /** Everything lies in here; the folder may be moved or copied while stopped. */
  dataDir: string;
  /** Default: the one used last time, else a free one; it changes when somebody else has taken it. */
  port?: number;
  /** Of postgresql.conf, e.g. `{ fsync: 'off' }`; they win over ours. */
  settings?: Record<string, string | number>;
  log?: SupervisorLog;
  /** For tests: how to start programs here. */
  launcher?: Launcher;
}

export interface SupervisorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface EmbeddedPostgres extends Part {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends PostgreSQL at once and synchronously, without a checkpoint: for the `exit` handler of one who deletes the data. */
  abandon(): void;
  /** `postgres://forgeline_admin:…@127.0.0.1:port/forgeline`. Throws before `start` has resolved. */
  readonly adminUrl: string;
  /** The same for a room's role. */
  roomUrl(room: string, password: string): string;
}

const ADMIN = 'forgeline_admin';
const DATABASE = 'forgeline';
/** A start right after everything was killed finds the dead server's shared memory still attached for a moment. */
const START_ATTEMPTS = 6;
const FIRST_RETRY_MS = 250;
const RESTART_MS = 1_000;
const ABANDON_MS = 3_000;
const READY_MS = 60_000;
const LOG_LIMIT_BYTES = 20_000_000;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: 1.1,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
} as const;

/**
 * PostgreSQL as a child of this process: no installation, no other user, no root needed (and none in the way).
 *
 * `start` makes the cluster when there is none, stops the orphan of a killed process, and resolves when PostgreSQL
 * answers; a second start on the same folder fails naming the first one's pid. A crash while running is logged and
 * PostgreSQL is started again on the same port; pools reconnect by themselves.
 */
export function embeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const server = new Server(options);
  return {
    name: 'postgres',
    start: () => server.start(),
    stop: () => server.stop(),
    abandon: () => server.abandon(),
    get adminUrl() {
      return server.adminUrl;
    },
    roomUrl: (room, password) => roomUrl(server.adminUrl, room, password),
  };
}

/**
 * The administrator's address of the PostgreSQL that another process runs in this folder: for tools that look at a running
 * installation. `absent`: there is no cluster; `stopped`: nobody runs it.
 */
export function runningPostgres(dataDir: string): { adminUrl: string } | 'stopped' | 'absent' {
  const cluster = join(dataDir, 'cluster');
  if (!existsSync(cluster)) return 'absent';
  const postmaster = readPostmaster(cluster);
  if (!postmaster?.ready || !isAlive(postmaster.pid)) return 'stopped';
  return { adminUrl: adminUrlOf(dataDir, postmaster.port, DATABASE) };
}

function adminUrlOf(folder: string, port: number, database: string): string {
  return `postgres://${ADMIN}:${adminPassword(folder)}@127.0.0.1:${port}/${database}`;
}

class Server {
  readonly #options: EmbeddedOptions;
  readonly #log: SupervisorLog | undefined;
  #binaries!: Binaries;
  #launcher!: Launcher;
  #folder!: string;
  #lock: InstanceLock | undefined;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #adminUrl: string | undefined;
  #stopping = false;
  #restart: Promise<void> | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  get adminUrl(): string {
    if (!this.#adminUrl) throw new Error('The embedded PostgreSQL has not been started');
    return this.#adminUrl;
  }

  get #cluster(): string {
    return join(this.#folder, 'cluster');
  }

  async start(): Promise<void> {
    this.#stopping = false;
    this.#binaries = postgresBinaries();
    this.#launcher = this.#options.launcher ?? findLauncher();
    mkdirSync(this.#options.dataDir, { recursive: true });
    this.#folder = realpathSync(this.#options.dataDir);
    this.#lock = lockInstance(this.#folder);
    try {
      await this.#startLocked();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restart;
    await this.#stopChild();
    this.#lock?.release();
    this.#lock = undefined;
  }

  abandon(): void {
    this.#stopping = true;
    const pid = this.#child?.pid;
    if (!pid) return;
    process.kill(pid, 'SIGQUIT');
    const deadline = performance.now() + ABANDON_MS;
    while (isAlive(pid) && performance.now() < deadline)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }

  async #startLocked(): Promise<void> {
    await this.#stopOrphan();
    if (existsSync(this.#cluster)) takeOwnership(this.#cluster, this.#launcher.owner);
    else await this.#initialise();
    this.#refuseOtherVersions();
    await this.#spawnWithRetries();
    await createDatabase(adminUrlOf(this.#folder, this.#port!, 'postgres'));
    this.#adminUrl = adminUrlOf(this.#folder, this.#port!, DATABASE);
  }

  async #stopOrphan(): Promise<void> {
    const orphan = await stopOrphan(this.#cluster);
    if (orphan) this.#log?.warn({ pid: orphan.pid }, 'Stopped the PostgreSQL that a killed process left behind');
  }

  async #initialise(): Promise<void> {
    await createCluster({
      folder: this.#folder,
      cluster: this.#cluster,
      admin: ADMIN,
      command: [...this.#launcher.prefix, this.#binaries.initdb],
      owner: this.#launcher.owner,
    });
    this.#log?.info({ dataDir: this.#folder }, 'Made a new PostgreSQL cluster');
  }

  #refuseOtherVersions(): void {
    const found = readFileSync(join(this.#cluster, 'PG_VERSION'), 'utf8').trim();
    if (found === this.#binaries.major) return;
    throw new Error(
      `${this.#cluster} was written by PostgreSQL ${found}, this is ${this.#binaries.major}: ` +
        'move the data with pg_dump and pg_restore, or start with another data folder',
    );
  }

  async #spawnWithRetries(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#port = await choosePort(this.#folder, this.#options.port);
      const failure = await this.#spawn(this.#port);
      if (!failure) return rememberPort(this.#folder, this.#port);
      if (attempt === START_ATTEMPTS || this.#stopping) throw new Error(`PostgreSQL does not start: ${failure}`);
      this.#log?.warn({ attempt, failure }, 'PostgreSQL did not start; trying again');
      // One that was just being started when its parent was killed comes up only now.
      await this.#stopOrphan();
      await pause(FIRST_RETRY_MS * 2 ** (attempt - 1));
    }
  }

  /** Starts PostgreSQL and waits until it is ready. Answers why not, in PostgreSQL's words. */
  async #spawn(port: number): Promise<string | undefined> {
    const logFile = join(this.#folder, 'postgres.log');
    const logStart = rotate(logFile);
    const output = openSync(logFile, 'a', 0o600);
    const [command, ...prefix] = [...this.#launcher.prefix, this.#binaries.postgres];
    const child = spawn(command!, [...prefix, '-D', this.#cluster, '-p', `${port}`, ...this.#settings()], {
      // A session of its own: Ctrl-C reaches only us, and PostgreSQL stops after the last part has.
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const state = { ended: false };
    child.once('error', () => {
      state.ended = true;
    });
    child.once('exit', () => {
      state.ended = true;
      this.#onExit(child);
    });
    const ready = () => state.ended || this.#isReady(child);
    await until(ready, READY_MS);
    if (state.ended || !this.#isReady(child)) {
      child.kill('SIGQUIT');
      return lastFatal(logFile, logStart);
    }
    this.#child = child;
    child.unref();
    return undefined;
  }

  #isReady(child: ChildProcess): boolean {
    const postmaster = readPostmaster(this.#cluster);
    return postmaster?.pid === child.pid && postmaster?.ready === true;
  }

  #settings(): string[] {
    const settings = { ...SETTINGS, ...this.#options.settings };
    return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }

  #onExit(child: ChildProcess): void {
    if (child !== this.#child || this.#stopping) return;
    this.#child = undefined;
    this.#log?.error({ exitCode: child.exitCode, signal: child.signalCode }, 'PostgreSQL ended by itself; restarting');
    this.#restart = this.#restartUntilItRuns();
  }

  /** The same port, or the pools would never find it. */
  async #restartUntilItRuns(): Promise<void> {
    while (!this.#stopping) {
      const failure = await this.#spawn(this.#port!);
      if (!failure) return this.#log?.info({ port: this.#port }, 'PostgreSQL runs again');
      this.#log?.error({ failure }, 'PostgreSQL does not come back; trying again');
      await pause(RESTART_MS);
    }
  }

  async #stopChild(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    await stopProcess(child.pid!);
    await ended;
  }
}

async function createDatabase(url: string): Promise<void> {
  const { sql, end } = openDatabase({ url, room: 'supervisor', max: 1 });
  try {
    const [known] = await sql`select from pg_database where datname = ${DATABASE}`;
    if (known) return;
    await sql`revoke connect, temporary on database postgres, template1 from public`;
    await sql`create database ${sql(DATABASE)}`;
    await sql`revoke all on database ${sql(DATABASE)} from public`;
  } finally {
    await end();
  }
}

/** Where the new run's lines begin. */
function rotate(logFile: string): number {
  const size = existsSync(logFile) ? statSync(logFile).size : 0;
  if (size < LOG_LIMIT_BYTES) return size;
  rmSync(`${logFile}.1`, { force: true });
  renameSync(logFile, `${logFile}.1`);
  return 0;
}

function lastFatal(logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString().trim().split('\n');
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}
