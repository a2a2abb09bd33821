import { Agent, type IncomingHttpHeaders, request } from 'node:http';

const CONNECTIONS = 8;

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
}

/** Asks `count` times over kept connections; throws unless every answer has the status. Milliseconds each took. */
export async function askMany(
  url: string,
  headers: Record<string, string>,
  { count, status }: { count: number; status: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const took: number[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const from = performance.now();
      const answer = await ask(url, headers, agent);
      if (answer.status !== status) throw new Error(`${url} answered ${answer.status}, not ${status}`);
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return took;
}

export function ask(url: string, headers: Record<string, string>, agent?: Agent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    request(url, { headers, ...(agent ? { agent } : {}) }, (response) => {
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode!, headers: response.headers }));
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}
