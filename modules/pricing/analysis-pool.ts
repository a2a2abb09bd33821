import { Worker } from 'node:worker_threads';
import type { Measurement } from './geometry/index.ts';
import type { Problem } from './judge-item.ts';

/** What the pool and its threads say to each other. */
export interface Order {
  path: string;
}
export type Answer = { measurement: Measurement } | { refusal: Problem };

/** A run that was stopped, or whose thread died: the file is to blame, or the machine. */
export class AnalysisFailed extends Error {
  readonly code: 'analysis.too_long' | 'analysis.too_much_memory' | 'analysis.crashed' | 'analysis.stopped';

  constructor(code: AnalysisFailed['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AnalysisFailed';
    this.code = code;
  }
}

export interface PoolLimits {
  threads: number;
  runMs: number;
  runMegabytes: number;
}

export interface AnalysisPool {
  readonly threads: number;
  /**
   * Measures a local file in a thread of its own, the event loop staying free. Never more at once than `threads`.
   * @throws AnalysisFailed when it ran over its limits or the thread died; the next run gets a fresh one
   */
  run(path: string): Promise<Answer>;
  /** Ends the threads; runs under way reject with `analysis.stopped`. */
  stop(): Promise<void>;
}

/** How often a running thread's memory is looked at. */
const WATCH_MS = 100;
/** The kernel works in buffers; a heap of this size means that it has lost its way. Much less would not even start. */
const HEAP_MEGABYTES = 256;
const MEGABYTE = 1024 * 1024;

/** Threads are started when first needed and kept warm: starting one costs about 50 ms. */
export function analysisPool(limits: PoolLimits): AnalysisPool {
  const idle: AnalysisThread[] = [];
  const all = new Set<AnalysisThread>();
  let isStopped = false;

  function take(): AnalysisThread {
    if (isStopped) throw stopped();
    for (let free = idle.pop(); free; free = idle.pop()) {
      if (free.isAlive) return free;
      all.delete(free);
    }
    if (all.size >= limits.threads) throw new Error('More runs at once than the pool has threads');
    const thread = new AnalysisThread(limits);
    all.add(thread);
    return thread;
  }

  return {
    threads: limits.threads,
    async run(path) {
      const thread = take();
      try {
        return await thread.run(path);
      } finally {
        if (thread.isAlive) idle.push(thread);
        else all.delete(thread);
      }
    },
    async stop() {
      isStopped = true;
      await Promise.all([...all].map((thread) => thread.end(stopped())));
    },
  };
}

function stopped(): AnalysisFailed {
  return new AnalysisFailed('analysis.stopped', 'The worker is stopping');
}

class AnalysisThread {
  isAlive = true;
  readonly #worker: Worker;
  readonly #limits: PoolLimits;
  #pending: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#worker = new Worker(new URL('./analysis-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    this.#worker.on('message', (answer: Answer) => this.#pending?.resolve(answer));
    this.#worker.on('error', (cause) => {
      this.isAlive = false;
      this.#fail(failureOf(cause));
    });
    this.#worker.on('exit', (code) => {
      this.isAlive = false;
      this.#fail(new AnalysisFailed('analysis.crashed', `The thread ended with code ${code}`));
    });
  }

  async run(path: string): Promise<Answer> {
    const deadline = setTimeout(
      () => this.end(new AnalysisFailed('analysis.too_long', `Not done after ${this.#limits.runMs} ms`)),
      this.#limits.runMs,
    );
    const watch = setInterval(() => void this.#watchMemory(), WATCH_MS);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#pending = { resolve, reject };
        const order: Order = { path };
        this.#worker.postMessage(order);
      });
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      this.#pending = undefined;
    }
  }

  async end(reason: AnalysisFailed): Promise<void> {
    this.isAlive = false;
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #fail(error: AnalysisFailed): void {
    this.#pending?.reject(error);
  }

  /** Buffers lie outside the heap that `resourceLimits` bounds. */
  async #watchMemory(): Promise<void> {
    const heap = await this.#worker.getHeapStatistics().catch(() => null);
    if (!heap || !this.#pending) return;
    const megabytes = (heap.used_heap_size + heap.external_memory) / MEGABYTE;
    if (megabytes <= this.#limits.runMegabytes) return;
    await this.end(new AnalysisFailed('analysis.too_much_memory', `It needed ${Math.round(megabytes)} MB`));
  }
}

function failureOf(cause: unknown): AnalysisFailed {
  const isHeap = (cause as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isHeap
    ? new AnalysisFailed('analysis.too_much_memory', 'The thread ran out of memory', { cause })
    : new AnalysisFailed('analysis.crashed', String(cause), { cause });
}
