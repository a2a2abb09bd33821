/** Every connection was in use for as long as anybody waits for one. Nothing of the query was sent. */
export class PoolExhausted extends Error {
  override name = 'PoolExhausted';
  readonly code = 'POOL_EXHAUSTED';
}

interface Waiter {
  go: () => void;
  timer: NodeJS.Timeout;
}

/**
 * The line before a pool's connections: first come, first served, and nobody waits longer than `waitMs`. Without it a query
 * would be sent on a connection that is busy, and wait behind a slow one for as long as that takes.
 */
export class ConnectionLine {
  readonly #waitMs: number;
  readonly #waiting = new Set<Waiter>();
  #free: number;

  constructor(connections: number, waitMs: number) {
    this.#free = connections;
    this.#waitMs = waitMs;
  }

  /** Calls `go` when a connection is free, at once or later, or `refuse` when none became free. Who goes calls `leave` after. */
  enter(go: () => void, refuse: (error: PoolExhausted) => void): void {
    if (this.#free > 0) {
      this.#free--;
      go();
      return;
    }
    const giveUp = () => {
      this.#waiting.delete(waiter);
      refuse(new PoolExhausted(`No connection became free within ${this.#waitMs} ms`));
    };
    const waiter: Waiter = { go, timer: setTimeout(giveUp, this.#waitMs) };
    this.#waiting.add(waiter);
  }

  leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    // A query has its result a moment before its connection is back in the pool.
    queueMicrotask(next.go);
  }
}
