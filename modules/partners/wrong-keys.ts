import { COMMON_ERRORS } from '#contracts/errors';
import type { Clock } from '#platform/clock';
import { Fault } from '#platform/http';

/**
 * So many wrong keys at once from one address, and so many a second. Little enough to cost identity nothing, and soon enough over
 * for whoever is behind the same address with a good one.
 */
const BURST = 100;
const PER_SECOND = 20;
const MOST_ADDRESSES = 10_000;

/** Guesses of keys, by the address they come from: a flood of them must cost identity next to nothing. */
export interface WrongKeys {
  /** Before an unknown key is asked about. @throws Fault `rate.limited` while the address has guessed too often */
  spend(address: string): void;
  /** It was a good one. */
  giveBack(address: string): void;
}

export function wrongKeys(clock: Clock): WrongKeys {
  const left = new Map<string, { guesses: number; at: number }>();

  function guessesOf(address: string): number {
    const known = left.get(address);
    if (!known) return BURST;
    return Math.min(BURST, known.guesses + (Math.max(0, clock.now() - known.at) / 1000) * PER_SECOND);
  }

  function set(address: string, guesses: number): void {
    if (left.size >= MOST_ADDRESSES) left.clear();
    left.set(address, { guesses, at: clock.now() });
  }

  return {
    spend(address) {
      const guesses = guessesOf(address);
      if (guesses < 1) {
        throw new Fault(COMMON_ERRORS['rate.limited'], { internal: 'wrong keys', retryAfterSeconds: 1 });
      }
      set(address, guesses - 1);
    },
    giveBack: (address) => set(address, Math.min(BURST, guessesOf(address) + 1)),
  };
}
