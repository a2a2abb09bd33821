import type { Clock } from '#platform/clock';

/**
 * One answer for everybody who asks within `keepMs` of the read's begin; who asks while it is under way waits for it.
 * A failed read is not kept.
 */
export function sharedRead<T>(clock: Clock, keepMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { answer: Promise<T>; until: number } | null = null;
  return () => {
    if (kept && clock.now() < kept.until) return kept.answer;
    const mine = { answer: read(), until: clock.now() + keepMs };
    kept = mine;
    mine.answer.catch(() => {
      if (kept === mine) kept = null;
    });
    return mine.answer;
  };
}
