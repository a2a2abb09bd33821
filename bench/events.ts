import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PrivateBroker, privateBroker } from '#platform/bus';
import { openDatabase } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { findServer, howToGet } from '#platform/testing';
import { readConfig } from '../app/config.ts';
import { ROOM_NAMES } from '../app/rooms.ts';
import { type Servers, servers } from '../app/servers.ts';
import type { Order, RoomReport, RoomSettings } from './events-room.ts';
import { cpuOf, postgresCpu } from './process.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';

const ROOM = path.join(import.meta.dirname, 'events-room.ts');
const RUNS = 5;
const PER_SECOND = 200;
const SECONDS = 8;
const SUSTAINED = 30_000;
const BACKLOG = 100_000;
/** In a sweep each is tried with fewer: it is the comparison that counts. */
const SWEPT_COUNT = 10_000;

type Tuning = NonNullable<NonNullable<RoomSettings['rabbit']>['tuning']>;

/** What the swept figures were chosen from. */
const SWEPT: { consumers: Tuning[]; relay: Tuning[] } = {
  consumers: [
    { prefetch: 25, batch: 10 },
    { prefetch: 50, batch: 50 },
    { prefetch: 300, batch: 50 },
    { prefetch: 300, batch: 200 },
    { prefetch: 1000, batch: 200 },
  ],
  relay: [50, 200, 800].flatMap((relayBatch) => [1, 4].map((relayAhead) => ({ relayBatch, relayAhead }))),
};

/**
 * From a committed change to the CRM's row: `orders` and `crm` as processes of their own, PostgreSQL with all durability,
 * a private RabbitMQ. About two minutes; `--sweep` instead tries what `rabbit-tuning.ts` was chosen from, some four.
 */
export async function events(options: readonly string[]): Promise<Report> {
  const programs = findServer('rabbitmq');
  if (!programs) throw new Error(howToGet(['rabbitmq']));
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-events-'));
  const log = createLog({ service: 'forgeline', role: 'bench', version: '0', level: 'silent' });
  const installation = servers(readConfig([`--data-dir=${dataDir}`], {}), log);
  const undo = [async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })];
  try {
    undo.push(async () => installation.stop?.());
    await installation.start?.();
    await installation.prepare(ROOM_NAMES);
    const broker = await privateBroker({ programs });
    undo.push(() => broker.stop());
    const house: House = { installation, dataDir, broker };
    return {
      suite: 'events',
      machine: machine(readFileSync(path.join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8').trim()),
      rows: options.includes('--sweep') ? await sweep(house) : await figures(house),
    };
  } finally {
    while (undo.length > 0) await undo.pop()!();
  }
}

async function figures(house: House): Promise<Row[]> {
  const rabbit: Latency[] = [];
  const postgres: Latency[] = [];
  // In turns, so that what else the machine does strikes both.
  for (let run = 0; run < RUNS; run++) {
    rabbit.push(await latency(house, {}));
    postgres.push(await latency(house, null));
    await forgetFeed(house);
  }
  const [sustained, ofPostgres] = [await throughput(house, {}), await throughput(house, null)];
  await forgetFeed(house);
  const [together, oneByOne] = [await drainRate(house, {}), await drainRate(house, { relayAhead: 1 })];
  return [
    against(
      'change → CRM at 200/s, p50, median of 5',
      middle(rabbit, 'p50'),
      'ms',
      'PostgreSQL transport',
      middle(postgres, 'p50'),
    ),
    { ...atMost('p50 within its bound', middle(rabbit, 'p50'), 'ms', 15) },
    against(
      'change → CRM at 200/s, p99, median of 5',
      middle(rabbit, 'p99'),
      'ms',
      'PostgreSQL transport',
      middle(postgres, 'p99'),
    ),
    { ...atMost('p99 within its bound', middle(rabbit, 'p99'), 'ms', 150) },
    atLeast('sustained through one queue', sustained.perSecond, 'changes/s', 1500),
    against('sustained, beside', sustained.perSecond, 'changes/s', 'PostgreSQL transport', ofPostgres.perSecond),
    atMost('events in one batch meanwhile', sustained.batch, 'events'),
    atLeast(`relay drains a backlog of ${BACKLOG}`, together.perSecond, 'events/s', 10_000),
    against('relay, several batches ahead', together.perSecond, 'events/s', 'one at a time', oneByOne.perSecond),
    ...rabbit.at(-1)!.cpu,
    ...sustained.cpu,
    ...together.cpu,
  ];
}

async function sweep(house: House): Promise<Row[]> {
  const rows: Row[] = [];
  for (const tuning of SWEPT.consumers) {
    const name = `prefetch ${tuning.prefetch}, batch ${tuning.batch}`;
    const { perSecond, cpu: used } = await throughput(house, tuning, SWEPT_COUNT);
    const { p50, p99 } = await latency(house, tuning);
    rows.push(atLeast(`${name}: sustained`, perSecond, 'changes/s'));
    rows.push(atMost(`${name}: p50 at 200/s`, p50, 'ms'), atMost(`${name}: p99 at 200/s`, p99, 'ms'));
    rows.push(...used.map((row) => ({ ...row, name: `${name}: ${row.name}` })));
  }
  for (const tuning of SWEPT.relay) {
    const name = `relay batch ${tuning.relayBatch}, ${tuning.relayAhead} ahead`;
    const { perSecond, cpu: used } = await drainRate(house, tuning, 2 * SWEPT_COUNT);
    rows.push(atLeast(name, perSecond, 'events/s'), ...used.map((row) => ({ ...row, name: `${name}: ${row.name}` })));
  }
  return rows;
}

/** The PostgreSQL transport keeps events for a while: a relay that comes after it would carry them, minutes old, to the broker. */
async function forgetFeed({ installation }: House): Promise<void> {
  const { sql, end } = openDatabase({ url: installation.adminUrl('orders'), room: 'bench', max: 1 });
  await sql`delete from bus.feed`;
  await end();
}

interface Latency {
  p50: number;
  p99: number;
  cpu: Row[];
}

async function latency(house: House, tuning: Tuning | null): Promise<Latency> {
  const [orders, crm] = await openBoth(house, tuning);
  await orders.ask({ do: 'publish', count: PER_SECOND, perSecond: PER_SECOND });
  await crm.ask({ do: 'report', count: PER_SECOND });
  const count = PER_SECOND * SECONDS;
  const before = cpu(house, orders, crm);
  await orders.ask({ do: 'publish', count, perSecond: PER_SECOND });
  const { delays } = await crm.ask<RoomReport>({ do: 'report', count });
  const rows = cpuRows('at 200/s', before, cpu(house, orders, crm), count);
  await Promise.all([orders.stop(), crm.stop()]);
  return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), cpu: rows };
}

interface Throughput {
  perSecond: number;
  batch: number;
  cpu: Row[];
}

async function throughput(house: House, tuning: Tuning | null, count = SUSTAINED): Promise<Throughput> {
  const [orders, crm] = await openBoth(house, tuning);
  await orders.ask({ do: 'publish', count: 2_000 });
  await crm.ask({ do: 'report', count: 2_000 });
  const before = cpu(house, orders, crm);
  const report = crm.ask<RoomReport>({ do: 'report', count });
  await orders.ask({ do: 'publish', count });
  const { span, batch, delays } = await report;
  const rows = cpuRows('sustained', before, cpu(house, orders, crm), count);
  await Promise.all([orders.stop(), crm.stop()]);
  return { perSecond: delays.length / (span / 1000), batch, cpu: rows };
}

/** Into one queue that nobody reads. */
async function drainRate(house: House, tuning: Tuning, count = BACKLOG): Promise<{ perSecond: number; cpu: Row[] }> {
  const rabbit = { ...reach(house, tuning), tuning: { ...tuning, queueLength: 2 * count } };
  const crm = await openRoom(house, 'crm', rabbit);
  await crm.ask({ do: 'start' });
  await crm.stop();
  const orders = await openRoom(house, 'orders', rabbit);
  await orders.ask({ do: 'fill', count });
  await orders.ask({ do: 'start' });
  const before = cpu(house, orders, null);
  const from = performance.now();
  await orders.ask({ do: 'drain' });
  const perSecond = count / ((performance.now() - from) / 1000);
  const rows = cpuRows('relay', before, cpu(house, orders, null), count);
  await orders.stop();
  return { perSecond, cpu: rows };
}

interface House {
  installation: Servers;
  dataDir: string;
  broker: PrivateBroker;
}

/** CPU seconds so far, which a busy machine does not change. */
interface Cpu {
  orders: number;
  crm: number;
  postgres: number;
  broker: number;
}

function cpu({ dataDir, broker }: House, orders: Room, crm: Room | null): Cpu {
  return {
    orders: cpuOf(orders.pid),
    crm: crm ? cpuOf(crm.pid) : 0,
    postgres: postgresCpu(path.join(dataDir, 'postgres')),
    broker: cpuOf(broker.pid()),
  };
}

/** Milliseconds of CPU for a thousand events. */
function cpuRows(name: string, before: Cpu, after: Cpu, count: number): Row[] {
  return (Object.keys(after) as (keyof Cpu)[]).flatMap((part) => {
    const used = ((after[part] - before[part]) * 1e6) / count;
    return used > 0 ? [atMost(`${name}, CPU of ${part}`, used, 'ms/1,000 events')] : [];
  });
}

function reach({ broker }: House, tuning: Tuning) {
  return { url: broker.url, namespace: `bench-${randomUUID().slice(0, 8)}`, tuning };
}

async function openBoth(house: House, tuning: Tuning | null): Promise<[Room, Room]> {
  const rabbit = tuning && reach(house, tuning);
  const rooms = await Promise.all([openRoom(house, 'orders', rabbit), openRoom(house, 'crm', rabbit)]);
  const [orders, crm] = rooms as [Room, Room];
  await crm.ask({ do: 'start' });
  await orders.ask({ do: 'start' });
  return [orders, crm];
}

interface Room {
  pid: number;
  ask<Answer = null>(order: Order): Promise<Answer>;
  stop(): Promise<void>;
}

async function openRoom(
  { installation }: House,
  room: RoomSettings['room'],
  rabbit: RoomSettings['rabbit'],
): Promise<Room> {
  const settings: RoomSettings = { room, url: installation.url(room), rabbit };
  const child = fork(ROOM, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const killIt = () => void child.kill('SIGKILL');
  process.once('exit', killIt);
  return {
    pid: child.pid!,
    ask: (order) => answerOf(child, order),
    async stop() {
      const gone = once(child, 'exit');
      child.send({ do: 'stop' } satisfies Order);
      await gone;
      process.off('exit', killIt);
    },
  };
}

/** Answers come in the order of the questions, save that of `report`, which is asked alone. */
function answerOf<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('A room of the bench ended'));
    child.once('exit', onExit);
    child.once('message', ({ answer }: { answer: Answer }) => {
      child.off('exit', onExit);
      resolve(answer);
    });
    child.send(order);
  });
}

function middle(runs: readonly Latency[], figure: 'p50' | 'p99'): number {
  return percentile(
    runs.map((run) => run[figure]),
    0.5,
  );
}

/** A figure beside its peer's of the same run, to be read, not to be passed. */
function against(name: string, value: number, unit: string, peer: string, peerValue: number): Row {
  const round = (figure: number) => Number(figure.toPrecision(4));
  return {
    name,
    value: round(value),
    unit,
    peer,
    peerValue: round(peerValue),
    ratio: Number((value / peerValue).toPrecision(3)),
    ok: true,
  };
}
