import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { percentile } from '../report.ts';

/** What a process took from its start to its end. */
export interface Taken {
  wallMs: number;
  /** User and system. */
  cpuMs: number;
  peakMiB: number;
  stdout: string;
}

export interface Runner {
  /** Runs a command as often as asked and gives the medians; null where there is no such program. Throws when it fails. */
  run(command: readonly string[], times?: number): Taken | null;
  /** The same for a script beside this file under this Node, with its compile cache filled as on a second start. */
  script(name: string, args: readonly string[], times?: number): Taken;
  /** Compiles a C++ source beside this file; null without a compiler or what it needs, which is said on stderr. */
  compile(name: string, flags?: readonly string[]): string | null;
}

const HERE = path.join(import.meta.dirname);

/** Keeps what it builds in `folder`. Throws when there is no C++ compiler for the measuring program itself. */
export function makeRunner(folder: string): Runner {
  const compile: Runner['compile'] = (name, flags = []) => {
    const program = path.join(folder, name);
    const source = path.join(HERE, `${name}.cpp`);
    const built = spawnSync('g++', ['-O3', '-march=native', '-o', program, source, ...flags], { encoding: 'utf8' });
    if (built.status === 0) return program;
    console.error(`${name}.cpp does not compile: ${built.error?.message ?? built.stderr.split('\n')[0]}`);
    return null;
  };
  const measurer = compile('run-measured');
  if (!measurer) throw new Error('The geometry bench needs g++: apt-get install g++');
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(folder, 'compile-cache') };

  const once = (command: readonly string[]): Taken => {
    const report = path.join(folder, 'taken');
    const stdout = execFileSync(measurer, [report, ...command], {
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [wall = 0, cpu = 0, kib = 0, code = 0] = readFileSync(report, 'utf8').split(' ').map(Number);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
    return { wallMs: wall * 1000, cpuMs: cpu * 1000, peakMiB: kib / 1024, stdout };
  };
  const repeated = (command: readonly string[], times: number): Taken => {
    const all = Array.from({ length: times }, () => once(command));
    const median = (of: (taken: Taken) => number) => percentile(all.map(of), 0.5);
    return {
      wallMs: median(({ wallMs }) => wallMs),
      cpuMs: median(({ cpuMs }) => cpuMs),
      peakMiB: Math.max(...all.map(({ peakMiB }) => peakMiB)),
      stdout: all[0]!.stdout,
    };
  };
  return {
    compile,
    run(command, times = 3) {
      if (spawnSync('which', [command[0]!]).status !== 0) return null;
      return repeated(command, times);
    },
    script(name, args, times = 3) {
      const command = [process.execPath, path.join(HERE, name), ...args];
      // Fills the compile cache, and the page cache.
      once(command);
      return repeated(command, times);
    },
  };
}
