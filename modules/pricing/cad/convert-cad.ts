import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Unit } from '#contracts/basics';
import type { Progress } from '#contracts/pricing';
import { MODEL_REFUSALS } from '#contracts/pricing';
import { AnalysisFailed } from '../analysis-failed.ts';
import type { Problem } from '../judge-item.ts';
import type { CadAnswer, CadFormat, CadOrder } from './cad-messages.ts';

export type { CadFormat } from './cad-messages.ts';

export interface ConvertOptions {
  /** By the clock. */
  limitMs: number;
  /** Of the whole child process; left out: 2 GB. */
  limitMegabytes?: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** A file of triangles in `unit`; `remove` deletes it. */
export interface Converted {
  path: string;
  /** Millimetres for STEP, the document's for 3DM; null: one that nobody makes parts in. */
  unit: Unit | null;
  findings: string[];
  remove(): Promise<void>;
}

const LIMIT_MEGABYTES = 2048;
const HEAP_MEGABYTES = 1024;
const WATCH_MS = 100;
const PAGE_BYTES = 4096;

/**
 * Turns a STEP or 3DM file into a binary STL by a process of its own, which is killed when it runs over its limits.
 * @throws AnalysisFailed `analysis.too_long`, `analysis.too_much_memory` or `analysis.stopped`
 */
export async function convertCad(
  from: string,
  format: CadFormat,
  options: ConvertOptions,
): Promise<Converted | { refusal: Problem }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'forgeline-cad-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const to = path.join(folder, 'triangles.stl');
    options.onProgress({ stage: 'reading', share: 0 });
    const answer = await inChild({ format, from, to }, options);
    if ('refusal' in answer) {
      await remove();
      return answer;
    }
    return { path: to, unit: answer.unit, findings: answer.findings, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function inChild(order: CadOrder, { limitMs, limitMegabytes, signal }: ConvertOptions): Promise<CadAnswer> {
  signal.throwIfAborted();
  const child = fork(new URL('./cad-child.ts', import.meta.url), [JSON.stringify(order)], {
    // It reads strangers' files: it knows nothing of this program.
    env: {},
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
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
    const answer = await answerOf(child);
    if (ended) throw ended;
    return answer ?? { refusal: GAVE_UP };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
  }
}

/** Its reader fell over: the file is to blame, as nothing else is in that process. */
const GAVE_UP: Problem = {
  code: 'model.malformed',
  message: `${MODEL_REFUSALS['model.malformed'].title}: its reader gave up on it`,
  hint: MODEL_REFUSALS['model.malformed'].hint,
};

/** What the child says before it ends; null when it ends without a word. */
function answerOf(child: ChildProcess): Promise<CadAnswer | null> {
  return new Promise((resolve, reject) => {
    let answer: CadAnswer | null = null;
    child.on('message', (said) => {
      answer = said as CadAnswer;
    });
    child.once('error', reject);
    child.once('exit', () => resolve(answer));
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
