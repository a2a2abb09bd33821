/**
 * Wakes loops that wait. It counts, so that a wake between a loop's look and its wait is not lost:
 * `const seen = signal.count; …look…; await signal.wait(seen, 250)`.
 */
export class Signal {
  count = 0;
  #waiting = new Set<() => void>();

  wake(): void {
    this.count++;
    for (const resume of [...this.#waiting]) resume();
  }

  /** Resolves at the next wake, at once if there was one since `seen`, at the latest after `ms`. */
  wait(seen: number, ms: number): Promise<void> {
    if (this.count !== seen) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        resolve();
      };
      const timer = setTimeout(resume, ms);
      this.#waiting.add(resume);
    });
  }
}
