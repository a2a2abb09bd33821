import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atMost, type Row } from '../report.ts';
import { ask, askMany } from './load.ts';
import type { Asked, Ready } from './serve.ts';

const ROUNDS = 7;
const REQUESTS = 3_000;
const UNCACHED = 600;

/** CPU of a 304, of a page from memory and of the page without a cache, each beside a bare route in the same rounds. */
export async function cpuRows(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-cache-'));
  const serve = path.join(import.meta.dirname, 'serve.ts');
  const child = fork(serve, [path.join(folder, 'log')], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const tell = async <T>(asked: Asked): Promise<T> => {
    const answered = once(child, 'message');
    child.send(asked);
    return (await answered)[0] as T;
  };
  try {
    const [ready] = (await once(child, 'message')) as [Ready];
    return await measure(ready, tell);
  } finally {
    if (child.connected) await tell('stop');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}

async function measure({ full, bare, token, page }: Ready, tell: <T>(asked: Asked) => Promise<T>): Promise<Row[]> {
  const signedIn = { authorization: `Bearer ${token}` };
  const list = `${full}/api/internal/v1/crm/orders`;
  const { headers } = await ask(list, signedIn);
  const conditional = { ...signedIn, 'if-none-match': headers.etag! };
  const kinds = {
    'bare route, 304': () =>
      askMany(`${bare}/unchanged`, { 'if-none-match': 'W/"bare"' }, { count: REQUESTS, status: 304 }),
    '304': () => askMany(list, conditional, { count: REQUESTS, status: 304 }),
    'bare route, page': () => askMany(`${bare}/page`, {}, { count: REQUESTS, status: 200 }),
    'held page': () => askMany(list, signedIn, { count: REQUESTS, status: 200 }),
    'page without a cache': () => askMany(`${full}/without-cache`, signedIn, { count: UNCACHED, status: 200 }),
  };
  type Kind = keyof typeof kinds;
  const cpu = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []])) as unknown as Record<Kind, number[]>;
  for (const run of Object.values(kinds)) await run();
  let asked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of Object.keys(kinds) as Kind[]) {
      const queriesBefore = kind === '304' ? await queries(full) : 0;
      const before = await tell<NodeJS.CpuUsage>('cpu');
      const { length } = await kinds[kind]();
      const after = await tell<NodeJS.CpuUsage>('cpu');
      cpu[kind].push((after.user + after.system - before.user - before.system) / length);
      if (kind === '304') asked += (await queries(full)) - queriesBefore;
    }
  }
  const shares: Partial<Record<Kind, number>> = {};
  for (const kind of ['304', 'held page', 'page without a cache'] as const) {
    await tell('profile');
    await kinds[kind]();
    shares[kind] = await tell<number>('profiled');
  }
  const beside = (kind: Kind, peer: Kind, gate?: number): Row => {
    const ratio = median(cpu[kind].map((value, round) => value / cpu[peer][round]!));
    return {
      ...atMost(`CPU of a ${kind}, signed in, with telemetry`, median(cpu[kind]), 'µs'),
      peer,
      peerValue: Number(median(cpu[peer]).toPrecision(3)),
      ratio: Number(ratio.toPrecision(3)),
      ...(gate === undefined ? {} : { gate }),
      ok: gate === undefined || ratio <= gate,
    };
  };
  return [
    beside('304', 'bare route, 304', 1.6),
    beside('held page', 'bare route, page'),
    beside('page without a cache', 'held page'),
    atMost('queries of requests answered by 304, each', asked / ROUNDS / REQUESTS, '', 0),
    atMost('telemetry’s share of a page without a cache', shares['page without a cache']! * 100, '%', 15),
    atMost('telemetry’s share of a held page', shares['held page']! * 100, '%'),
    atMost('telemetry’s share of a 304', shares['304']! * 100, '%'),
    atMost('size of the page', page.length / 1000, 'kB'),
  ];
}

/** What requests have asked of the database: generations looked up, and contents read. */
async function queries(origin: string): Promise<number> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  const counts = /^forgeline_cache_(?:generation_lookups_total\{.*|answers_total\{.*how="filled".*)\} (\d+)$/gm;
  return [...metrics.matchAll(counts)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
