import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = path.resolve(import.meta.dirname, '../main.ts');
const STOP_WITHIN_MS = 15_000;
const READY_WITHIN_MS = 180_000;

/** One process of Forgeline under a supervisor: `node app/main.ts` with these arguments and this environment. */
export interface ChildOptions {
  /** For messages. */
  name: string;
  args: readonly string[];
  /** Options of Node itself, e.g. `--import=…`. */
  nodeArgs?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Everything it writes to its console. */
  outputFile: string;
  /** Hears of every end of it, wanted or not. */
  onExit?: () => void;
}

export interface Child {
  readonly name: string;
  /** Null when it does not run. */
  readonly pid: number | null;
  start(): void;
  /** Resolves when `origin` says it is ready; rejects with the end of its output when it ends before. */
  ready(origin: string): Promise<void>;
  /** Resolves with the exit code when it ends by itself. */
  finished(): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and resolves when it is gone; after 15 s it is killed. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export function forgelineChild({ name, args, nodeArgs = [], env, outputFile, onExit }: ChildOptions): Child {
  let child: ChildProcess | null = null;

  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;

  function describeEnd(): Error {
    const output = readFileSync(outputFile, 'utf8').slice(-3000);
    const how = child?.signalCode ?? `code ${child?.exitCode}`;
    return new Error(`The process ${name} ended (${how}) before it was ready:\n${output}`);
  }

  return {
    name,
    get pid() {
      return isRunning() ? child!.pid! : null;
    },
    start() {
      const output = openSync(outputFile, 'a');
      child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { env, stdio: ['ignore', output, output] });
      closeSync(output);
      if (onExit) child.once('exit', onExit);
    },
    async ready(origin) {
      const deadline = Date.now() + READY_WITHIN_MS;
      while (!(await saysReady(origin))) {
        if (!isRunning()) throw describeEnd();
        if (Date.now() > deadline) throw new Error(`The process ${name} is not ready after ${READY_WITHIN_MS} ms`);
        await pause(50);
      }
    },
    async finished() {
      if (isRunning()) await once(child!, 'exit');
      return child?.exitCode ?? null;
    },
    signal: (signal) => void child?.kill(signal),
    async end(signal = 'SIGTERM') {
      if (!isRunning()) return;
      const gone = once(child!, 'exit');
      child!.kill(signal);
      const force = setTimeout(() => child!.kill('SIGKILL'), STOP_WITHIN_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

async function saysReady(origin: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(2000) });
    return ok;
  } catch {
    return false;
  }
}
