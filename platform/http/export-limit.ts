import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { Fault } from './fault.ts';

const ASK_AGAIN_SECONDS = 10;
const LONGEST_REST_MS = 5_000;
/** Of one core, for all exports of a process together, what the database spends on them included. */
const SHARE = 0.25;

/** Answers that read a whole table are for those who can wait: lists and commands keep the connections and the CPU. */
export interface ExportLimit {
  /**
   * The pieces as a stream, once the first is there: what fails before becomes an ordinary refusal.
   * @throws Fault `rate.limited` while the person has one under way, or `atOnce` are in this process
   */
  open(actor: Pick<Actor, 'id'>, pieces: AsyncGenerator<string>): Promise<Readable>;
}

/** One export at a time per person, and so many in all. */
export function exportLimit({ atOnce = 2 }: { atOnce?: number } = {}): ExportLimit {
  const underWay = new Set<string>();
  const restAfter = (tookMs: number) => Math.min(tookMs * (underWay.size / SHARE - 1), LONGEST_REST_MS);
  return {
    async open({ id }, pieces) {
      if (underWay.has(id) || underWay.size >= atOnce) {
        const detail = underWay.has(id) ? 'Your last export is still under way' : 'Other exports are under way';
        throw new Fault(COMMON_ERRORS['rate.limited'], { detail, retryAfterSeconds: ASK_AGAIN_SECONDS });
      }
      underWay.add(id);
      try {
        const first = await pieces.next();
        const stream = Readable.from(first.done ? [] : following(first.value, pieces, restAfter));
        return stream.once('close', () => underWay.delete(id));
      } catch (error) {
        underWay.delete(id);
        throw error;
      }
    },
  };
}

/** Rests after each piece: who exports can wait, and who asks for one thing gets the core meanwhile. */
async function* following(
  first: string,
  rest: AsyncGenerator<string>,
  restAfter: (tookMs: number) => number,
): AsyncGenerator<string> {
  try {
    yield first;
    for (;;) {
      const from = performance.now();
      const piece = await rest.next();
      if (piece.done) return;
      const restMs = restAfter(performance.now() - from);
      yield piece.value;
      await pause(restMs);
    }
  } finally {
    await rest.return(undefined);
  }
}
