import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import type { Launcher } from './launcher.ts';
import { choosePort, rememberPort } from './port.ts';
import { isAlive, readPostmaster, stopOrphan, stopProcess, until } from './postmaster.ts';

export interface SupervisorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface ProcessOptions {
  /** Holds `cluster/`, `port` and `postgres.log`. */
  folder: string;
  binaries: Binaries;
  launcher: Launcher;
  /** Of postgresql.conf. */
  settings: Record<string, string | number>;
  /** What the log calls it. Default: PostgreSQL. */
  title?: string;
  log?: SupervisorLog | undefined;
}

/** A start right after everything was killed finds the dead server's shared memory still attached for a moment. */
const START_ATTEMPTS = 6;
const FIRST_RETRY_MS = 250;
const RESTART_MS = 1_000;
const ABANDON_MS = 3_000;
const READY_MS = 60_000;
const LOG_LIMIT_BYTES = 20_000_000;

/** One PostgreSQL as a child of this process, started again when it ends by itself. */
export class PostgresProcess {
  readonly #options: ProcessOptions;
  readonly #title: string;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #stopping = false;
  #restart: Promise<void> | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#title = options.title ?? 'PostgreSQL';
  }

  get cluster(): string {
    return join(this.#options.folder, 'cluster');
  }

  /** Once started. */
  get port(): number {
    if (!this.#port) throw new Error(`${this.#title} has not been started`);
    return this.#port;
  }

  /** Stops the server that a killed process left behind on the same data. */
  async stopOrphan(): Promise<void> {
    const orphan = await stopOrphan(this.cluster);
    if (!orphan) return;
    this.#options.log?.warn({ pid: orphan.pid }, `Stopped the ${this.#title} that a killed process left behind`);
  }

  /** Resolves when it answers. Rejects with PostgreSQL's own words after several attempts. */
  async start(wantedPort?: number): Promise<void> {
    this.#stopping = false;
    const { folder, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      this.#port = await choosePort(folder, wantedPort);
      const failure = await this.#spawn(this.#port);
      if (!failure) return rememberPort(folder, this.#port);
      if (attempt === START_ATTEMPTS || this.#stopping) throw new Error(`${this.#title} does not start: ${failure}`);
      log?.warn({ attempt, failure }, `${this.#title} did not start; trying again`);
      // One that was just being started when its parent was killed comes up only now.
      await this.stopOrphan();
      await pause(FIRST_RETRY_MS * 2 ** (attempt - 1));
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restart;
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    await stopProcess(child.pid!);
    await ended;
  }

  /** Ends it at once and synchronously, without a checkpoint. */
  abandon(): void {
    this.#stopping = true;
    const pid = this.#child?.pid;
    if (!pid) return;
    process.kill(pid, 'SIGQUIT');
    const deadline = performance.now() + ABANDON_MS;
    while (isAlive(pid) && performance.now() < deadline)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }

  /** Starts PostgreSQL and waits until it is ready. Answers why not, in PostgreSQL's words. */
  async #spawn(port: number): Promise<string | undefined> {
    const { folder, launcher, binaries, settings } = this.#options;
    const logFile = join(folder, 'postgres.log');
    const logStart = rotate(logFile);
    const output = openSync(logFile, 'a', 0o600);
    const [command, ...prefix] = [...launcher.prefix, binaries.postgres];
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(command!, [...prefix, '-D', this.cluster, '-p', `${port}`, ...flags], {
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
    const postmaster = readPostmaster(this.cluster);
    return postmaster?.pid === child.pid && postmaster?.ready === true;
  }

  #onExit(child: ChildProcess): void {
    if (child !== this.#child || this.#stopping) return;
    this.#child = undefined;
    const { exitCode, signalCode: signal } = child;
    this.#options.log?.error({ exitCode, signal }, `${this.#title} ended by itself; restarting`);
    this.#restart = this.#restartUntilItRuns();
  }

  /** The same port, or the pools would never find it. */
  async #restartUntilItRuns(): Promise<void> {
    while (!this.#stopping) {
      const failure = await this.#spawn(this.port);
      if (!failure) return this.#options.log?.info({ port: this.#port }, `${this.#title} runs again`);
      this.#options.log?.error({ failure }, `${this.#title} does not come back; trying again`);
      await pause(RESTART_MS);
    }
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
