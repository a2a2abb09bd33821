import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { CSRF_HEADER, type TokenAnswer } from '#contracts/identity';

export interface Load {
  /** Milliseconds of each request, in the order in which they ended. */
  took: number[];
  perSecond: number;
}

export interface Asking {
  clients: number;
  headers: Record<string, string>;
  /** How many are to be asked in a second; left out: as many as the clients can. */
  perSecond?: number;
}

/**
 * Asks these paths from so many clients, each with a connection of its own and waiting for its answer. At a given rate, what
 * is due while all of them wait is late, and the time it has waited is the server's. Throws where an answer is not 200.
 */
export async function askAll(
  origin: string,
  paths: readonly string[],
  { clients, headers, perSecond }: Asking,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const took: number[] = [];
  const left = paths.entries();
  const client = async () => {
    for (const [at, path] of left) {
      const from = perSecond === undefined ? performance.now() : await dueAt(begin + (at * 1000) / perSecond);
      const { status, body } = await ask(agent, origin + path, headers);
      took.push(performance.now() - from);
      if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body}`);
    }
  };
  const begin = performance.now();
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
  return { took, perSecond: (paths.length * 1000) / (performance.now() - begin) };
}

/** When it is counted from: when it was due, or when the timer came, whose lateness is not the server's. */
async function dueAt(due: number): Promise<number> {
  const early = due - performance.now();
  if (early <= 0) return due;
  await pause(early);
  return performance.now();
}

function ask(agent: Agent, url: string, headers: Record<string, string>): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
      answer.once('error', reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** The header that a person's requests carry, good for some minutes. */
export async function authorizationOf(
  origin: string,
  person: { email: string; password: string },
): Promise<{ authorization: string }> {
  const identity = `${origin}/api/internal/v1/identity`;
  const headers = { 'content-type': 'application/json', [CSRF_HEADER]: '1' };
  const session = await fetch(`${identity}/sessions`, { method: 'POST', headers, body: JSON.stringify(person) });
  const cookie = session.headers.getSetCookie().map((one) => one.split(';')[0]);
  const answer = await fetch(`${identity}/token`, {
    method: 'POST',
    headers: { [CSRF_HEADER]: '1', cookie: cookie.join('; ') },
  });
  if (!answer.ok) throw new Error(`identity gives no token: ${answer.status}`);
  return { authorization: `Bearer ${((await answer.json()) as TokenAnswer).token}` };
}
