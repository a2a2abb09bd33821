/**
 * One room of `npm run bench -- events`, a process of its own that is told what to do over IPC:
 * `events-room.ts '{"room":"crm","url":…,"transport":"rabbitmq",…}'`.
 */
import { appendEvents, openBus, postgresTransport, rabbitTransport } from '#platform/bus';
import { openDatabase } from '#platform/database';
import { liveChanges } from '#platform/live';
import { createLog, createMetrics } from '#platform/telemetry';
import { projectOrders } from '../modules/crm/listen.ts';
import { exampleEvent, exampleOrder } from '../modules/crm/order-examples.ts';

export interface RoomSettings {
  room: 'orders' | 'crm';
  url: string;
  /** Null: the PostgreSQL transport. */
  rabbit: Parameters<typeof rabbitTransport>[0] | null;
}

export type Order =
  | { do: 'start' }
  /** `orders`: commits changes of `ORDERS` orders; as fast as it can without `perSecond`. */
  | { do: 'publish'; count: number; perSecond?: number }
  /** `orders`: copies one event until so many wait; call before `start`. */
  | { do: 'fill'; count: number }
  /** `orders`: answers when nothing waits in the outbox. */
  | { do: 'drain' }
  /** `crm`: answers when so many events have been handled since the last report. */
  | { do: 'report'; count: number }
  | { do: 'stop' };

export interface RoomReport {
  /** Milliseconds from the commit of each event to the commit of its projection. */
  delays: number[];
  /** Milliseconds between the first and the last handled. */
  span: number;
  /** Events in one call of the handler, on average. */
  batch: number;
}

const ORDERS = 500;
const WRITERS = 4;
const APPENDED_AT_ONCE = 25;
const ABOUT = { service: 'forgeline', role: 'bench', version: '0' };

const { room, url, rabbit } = JSON.parse(process.argv[2]!) as RoomSettings;
const log = createLog({ ...ABOUT, level: 'warn' });
const { sql, end } = openDatabase({ url, room });
const bus = openBus({
  room,
  sql,
  transport: rabbit ? rabbitTransport(rabbit) : postgresTransport(),
  log,
  metrics: createMetrics(ABOUT),
});
const live = liveChanges({ sql, room: 'crm', log });

let delays: number[] = [];
let calls = 0;
let first = 0;
let last = 0;
let wanted: { count: number; tell(report: RoomReport): void } | null = null;
if (room === 'crm') {
  bus.subscribe({
    consumer: 'crm.orders',
    events: ['order.*'],
    async handle(batch) {
      first ||= performance.now();
      await projectOrders(sql, live, batch);
      last = performance.now();
      calls += 1;
      const now = performance.timeOrigin + last;
      for (const { occurredAt } of batch) delays.push(now - milliseconds(occurredAt));
      reportIfReached();
    },
  });
}

/** With its microseconds, which Date.parse drops. */
function milliseconds(iso: string): number {
  return Date.parse(iso) + Number(iso.slice(23, 26)) / 1000;
}

function reportIfReached(): void {
  if (!wanted || delays.length < wanted.count) return;
  wanted.tell({ delays, span: last - first, batch: delays.length / calls });
  wanted = null;
  delays = [];
  calls = 0;
  first = 0;
}

const orders = Array.from({ length: ORDERS }, () => exampleOrder({ status: 'confirmed' }));
let next = 0;

async function publish(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    const index = next++ % ORDERS;
    const order = { ...orders[index]!, version: orders[index]!.version + 1 };
    orders[index] = order;
    return { type: 'order.confirmed', key: order.id, data: exampleEvent(order, 'priced') };
  });
  await appendEvents(sql, events);
  bus.hint();
}

/** At a steady pace, whether or not the former are committed. */
async function publishSteadily(count: number, perSecond: number): Promise<void> {
  const open: Promise<void>[] = [];
  const from = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      while (open.length < Math.min(count, ((performance.now() - from) / 1000) * perSecond)) open.push(publish(1));
      if (open.length < count) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(open);
}

async function publishFast(count: number): Promise<void> {
  let left = count;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      const mine = Math.min(left, APPENDED_AT_ONCE);
      left -= mine;
      await publish(mine);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function fill(count: number): Promise<void> {
  const [order] = orders;
  const data = exampleEvent(order!, 'priced');
  await sql`
    insert into bus.feed (topic, key, body)
    select 'order.confirmed', ${order!.id}, ${sql.json(data as never)}::jsonb from generate_series(1, ${count})`;
}

async function drain(): Promise<void> {
  for (;;) {
    const [row] = await sql<{ waits: boolean }[]>`
      select exists (select from bus.feed where owner = current_user) as waits`;
    if (!row!.waits) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start':
      return bus.start?.();
    case 'publish':
      return order.perSecond ? publishSteadily(order.count, order.perSecond) : publishFast(order.count);
    case 'fill':
      return fill(order.count);
    case 'drain':
      return drain();
    case 'report':
      return new Promise<RoomReport>((tell) => {
        wanted = { count: order.count, tell };
        reportIfReached();
      });
    case 'stop':
      await bus.stop?.();
      await end();
      return null;
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send!({ answer: answer ?? null }, () => order.do === 'stop' && process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
