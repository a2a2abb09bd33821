import { AsyncLocalStorage } from 'node:async_hooks';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** One process, or one person: whoever runs code in a simulated world. It dies once; who comes after it is another one. */
export class Actor {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** How far this one's clock is ahead, milliseconds. */
  readonly skewMs: number;
  alive = true;
  /** Stopped, as by SIGSTOP, until this moment of the world. */
  pausedUntil = 0;
  #onDeath = new Set<() => void>();

  constructor(name: string, scheduler: Scheduler, skewMs = 0) {
    this.name = name;
    this.scheduler = scheduler;
    this.random = scheduler.random.fork();
    this.skewMs = skewMs;
  }

  /** Time as this one's own clock shows it. */
  clockNow(): number {
    return this.scheduler.now + this.skewMs;
  }

  /** Everything that `work` begins belongs to this actor: its statements, its timers, its ids. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  /** Runs `act` when this one dies; the answer forgets it again. */
  onDeath(act: () => void): () => void {
    this.#onDeath.add(act);
    return () => this.#onDeath.delete(act);
  }

  die(): void {
    this.alive = false;
    for (const act of [...this.#onDeath]) act();
    this.#onDeath.clear();
  }
}

const current = new AsyncLocalStorage<Actor>();

/** Who runs at this moment; undefined for the simulator itself and for the driver of the database. */
export function currentActor(): Actor | undefined {
  return current.getStore();
}

/** `work` belongs to nobody in the world: its timers and chances are real. */
export function outsideTheWorld<T>(work: () => T): T {
  return current.exit(work);
}
