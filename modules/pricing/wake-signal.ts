/** Wakes whoever waits. The count keeps a signal between looking and waiting from being lost. */
export interface WakeSignal {
  wake(): void;
  count(): number;
  /** Resolves when there has been a signal since `count`, at the latest after `timeoutMs`. */
  after(count: number, timeoutMs: number): Promise<void>;
}

export function wakeSignal(): WakeSignal {
  let signals = 0;
  let waiting: (() => void)[] = [];
  return {
    wake() {
      signals++;
      const woken = waiting;
      waiting = [];
      for (const resolve of woken) resolve();
    },
    count: () => signals,
    after(count, timeoutMs) {
      if (signals > count) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
