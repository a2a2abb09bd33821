import { Agent, request } from 'node:http';
import { CSRF_HEADER, type TokenAnswer } from '#contracts/identity';

export interface Load {
  /** Milliseconds of each request, in the order in which they ended. */
  took: number[];
  perSecond: number;
}

/**
 * Asks these paths from so many clients, each with a connection of its own and waiting for its answer. Throws
 * where an answer is not 200.
 */
export async function askAll(
  origin: string,
  paths: readonly string[],
  { clients, headers }: { clients: number; headers: Record<string, string> },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const took: number[] = [];
  const left = paths[Symbol.iterator]();
  const client = async () => {
    for (const path of left) {
      const from = performance.now();
      const { status, body } = await ask(agent, origin + path, headers);
      took.push(performance.now() - from);
      if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body}`);
    }
  };
  const from = performance.now();
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
  return { took, perSecond: (paths.length * 1000) / (performance.now() - from) };
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
