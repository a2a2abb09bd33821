import { setTimeout as pause } from 'node:timers/promises';
import { type Ask, Refused, type Visitor } from '../../app/visitor.ts';
import type { Violation } from '../invariants/witness.ts';
import type { Random } from '../simulator/random.ts';

/** A client gives up a try after this long: then it does not know what became of it. */
const TRY_MS = 8_000;
/** Longer than any fault: whoever got no answer until then never gets one. */
const ANSWERED_WITHIN_MS = 180_000;

/** The run is over for this client. */
export class Left extends Error {
  override name = 'Left';
}

/** How clients behave that know that servers fail: they ask again, by the same command id, until they know. */
export interface Patience {
  /** The JSON of a success. Throws Refused for a refusal that stands, Left when nobody answered in all that time. */
  sure<T>(who: Visitor, path: string, ask?: Ask): Promise<T>;
  /** The same with the whole answer, refusals below 500 included. */
  answered(who: Visitor, path: string, ask?: Ask): Promise<Response>;
  /** How often something was asked again. */
  readonly retries: number;
}

export function patientClients(random: Random, say: (violation: Violation) => void): Patience {
  let retries = 0;

  async function attempt(who: Visitor, path: string, ask: Ask): Promise<Response | null> {
    const tooLate = AbortSignal.timeout(TRY_MS);
    const late = new Promise<null>((resolve) => tooLate.addEventListener('abort', () => resolve(null), { once: true }));
    try {
      const answer = await Promise.race([who.raw(path, { ...ask, signal: tooLate }), late]);
      if (answer === null) return null;
      // Read whole here: a connection may break in the middle of an answer too.
      const text = await Promise.race([answer.text(), late]);
      if (text === null) return null;
      if (text.includes('"code":"internal.error"')) {
        say({ invariant: 'no-failure-without-fault', detail: `${ask.method ?? 'GET'} ${path}: ${text}` });
      }
      const isFinal = answer.status < 500 && ![401, 408, 429].includes(answer.status);
      return isFinal ? new Response(text === '' ? null : text, answer) : null;
    } catch (error) {
      // No connection, one that broke, or no token to be had.
      if (error instanceof Refused && error.problem.code === 'internal.error') {
        say({ invariant: 'no-failure-without-fault', detail: error.message });
      }
      return null;
    }
  }

  async function answered(who: Visitor, path: string, ask: Ask = {}): Promise<Response> {
    const deadline = Date.now() + ANSWERED_WITHIN_MS;
    for (;;) {
      const answer = await attempt(who, path, ask);
      if (answer) return answer;
      if (Date.now() > deadline) {
        const detail = `${ask.method ?? 'GET'} ${path} was not answered for ${ANSWERED_WITHIN_MS} ms`;
        say({ invariant: 'no-failure-without-fault', detail });
        throw new Left(detail);
      }
      retries++;
      await pause(random.between(100, 600));
    }
  }

  return {
    answered,
    async sure<T>(who: Visitor, path: string, ask: Ask = {}): Promise<T> {
      const answer = await answered(who, path, ask);
      const body = (await answer.json().catch(() => ({}))) as T;
      if (answer.ok) return body;
      throw new Refused(`${ask.method ?? 'GET'} ${path}`, answer.status, body as Record<string, unknown>);
    },
    get retries() {
      return retries;
    },
  };
}
