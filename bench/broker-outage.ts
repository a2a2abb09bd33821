import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from 'amqplib';
import type { CommandAnswer, PlaceOrder } from '#contracts/orders';
import type { PrivateBroker } from '#platform/bus';
import { type Database, openDatabase, type Sql } from '#platform/database';
import { startTopology, type Topology } from '../app/cli/topology.ts';
import { ROOM_NAMES, type RoomName } from '../app/rooms.ts';
import { asGuest, eventually, Refused, type Visitor } from '../app/visitor.ts';
import { readModelsEqual } from '../test/invariants/read-models.ts';
import { emptyLedger, type Witness } from '../test/invariants/witness.ts';
import { placement, readyQuote } from './orders.ts';
import { cpuOf, postgresCpu } from './process.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';

const ORDERS = '/api/internal/v1/orders';
const ORDERS_PER_SECOND = 50;
const WARM_UP = 100;
const HOUR_MS = 3_600_000;
/** Consumers of whose queues the quiet is made: everybody who hears of orders and quotes. */
const QUEUES = [
  'orders.facts',
  'pricing.orders',
  'shop.orders',
  'shop.quotes',
  'crm.orders',
  'crm.quotes',
  'mes.orders',
];
const LOOK_EVERY_MS = 100;

/**
 * Orders while the broker is away, in one process per role: `--minutes 10` of 50 orders a second, then a backlog of
 * `--backlog 360000` events, made of those that wait, is sent when it is back. Takes some 15 minutes; a broken promise
 * misses a gate.
 */
export async function brokerOutage(options: readonly string[]): Promise<Report> {
  const { minutes, backlog } = wanted(options);
  const topology = await startTopology({ kind: 'split' });
  const watched = await watch(topology);
  try {
    const broker = topology.broker!;
    const buyer = await asGuest(topology.gatewayOrigin);
    const quoteId = await readyQuote(buyer);
    const warmUp = await placeFor(buyer, quoteId, WARM_UP / ORDERS_PER_SECOND);
    await quiet(broker, watched);
    await equal(watched);

    await broker.shutDown();
    const placed = await placeFor(buyer, quoteId, minutes * 60);
    const waiting = await watched.outboxRows();
    await watched.fillOutbox(backlog);
    const sent = await watched.outboxRows();

    const from = performance.now();
    await broker.startAgain();
    const back = performance.now();
    const before = cpu(topology);
    await eventually('the outboxes are empty', async () => ((await watched.outboxRows()) === 0 ? true : null), HOUR_MS);
    const drained = performance.now();
    const stillAt = await quiet(broker, watched);
    const used = cpuRows(before, cpu(topology), sent);
    const equalAt = await equal(watched);
    const lost = await watched.missing([...warmUp.accepted, ...placed.accepted]);

    const eventsPerSecond = (waiting / placed.accepted.length) * ORDERS_PER_SECOND;
    const drain = sent / ((drained - back) / 1000);
    return {
      suite: 'broker-outage',
      machine: machine(readFileSync(path.join(topology.dataDir, 'postgres/main/cluster/PG_VERSION'), 'utf8').trim()),
      rows: [
        atLeast('broker away', minutes, 'min', minutes),
        atLeast('orders placed meanwhile', placed.accepted.length, 'orders'),
        atLeast('accepted of those placed', (placed.accepted.length / placed.offered) * 100, '%', 100),
        atMost('told to ask again (408, 503, or its token had run out)', placed.askedAgain, 'requests'),
        atMost('asked again because the connection broke', placed.broken, 'requests'),
        atLeast('rate of orders', placed.accepted.length / placed.seconds, 'orders/s'),
        atMost('placing, p50', percentile(placed.took, 0.5), 'ms'),
        atMost('placing, p99', percentile(placed.took, 0.99), 'ms'),
        atLeast('events waiting when it came back', waiting, 'events'),
        atLeast('backlog with those made of them', sent, 'events', backlog),
        atMost('broker started until it takes connections', (back - from) / 1000, 's'),
        atMost('backlog drained in', (drained - back) / 1000, 's'),
        atLeast('drain', drain, 'events/s'),
        {
          name: 'drain against the arrival of 50 orders/s',
          value: Math.round(drain),
          unit: 'events/s',
          peer: 'arrival',
          peerValue: Math.round(eventsPerSecond),
          ratio: Number((drain / eventsPerSecond).toPrecision(3)),
          gate: 5,
          ok: drain >= 5 * eventsPerSecond,
        },
        atMost('every consumer done after', (stillAt - back) / 1000, 's'),
        atMost('from quiet until every read model equals the truth', (equalAt - stillAt) / 1000, 's', 2),
        atMost('accepted orders lost', lost, 'orders', 0),
        ...used,
      ],
    };
  } finally {
    await watched.end();
    await topology.stop();
  }
}

function wanted(options: readonly string[]): { minutes: number; backlog: number } {
  const { values } = parseArgs({
    args: options.filter((option) => option !== '--json' && option !== '--record'),
    options: { minutes: { type: 'string', default: '10' }, backlog: { type: 'string', default: '360000' } },
  });
  const [minutes, backlog] = [Number(values.minutes), Number(values.backlog)];
  if (!(minutes > 0) || !(backlog >= 0)) throw new Error('--minutes and --backlog want positive numbers');
  return { minutes, backlog };
}

interface Placed {
  offered: number;
  accepted: string[];
  /** Told to come again later. */
  askedAgain: number;
  /** Connections that broke before the answer: asked again too, the command id makes it the same order. */
  broken: number;
  /** Milliseconds each took, repetitions included. */
  took: number[];
  seconds: number;
}

/** So many orders a second, whether or not the former are answered. */
async function placeFor(buyer: Visitor, quoteId: string, seconds: number): Promise<Placed> {
  const placed: Placed = { offered: 0, accepted: [], askedAgain: 0, broken: 0, took: [], seconds: 0 };
  const open: Promise<void>[] = [];
  const from = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(seconds, (performance.now() - from) / 1000) * ORDERS_PER_SECOND;
      while (placed.offered < Math.floor(due)) {
        placed.offered += 1;
        open.push(placeOne(buyer, placement(quoteId), placed));
      }
      if ((performance.now() - from) / 1000 < seconds) return;
      clearInterval(timer);
      resolve();
    }, 1000 / ORDERS_PER_SECOND);
  });
  await Promise.all(open);
  placed.seconds = (performance.now() - from) / 1000;
  return placed;
}

/** As a browser does: told to come again later, or without an answer, it asks by the same command id. Any other refusal counts. */
async function placeOne(buyer: Visitor, body: PlaceOrder, placed: Placed): Promise<void> {
  const from = performance.now();
  for (;;) {
    try {
      const { orderId } = await buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body });
      placed.accepted.push(orderId);
      placed.took.push(performance.now() - from);
      return;
    } catch (error) {
      if (error instanceof Refused && !isForLater(error)) {
        console.error(String(error));
        return;
      }
      if (error instanceof Refused) placed.askedAgain += 1;
      else placed.broken += 1;
      await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
    }
  }
}

/** To be sent again: later, whole where it came in too slowly, or with a new token where it waited longer than its own lives. */
function isForLater({ status, problem }: Refused): boolean {
  return status === 503 || status === 408 || problem.code === 'auth.expired';
}

/** CPU seconds so far of everything that takes part: the processes by role, the servers. */
function cpu(topology: Topology): Map<string, number> {
  const roles = Object.keys(topology.origins);
  return new Map([
    ...roles.map((role): [string, number] => [role, cpuOf(topology.pid(role)!)]),
    ['RabbitMQ', cpuOf(topology.broker!.pid())],
    ...['main', 'crm'].map((name): [string, number] => [
      `PostgreSQL ${name}`,
      postgresCpu(path.join(topology.dataDir, 'postgres', name)),
    ]),
  ]);
}

function cpuRows(before: Map<string, number>, after: Map<string, number>, events: number): Row[] {
  return [...after].map(([who, seconds]) =>
    atMost(`CPU of ${who}`, ((seconds - before.get(who)!) * 1e6) / events, 'ms/1,000 events'),
  );
}

interface Watched extends Witness {
  /** Of all rooms. */
  outboxRows(): Promise<number>;
  /** Repeats what waits in the outbox of orders, as at-least-once may, until so many events wait. */
  fillOutbox(rows: number): Promise<void>;
  /** How many of these orders are nowhere. */
  missing(ids: readonly string[]): Promise<number>;
  end(): Promise<void>;
}

/** Looks at the databases from outside, as administrator. */
async function watch(topology: Topology): Promise<Watched> {
  const urls = new Map(ROOM_NAMES.map((room) => [room, topology.adminUrl(room)!]));
  const pools = new Map<string, Database>(
    [...new Set(urls.values())].map((url) => [url, openDatabase({ url, room: 'bench', max: 2 })]),
  );
  const database = (room: RoomName): Sql => pools.get(urls.get(room)!)!.sql;

  async function outboxRows(): Promise<number> {
    const counts = await Promise.all(
      [...pools.values()].map(async ({ sql }) => {
        const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from bus.feed`;
        return row!.rows;
      }),
    );
    return counts.reduce((sum, rows) => sum + rows, 0);
  }

  return {
    database,
    ledger: emptyLedger(),
    transport: 'rabbitmq',
    outboxRows,
    async fillOutbox(rows) {
      const sql = database('orders');
      for (let missing = rows - (await outboxRows()); missing > 0; missing = rows - (await outboxRows())) {
        await sql`
          insert into bus.feed (owner, topic, key, body, traceparent)
          select owner, topic, key, body, traceparent from bus.feed where owner = 'orders' order by xid, seq
          limit ${Math.min(missing, 50_000)}`;
      }
    },
    async missing(ids) {
      const [row] = await database('orders')<{ found: number }[]>`
        select count(*)::int as found from orders.orders where id = any (${ids as string[]}::uuid[])`;
      return ids.length - row!.found;
    },
    end: async () => void (await Promise.all([...pools.values()].map((pool) => pool.end()))),
  };
}

/** Resolves with the moment since which no event waits anywhere: not in an outbox, not in a queue. */
async function quiet(broker: PrivateBroker, watched: Watched): Promise<number> {
  const connection = await connect(broker.url);
  const channel = await connection.createChannel();
  const ready = async (): Promise<number> => {
    const states = await Promise.all(QUEUES.map((consumer) => channel.checkQueue(`forgeline.${consumer}`)));
    return states.reduce((sum, { messageCount }) => sum + messageCount, await watched.outboxRows());
  };
  try {
    for (;;) {
      const from = performance.now();
      if ((await ready()) === 0) return from;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    await connection.close();
  }
}

/** Resolves with the moment at which the comparison began that found every read model equal to the truth. */
function equal(watched: Watched): Promise<number> {
  return eventually(
    'every read model equals the truth',
    async () => {
      const from = performance.now();
      const violations = await readModelsEqual(watched);
      if (violations.length === 0) return from;
      console.error(`${violations.length} differ, e.g. ${violations[0]!.detail}`);
      return null;
    },
    HOUR_MS,
  );
}
