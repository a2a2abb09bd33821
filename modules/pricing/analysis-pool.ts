import { Worker } from 'node:worker_threads';
import type { Progress } from '#contracts/pricing';
import { AnalysisFailed } from './analysis-failed.ts';
import type { Answer, Begin, Compare, Fits, Order, Print, Report } from './analysis-messages.ts';
import type { Fit, Likeness, Measurement } from './geometry/index.ts';

/** What one run may take. */
export interface RunLimits {
  /** Of CPU; the clock may show `WALL` times as much, for a busy machine is not the file's fault. */
  runMs: number;
  runMegabytes: number;
}

export interface PoolLimits extends RunLimits {
  threads: number;
}

export interface RunOptions {
  /** Where they differ from the pool's. */
  limits?: RunLimits;
  onProgress?: (progress: Progress) => void;
  /** Hears what the first pass says. */
  onPrint?: (print: Print) => void;
  /** Asked after the first pass, while the thread waits and its limits hold. */
  known?: KnownTriangles;
  /** The file was made from the model's own, which a viewer cannot read. */
  isConverted?: boolean;
  /** Ends the run: it rejects with `analysis.stopped`, and the thread is free for others at once. */
  signal?: AbortSignal;
}

export type CompareOptions = Pick<RunOptions, 'limits' | 'signal'>;

export interface KnownTriangles {
  /** Secret, and the same for all files that are compared. */
  fingerprintSeed: bigint;
  /** A measurement that stands for the rest of the run; null: it is needed. */
  find(print: Print): Promise<Measurement | null>;
}

export interface AnalysisPool {
  readonly threads: number;
  /**
   * Measures a local file in a thread of its own, the event loop staying free. Never more at once than `threads`.
   * @throws AnalysisFailed when it ran over its limits, was stopped or the thread died; the next run gets a fresh one
   */
  run(path: string, options?: RunOptions): Promise<Answer>;
  /** Lays other shapes on the model of a file, one answer for each; none where it cannot be read. Throws like `run`. */
  compare(path: string, likenesses: readonly Likeness[], options?: CompareOptions): Promise<(Fit | null)[]>;
  /** Ends the threads; runs under way reject with `analysis.stopped`. */
  stop(): Promise<void>;
}

/** How often a running thread's memory and CPU time are looked at. */
const WATCH_MS = 100;
const WALL = 3;
/** The kernel works in buffers; a heap of this size means that it has lost its way. Much less would not even start. */
const HEAP_MEGABYTES = 256;
/** A thread that has grown beyond this is ended after its run: kernels keep what they grew, and the next file may be small. */
const KEPT_MEGABYTES = 256;
const MEGABYTE = 1024 * 1024;

/** Threads are started when first needed and kept warm: starting one costs about 50 ms. */
export function analysisPool(limits: PoolLimits): AnalysisPool {
  const idle: AnalysisThread[] = [];
  const all = new Set<AnalysisThread>();
  let isStopped = false;

  function take(): AnalysisThread {
    if (isStopped) throw stopped('The worker is stopping');
    for (let free = idle.pop(); free; free = idle.pop()) {
      if (free.isAlive) return free;
      all.delete(free);
    }
    if (all.size >= limits.threads) throw new Error('More runs at once than the pool has threads');
    const thread = new AnalysisThread();
    all.add(thread);
    return thread;
  }

  async function inThread(order: Begin | Compare, options: RunOptions): Promise<Answer | Fits> {
    if (options.signal?.aborted) throw stopped('Nobody wants the result');
    const thread = take();
    try {
      return await thread.run(order, options, options.limits ?? limits);
    } finally {
      if (thread.hasGrown) void thread.end(stopped('The run is over'));
      if (thread.isAlive) idle.push(thread);
      else all.delete(thread);
    }
  }

  return {
    threads: limits.threads,
    async run(path, options = {}) {
      const { known, isConverted = false } = options;
      const order = { path, isConverted, fingerprintSeed: known?.fingerprintSeed ?? null };
      return (await inThread(order, options)) as Answer;
    },
    async compare(path, likenesses, options = {}) {
      const answer = await inThread({ path, likenesses }, options);
      return 'fits' in answer ? answer.fits : [];
    },
    async stop() {
      isStopped = true;
      await Promise.all([...all].map((thread) => thread.end(stopped('The worker is stopping'))));
    },
  };
}

function stopped(why: string): AnalysisFailed {
  return new AnalysisFailed('analysis.stopped', why);
}

interface Run {
  options: RunOptions;
  limits: RunLimits;
  /** CPU milliseconds of the thread when the run began. */
  cpuBefore: Promise<number>;
  /** The thread waits for the answer of `known`. */
  isAsking: boolean;
  resolve(answer: Answer | Fits): void;
  reject(error: Error): void;
}

class AnalysisThread {
  isAlive = true;
  #megabytes = 0;
  readonly #worker: Worker;
  #run: Run | undefined;

  constructor() {
    this.#worker = new Worker(new URL('./analysis-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    this.#worker.on('message', (report: Report) => void this.#hear(report));
    this.#worker.on('error', (cause) => {
      this.isAlive = false;
      this.#run?.reject(failureOf(cause));
    });
    this.#worker.on('exit', (code) => {
      this.isAlive = false;
      this.#run?.reject(new AnalysisFailed('analysis.crashed', `The thread ended with code ${code}`));
    });
  }

  get hasGrown(): boolean {
    return this.isAlive && this.#megabytes > KEPT_MEGABYTES;
  }

  async run(order: Begin | Compare, options: RunOptions, limits: RunLimits): Promise<Answer | Fits> {
    const deadline = setTimeout(() => void this.#tooLate(limits), WALL * limits.runMs);
    const watch = setInterval(() => void this.#watch(), WATCH_MS);
    const abort = () => void this.end(stopped('Nobody wants the result'));
    options.signal?.addEventListener('abort', abort);
    try {
      return await new Promise<Answer | Fits>((resolve, reject) => {
        this.#run = { options, limits, cpuBefore: this.#cpuMs(), isAsking: false, resolve, reject };
        this.#say(order);
      });
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      options.signal?.removeEventListener('abort', abort);
      this.#run = undefined;
    }
  }

  async end(reason: AnalysisFailed): Promise<void> {
    this.isAlive = false;
    this.#run?.reject(reason);
    await this.#worker.terminate();
  }

  async #hear(report: Report): Promise<void> {
    const run = this.#run;
    if (!run) return;
    if ('answer' in report) run.resolve(report.answer);
    else if ('progress' in report) run.options.onProgress?.(report.progress);
    else await this.#ask(run, report.print);
  }

  async #ask(run: Run, print: Print): Promise<void> {
    run.options.onPrint?.(print);
    const { known } = run.options;
    if (!known) return;
    run.isAsking = true;
    try {
      const measurement = await known.find(print);
      run.isAsking = false;
      if (run !== this.#run) return;
      this.#say({ goOn: measurement === null });
      if (measurement) run.resolve({ measurement, views: null, shape: null });
    } catch (error) {
      // The thread holds the file: it has to be told before the next run.
      if (run === this.#run) this.#say({ goOn: false });
      run.reject(error as Error);
    }
  }

  /** A look-up that takes so long is not the file's fault: the run is tried again. */
  #tooLate({ runMs }: RunLimits): Promise<void> {
    const code = this.#run?.isAsking ? 'analysis.crashed' : 'analysis.too_long';
    return this.end(new AnalysisFailed(code, `Not done after ${WALL * runMs} ms`));
  }

  #say(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** Zero where the thread is not there yet, or no more. */
  async #cpuMs(): Promise<number> {
    const { user, system } = await this.#worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
    return (user + system) / 1000;
  }

  /** Buffers and WebAssembly memories lie outside the heap that `resourceLimits` bounds; V8 counts both as external. */
  async #watch(): Promise<void> {
    const run = this.#run;
    const [heap, cpuMs] = await Promise.all([this.#worker.getHeapStatistics().catch(() => null), this.#cpuMs()]);
    if (!heap || !run || run !== this.#run) return;
    this.#megabytes = (heap.used_heap_size + heap.external_memory) / MEGABYTE;
    if (this.#megabytes > run.limits.runMegabytes) {
      return this.end(new AnalysisFailed('analysis.too_much_memory', `It needed ${Math.round(this.#megabytes)} MB`));
    }
    const ran = cpuMs - (await run.cpuBefore);
    if (ran <= run.limits.runMs || run !== this.#run) return;
    await this.end(new AnalysisFailed('analysis.too_long', `Not done after ${Math.round(ran)} ms of CPU time`));
  }
}

function failureOf(cause: unknown): AnalysisFailed {
  const { code, name, message } = (cause ?? {}) as { code?: unknown; name?: string; message?: string };
  // V8 says so of a heap; of buffers and of a WebAssembly memory that cannot grow it throws a RangeError.
  const isMemory =
    code === 'ERR_WORKER_OUT_OF_MEMORY' || (name === 'RangeError' && /memory|alloc|grow/i.test(message ?? ''));
  return isMemory
    ? new AnalysisFailed('analysis.too_much_memory', 'The thread ran out of memory', { cause })
    : new AnalysisFailed('analysis.crashed', String(cause), { cause });
}
