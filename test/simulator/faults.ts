import type { Random } from './random.ts';

/** What can go wrong, and how likely at each chance it has, in a world of full intensity. */
const CHANCES = {
  'process killed': 0.002,
  'process killed after its statement': 0.002,
  'connection cut': 0.002,
  'answer of a statement lost': 0.0015,
  'process stopped for a while': 0.0008,
  'transaction left open': 0.03,
  'lock lost with its session': 0.0006,
  'hint lost': 0.3,
  'request lost': 0.02,
  'answer lost': 0.03,
  'delivered twice': 0.15,
  'delivered late': 0.1,
  'delivered out of order': 0.4,
  'confirm lost': 0.05,
  'lease outlived': 0.25,
  'endpoint failed': 0.3,
  'command repeated': 0.15,
  'command sent twice at once': 0.1,
  'stale version sent': 0.1,
  'poison published': 0.5,
  'clock wrong': 0.5,
} as const;

export type FaultName = keyof typeof CHANCES;
export const FAULT_NAMES = Object.keys(CHANCES) as FaultName[];

/** Those for which a client may be told of a failure. */
const EXCUSES: ReadonlySet<FaultName> = new Set<FaultName>([
  'process killed',
  'process killed after its statement',
  'connection cut',
  'answer of a statement lost',
  'process stopped for a while',
  'transaction left open',
  'request lost',
  'answer lost',
]);

const EXCUSED_FOR_MS = 120_000;
/** Who asks a room that is not there hears so after a time-out, and says so to whoever asked them. */
const AWAY_FOR_MS = 5_000;

/** Decides by the seed what strikes, and counts what has. */
export class Faults {
  readonly random: Random;
  readonly counts: Partial<Record<FaultName, number>> = {};
  /** When the last one struck that excuses a failure, by the world's clock. */
  #lastExcuse = Number.NEGATIVE_INFINITY;
  #lastAway = Number.NEGATIVE_INFINITY;
  /** 0: nothing ever goes wrong. */
  intensity: number;

  readonly #now: () => number;

  constructor(random: Random, now: () => number) {
    this.random = random;
    this.#now = now;
    // Some worlds are calm: there, nothing excuses an internal error.
    this.intensity = random.chance(0.2) ? 0 : random.between(0.2, 1.5);
  }

  strikes(name: FaultName): boolean {
    if (!this.random.chance(CHANCES[name] * this.intensity)) return false;
    this.count(name);
    return true;
  }

  /** Whether a failure at this moment is what a fault has done: a process that is down, or stopped, is so for a while. */
  get excuseFailures(): boolean {
    const now = this.#now();
    return now - this.#lastExcuse < EXCUSED_FOR_MS || now - this.#lastAway < AWAY_FOR_MS;
  }

  /** A room was asked of which no process is ready: after a fault, or in the first moments of the world. */
  metNobody(): void {
    this.#lastAway = this.#now();
  }

  count(name: FaultName): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    if (EXCUSES.has(name)) this.#lastExcuse = this.#now();
  }
}
