/** Wakes whoever waits. The count keeps a signal between looking and waiting from being lost. */
export interface WakeSignal {
  wake(): void;
  count(): number;
  /** Resolves when there has been a signal since `count`, at the latest after `timeoutMs`. */
  after(count: number, timeoutMs: number): Promise<void>;
}

export function wakeSignal(): WakeSignal {
  let signals = 0;
  const waiting = new Set<() => void>();
  return {
    wake() {
      signals++;
      for (const resolve of waiting) resolve();
    },
    count: () => signals,
    after(count, timeoutMs) {
      if (signals > count) return Promise.resolve();
      return new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, timeoutMs);
        waiting.add(go);
      });
    },
  };
}
