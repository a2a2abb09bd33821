import type { StreamEvent } from '#platform/http';
import type { Change } from './changes-text.ts';

/** How many announcements back a reader may resume without fetching its list again. */
const REMEMBERED = 256;

type Send = (event: StreamEvent) => void;

/** One announcement: the generation that it made, and the one that it replaced. */
interface Step {
  gen: number;
  was: number;
  changes: Change[];
}

/**
 * One scope as this process knows it: the last generation heard, the announcements before it and who listens.
 * A reader is told `ready`, then `changes` without a gap; where one cannot be ruled out, `reset`.
 */
export class Topic {
  #gen: number;
  #recent: Step[] = [];
  readonly #readers = new Set<Send>();

  constructor(gen: number) {
    this.#gen = gen;
  }

  get gen(): number {
    return this.#gen;
  }

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** `after` is the last generation that the reader has seen; null when it has just come. */
  join(after: number | null, send: Send): () => void {
    const missed = after === null ? [] : this.#since(after);
    if (!missed) send(event(this.#gen, 'reset'));
    else {
      for (const { gen, changes } of missed) send(event(gen, 'changes', changes));
      send(event(this.#gen, 'ready'));
    }
    this.#readers.add(send);
    return () => this.#readers.delete(send);
  }

  /** Null changes: too many to be told, the list must be fetched. */
  hear(gen: number, was: number, changes: Change[] | null): void {
    if (gen <= this.#gen) return;
    if (was !== this.#gen || changes === null) {
      this.jump(gen);
      return;
    }
    this.#gen = gen;
    this.#recent.push({ gen, was, changes });
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    this.#tell(event(gen, 'changes', changes));
  }

  /** The generation is known, what led to it is not. */
  jump(gen: number): void {
    this.#gen = gen;
    this.#recent = [];
    this.#tell(event(gen, 'reset'));
  }

  /** The database cannot be asked: what the readers show may be old. */
  stale(): void {
    this.#tell(event(this.#gen, 'stale'));
  }

  /** It can be asked again and nothing was missed. */
  fresh(): void {
    this.#tell(event(this.#gen, 'ready'));
  }

  #since(after: number): Step[] | null {
    if (after === this.#gen) return [];
    const next = this.#recent.findIndex(({ was }) => was === after);
    return next < 0 ? null : this.#recent.slice(next);
  }

  #tell(told: StreamEvent): void {
    for (const send of this.#readers) send(told);
  }
}

function event(gen: number, name: string, changes?: Change[]): StreamEvent {
  return { id: String(gen), event: name, data: changes ? { gen, changes } : { gen } };
}
