/**
 * A load in a process of its own, so that it never delays the clock of who measures: `node flood.ts` reads a `Flood` as JSON from
 * its standard input, tells its parent when the first answer is there, sends until it is told to stop (SIGTERM) and then prints a
 * `Flooded`.
 */
import { Agent, request } from 'node:http';
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export interface FloodRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Flood {
  requests: FloodRequest[];
  /** So many requests a second, sent whether or not earlier ones were answered; null: each of `clients` waits for its answer, and as long as a refusal says. */
  perSecond: number | null;
  clients: number;
}

export interface Flooded {
  seconds: number;
  /** Answers by status; 0: no answer. */
  byStatus: Record<string, number>;
}

const TICK_MS = 10;
const agent = new Agent({ keepAlive: true });
const byStatus: Record<string, number> = {};
let stopping = false;
let begun = false;

/** Answers the seconds of Retry-After. */
function send({ method, url, headers, body }: FloodRequest): Promise<number> {
  return new Promise((resolve) => {
    const ended = (status: number, retryAfter = 0) => {
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (!begun) process.send?.('begun');
      begun = true;
      resolve(retryAfter);
    };
    const outgoing = request(url, { method, headers, agent }, (answer) => {
      answer.resume();
      answer.once('end', () => ended(answer.statusCode!, Number(answer.headers['retry-after'] ?? 0)));
      answer.once('error', () => ended(0));
    });
    outgoing.once('error', () => ended(0));
    outgoing.end(body);
  });
}

async function pressOn(flood: Flood, first: number): Promise<void> {
  for (let i = 0; !stopping; i++) {
    const seconds = await send(flood.requests[(first + i) % flood.requests.length]!);
    await pause(seconds * 1000);
  }
}

function sendByTheClock({ requests, perSecond }: Flood & { perSecond: number }): void {
  const from = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    if (stopping) return clearInterval(timer);
    const due = Math.floor(((performance.now() - from) / 1000) * perSecond);
    for (; sent < due; sent++) void send(requests[sent % requests.length]!);
  }, TICK_MS);
}

const flood = JSON.parse(await text(process.stdin)) as Flood;
// In life the senders are elsewhere: here they take what CPU is left.
setPriority(19);
const from = performance.now();
process.once('SIGTERM', () => {
  stopping = true;
  const flooded: Flooded = { seconds: (performance.now() - from) / 1000, byStatus };
  process.stdout.write(JSON.stringify(flooded), () => process.exit(0));
});
if (flood.perSecond === null) await Promise.all(Array.from({ length: flood.clients }, (_, i) => pressOn(flood, i)));
else sendByTheClock({ ...flood, perSecond: flood.perSecond });
