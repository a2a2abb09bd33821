import { percentile } from '../report.ts';

/** Milliseconds that each request of a kind took, in one window. */
export type Took = Record<string, number[]>;

export interface Probe {
  name: string;
  /** One request and all that belongs to it; what is timed is decided by `timed`. */
  act(timed: <T>(work: () => Promise<T>) => Promise<T>): Promise<void>;
  /** Milliseconds from one start to the next, when the answer came before. */
  everyMs: number;
}

export interface Pairs {
  /** Of one kind: p99 of each quiet window, and of the loaded window after it. */
  quiet: number[];
  loaded: number[];
}

export interface Load {
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** Quiet and loaded windows in turn: what the machine does meanwhile meets both. Answers by probe. */
export async function alternate(
  probes: readonly Probe[],
  { pairs, windowMs, load }: { pairs: number; windowMs: number; load: Load },
): Promise<Map<string, Pairs>> {
  const found = new Map(probes.map(({ name }) => [name, { quiet: [], loaded: [] } as Pairs]));
  const keep = (side: keyof Pairs, took: Took) => {
    for (const { name } of probes) found.get(name)![side].push(percentile(took[name]!, 0.99));
  };
  for (let pair = 0; pair < pairs; pair++) {
    keep('quiet', await watch(probes, windowMs));
    await load.begin();
    keep('loaded', await watch(probes, windowMs));
    await load.end();
  }
  // One more, so that every loaded window has a quiet one on both sides.
  keep('quiet', await watch(probes, windowMs));
  return found;
}

async function watch(probes: readonly Probe[], windowMs: number): Promise<Took> {
  const until = performance.now() + windowMs;
  const took: Took = {};
  await Promise.all(
    probes.map(async ({ name, act, everyMs }) => {
      const mine: number[] = [];
      took[name] = mine;
      const timed = async <T>(work: () => Promise<T>): Promise<T> => {
        const from = performance.now();
        const result = await work();
        mine.push(performance.now() - from);
        return result;
      };
      while (performance.now() < until) {
        const next = performance.now() + everyMs;
        await act(timed);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      }
    }),
  );
  return took;
}

/** How much the p99 moved under load: the median over loaded windows of each against the mean of the quiet ones around it. */
export function moved({ quiet, loaded }: Pairs): number {
  return median(loaded.map((p99, i) => p99 / ((quiet[i]! + quiet[i + 1]!) / 2)));
}

/** What the same sum gives where nothing was changed: each quiet window against those around it. */
export function movedByItself({ quiet }: Pairs): number {
  return median(quiet.slice(1, -1).map((p99, i) => p99 / ((quiet[i]! + quiet[i + 2]!) / 2)));
}

export function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
