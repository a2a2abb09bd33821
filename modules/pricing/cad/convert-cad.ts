import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Progress } from '#contracts/pricing';
import { AnalysisFailed } from '../analysis-failed.ts';
import type { Problem } from '../judge-item.ts';
import { type CadAnswer, type CadFacts, type CadFormat, type CadOrder, TRIANGLES } from './cad-messages.ts';
import { gaveUp } from './gave-up.ts';

export type { CadFormat } from './cad-messages.ts';

export interface ConvertOptions {
  /** By the clock. */
  limitMs: number;
  /** Of the whole child process; left out: 2 GB. */
  limitMegabytes?: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** A file of triangles in `unit`: millimetres for STEP, the document's for 3DM. `remove` deletes it. */
export interface Converted extends CadFacts {
  path: string;
  triangles: number;
  remove(): Promise<void>;
}

const LIMIT_MEGABYTES = 2048;
const WATCH_MS = 50;
const PAGE_BYTES = 4096;
const FOLDER = 'forgeline-cad-';

/**
 * Turns a STEP or 3DM file into a binary STL by a process of its own, which is killed when it runs over its limits. One
 * process for one file: what a hostile file does to its reader's memory ends with it.
 * @throws AnalysisFailed `analysis.too_long`, `analysis.too_much_memory` or `analysis.stopped`
 */
export async function convertCad(
  from: string,
  format: CadFormat,
  options: ConvertOptions,
): Promise<Converted | { refusal: Problem }> {
  swept ??= sweepUp();
  await swept;
  const folder = await mkdtemp(path.join(tmpdir(), FOLDER));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    options.onProgress({ stage: 'reading', share: 0 });
    const answer = await inChild({ format, from: path.resolve(from), folder }, options);
    if ('overrun' in answer) throw new AnalysisFailed('analysis.too_much_memory', 'Its reader ran out of memory');
    if (!('refusal' in answer)) return { ...answer, path: path.join(folder, TRIANGLES), remove };
    await remove();
    return answer;
  } catch (error) {
    await remove();
    throw error;
  }
}

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The child reads the program and its file, and writes into its folder; of this program's secrets it knows nothing. */
export function permissions({ from, folder }: CadOrder): string[] {
  const program = ['modules', 'contracts', 'node_modules'].map((name) => path.join(ROOT, name, '*'));
  return [
    '--permission',
    '--allow-worker',
    ...[...program, path.join(ROOT, 'package.json'), from, path.join(folder, '*')].map(
      (each) => `--allow-fs-read=${each}`,
    ),
    `--allow-fs-write=${path.join(folder, '*')}`,
  ];
}

async function inChild(order: CadOrder, { limitMs, limitMegabytes, signal }: ConvertOptions): Promise<CadAnswer> {
  if (signal.aborted) throw new AnalysisFailed('analysis.stopped', 'Nobody wants the result');
  const child = fork(new URL('./cad-child.ts', import.meta.url), [JSON.stringify(order)], {
    env: {},
    execArgv: [...permissions(order), '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let ended: AnalysisFailed | undefined;
  const end = (code: AnalysisFailed['code'], message: string): void => {
    ended ??= new AnalysisFailed(code, message);
    child.kill('SIGKILL');
  };
  const abort = () => end('analysis.stopped', 'Nobody wants the result');
  const deadline = setTimeout(() => end('analysis.too_long', `Not read after ${limitMs} ms`), limitMs);
  const watch = setInterval(() => void watchMemory(child, limitMegabytes ?? LIMIT_MEGABYTES, end), WATCH_MS);
  signal.addEventListener('abort', abort);
  try {
    const { answer, killedBy } = await answerOf(child);
    if (ended) throw ended;
    // The system kills what needs too much memory, and V8 aborts where there is none left.
    if (!answer && killedBy !== null) return { overrun: true };
    return answer ?? { refusal: gaveUp(order.format) };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
  }
}

interface Ended {
  /** What the child said before it ended; null: it ended without a word. */
  answer: CadAnswer | null;
  killedBy: NodeJS.Signals | null;
}

function answerOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let answer: CadAnswer | null = null;
    child.on('message', (said) => {
      answer = said as CadAnswer;
    });
    child.once('error', reject);
    child.once('exit', (_, killedBy) => resolve({ answer, killedBy }));
  });
}

/** Of the process as the system counts it: the reader's memory lies outside of the heap. Linux only; elsewhere the heap's limit holds. */
async function watchMemory(
  child: ChildProcess,
  limitMegabytes: number,
  end: (code: AnalysisFailed['code'], message: string) => void,
): Promise<void> {
  const text = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
  const megabytes = (Number(text.split(' ')[1] ?? 0) * PAGE_BYTES) / 2 ** 20;
  if (megabytes > limitMegabytes) end('analysis.too_much_memory', `It needed ${Math.round(megabytes)} MB`);
}

/** Older ones belong to nobody: no conversion, and no measurement of what came of it, takes as long. */
const STALE_MS = 3_600_000;
let swept: Promise<void> | undefined;

/** A process that was killed while it measured what was converted left its file behind: up to a gigabyte. Once per process. */
async function sweepUp(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(FOLDER))) {
    const folder = path.join(tmpdir(), name);
    const found = await stat(folder).catch(() => null);
    if (found && Date.now() - found.mtimeMs > STALE_MS)
      await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
