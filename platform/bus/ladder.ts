/** Milliseconds to wait before attempt 2, 3, … 8. */
const WAITS = [50, 250, 1000, 5_000, 30_000, 120_000, 600_000] as const;

export const MOST_ATTEMPTS = WAITS.length + 1;

/** The waits that are too long to sit out in a process that may die. */
export const LONG_WAITS: readonly number[] = WAITS.filter((wait) => wait >= 5_000);

/** How long after the failed attempt number `attempts` (from 1) the next one is due; null when there is none. */
export function nextWait(attempts: number): number | null {
  return WAITS[attempts - 1] ?? null;
}

/** What is written beside an event that failed. Bounded: it goes into rows and headers. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 1000);
}
