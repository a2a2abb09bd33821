import { performance } from 'node:perf_hooks';

/** One kind of request; it is sent as often as its weight says. */
export interface LoadAsk {
  name: string;
  weight: number;
  send(): Promise<Response>;
}

export interface LoadTally {
  sent: Record<string, number>;
  /** Answers of 400 and above, and requests that got none. */
  failures: { name: string; why: string; at: string }[];
  /** Requests a second that were really sent. */
  rate: number;
  slowestMs: number;
}

export interface SteadyLoad {
  /** Sends nothing more and resolves when the last answer is there. */
  stop(): Promise<LoadTally>;
}

/**
 * Sends `rate` requests a second whether or not earlier ones are answered: a slow answer takes no load away. Kinds come in
 * turn, by weight.
 */
export function steadyLoad(rate: number, asks: readonly LoadAsk[]): SteadyLoad {
  const turn = spread(asks);
  const underWay = new Set<Promise<void>>();
  const sent: Record<string, number> = {};
  const failures: LoadTally['failures'] = [];
  const started = performance.now();
  let count = 0;
  let slowestMs = 0;

  async function one({ name, send }: LoadAsk): Promise<void> {
    const began = performance.now();
    const fail = (why: string) => void failures.push({ name, why, at: new Date().toISOString() });
    try {
      const answer = await send();
      const text = await answer.text();
      if (answer.status >= 400) fail(`${answer.status} ${text.slice(0, 300)}`);
    } catch (error) {
      const { message, cause } = error as Error;
      fail(`${message}: ${cause instanceof Error ? cause.message : ''}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * rate);
    for (; count < due; count++) {
      const ask = turn[count % turn.length]!;
      sent[ask.name] = (sent[ask.name] ?? 0) + 1;
      const running: Promise<void> = one(ask).finally(() => underWay.delete(running));
      underWay.add(running);
    }
  }, 5);

  return {
    async stop() {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      await Promise.all(underWay);
      return { sent, failures, rate: count / seconds, slowestMs: Math.round(slowestMs) };
    },
  };
}

/** Each kind as often as its weight, evenly mixed. */
function spread(asks: readonly LoadAsk[]): LoadAsk[] {
  const total = asks.reduce((sum, { weight }) => sum + weight, 0);
  const credit = asks.map(() => 0);
  return Array.from({ length: total }, () => {
    asks.forEach(({ weight }, i) => {
      credit[i]! += weight;
    });
    const next = credit.indexOf(Math.max(...credit));
    credit[next]! -= total;
    return asks[next]!;
  });
}
