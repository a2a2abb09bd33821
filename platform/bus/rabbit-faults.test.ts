import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { connect } from 'amqplib';
import type { Envelope } from '#contracts/events';
import { createMetrics } from '#platform/telemetry';
import { type BreakableLink, breakableLink, howToGet, requireServer } from '#platform/testing';
import { eventually, openWorld, type Setting, silentLog, type World } from './conformance/world.ts';
import {
  appendEvents,
  type Bus,
  listDeadLetters,
  openBus,
  type PrivateBroker,
  privateBroker,
  rabbitTransport,
  rebuildsWanted,
} from './index.ts';
import { LONG_WAITS, MOST_ATTEMPTS } from './ladder.ts';
import { type RabbitNames, rabbitNames } from './rabbit-names.ts';
import type { RabbitTuning } from './rabbit-tuning.ts';

const NOBODY = { service: 'forgeline', role: 'test', version: '0' };
const programs = requireServer('rabbitmq');
let broker: PrivateBroker;

describe('RabbitMQ in trouble', { skip: programs === null && howToGet(['rabbitmq']) }, () => {
  before(async () => {
    broker = await privateBroker({ programs: programs! });
  });
  after(() => broker?.stop());

  test('a queue that runs over is given up, others get everything, and the rebuild brings back what was lost', async (t) => {
    const gate = opening(t);
    const { world, names } = await openFor(t, { queueLength: 100 });
    const crm = world.database.sql('crm');
    const own: string[] = [];
    const other: string[] = [];
    const metrics = createMetrics(NOBODY);
    const slow = await world.crm((bus) => {
      bus.subscribe({
        consumer: 'crm.orders',
        events: ['order.*'],
        async handle(batch) {
          await gate.opened;
          own.push(...keysOf(batch));
        },
        async rebuild() {
          assert.deepEqual(
            (await rebuildsWanted(crm)).map(({ consumer }) => consumer),
            ['crm.orders'],
          );
          own.push('rebuilt');
          await world.publish('during', [1]);
        },
      });
    }, metrics);
    await world.crm((bus) =>
      bus.subscribe({
        consumer: 'crm.other',
        events: ['order.*'],
        handle: async (batch) => void other.push(...keysOf(batch)),
      }),
    );
    await eventually('freshness', () => slow.asOf('crm.orders'));
    await appendEvents(
      world.database.sql('orders'),
      oneTo(600).map((version) => ({ type: 'order.changed', key: `k${version}`, data: { version } })),
    );
    world.publisher.hint();
    await eventually('everything at the other one', () => new Set(other).size >= 600);
    await eventually('the rebuild', () => own.includes('rebuilt'));
    const held = await slow.asOf('crm.orders');
    gate.open();
    await eventually('no mark', async () => (await rebuildsWanted(crm)).length === 0);
    await eventually('what came during the rebuild', () => own.includes('during'));
    await world.publish('after', [1]);
    await eventually('what came after it', () => own.includes('after'));
    assert.ok(new Set(own).size < 600, 'nothing was given up: the test has not struck');
    assert.match(await metrics.text(), /bus_queues_overflowed_total\{consumer="crm.orders"\} [1-9]/);
    await eventually('freshness again', async () => (await slow.asOf('crm.orders'))! > held!);
    assert.equal(await depthOf(names.queue('crm.orders')), 0);
  });

  test('a consumer that cannot be rebuilt holds its publishers up and loses nothing', async (t) => {
    const gate = opening(t);
    const { world, names } = await openFor(t, { queueLength: 20, prefetch: 5 });
    const got = new Set<string>();
    await world.consumer({
      async handle(batch) {
        await gate.opened;
        for (const { id } of batch) got.add(id);
      },
    });
    await world.publish('a', oneTo(300));
    await eventually('a full queue', async () => (await depthOf(names.queue('crm.orders'))) >= 20);
    assert.ok((await outboxRows(world)) > 200, 'what the queue refuses must wait');
    gate.open();
    await eventually('every event', () => got.size === 300);
    await eventually('an empty outbox', async () => (await outboxRows(world)) === 0);
  });

  test('while the broker is short of memory events wait in the outbox; what has arrived is acknowledged', async (t) => {
    const gate = opening(t);
    const { world, names } = await openFor(t);
    await world.publisher.stop?.();
    const relays = [createMetrics(NOBODY), createMetrics(NOBODY)];
    const publishers = await Promise.all(relays.map((metrics) => publisherOf(t, world, metrics)));
    const thatSay = async (line: RegExp) =>
      (await Promise.all(relays.map((metrics) => metrics.text()))).filter((text) => line.test(text)).length;
    const got: Envelope[] = [];
    await world.consumer({
      async handle(batch) {
        await gate.opened;
        got.push(...batch);
      },
    });
    await world.publish('before', oneTo(10));
    await eventually('an empty outbox', async () => (await outboxRows(world)) === 0);
    assert.equal(await thatSay(/bus_events_relayed_total\{room="orders"\} 10/), 1, 'one of two relays must do all');
    await broker.control(['set_vm_memory_high_watermark', '0.000001']);
    try {
      await world.publish('meanwhile', oneTo(10));
      for (const publisher of publishers) publisher.hint();
      await eventually('the alarm', async () => (await thatSay(/bus_broker_blocked\{room="orders"\} 1/)) > 0);
      gate.open();
      await eventually('what had arrived', () => got.filter(({ key }) => key === 'before').length === 10);
      await eventually('its acknowledgement', async () => (await depthOf(names.queue('crm.orders'))) === 0);
      // The broker still takes the one publication by which it notices whom it has to block.
      assert.ok((await outboxRows(world)) >= 9);
    } finally {
      await broker.control(['set_vm_memory_high_watermark', '0.4']);
    }
    await eventually('what had to wait', () => new Set(got.map(({ id }) => id)).size === 20);
    await eventually('an empty outbox', async () => (await outboxRows(world)) === 0);
    assert.equal(await thatSay(/bus_broker_blocked\{room="orders"\} 1/), 0);
  });

  test('after a partition everything comes back by itself, and freshness says what was missing', async (t) => {
    const { world, link } = await openThroughLink(t);
    const got = new Set<string>();
    const crm = await world.consumer({
      handle: async (batch) => {
        for (const { id } of batch) got.add(id);
      },
    });
    await world.publish('before', oneTo(5));
    await eventually('the events before', () => got.size === 5);
    await eventually('freshness', () => crm.asOf('crm.orders'));
    link.break();
    await world.publish('meanwhile', oneTo(5));
    const [cut] = await world.database.sql('crm')<{ now: string }[]>`select platform.now() as now`;
    await eventually('five that wait', async () => (await outboxRows(world)) === 5);
    assert.ok((await crm.asOf('crm.orders'))! < cut!.now, 'it must not say that it knows what it cannot have heard');
    link.mend();
    await eventually('the events meanwhile', () => got.size === 10);
    await eventually('freshness', async () => (await crm.asOf('crm.orders'))! > cut!.now);
  });

  test('a consumer whose queue was deleted declares it again', async (t) => {
    const { world, names } = await openFor(t);
    const got: string[] = [];
    await world.consumer({ handle: async (batch) => void got.push(...keysOf(batch)) });
    await world.publish('before', [1]);
    await eventually('the event before', () => got.length === 1);
    await throughChannel((channel) => channel.deleteQueue(names.queue('crm.orders')));
    await eventually('a queue with its consumer', async () => {
      const { consumerCount } = await stateOf(names.queue('crm.orders'));
      return consumerCount === 1;
    });
    await world.publish('after', [1]);
    await eventually('the event after', () => got.includes('after'));
  });

  test(`an event that fails ${MOST_ATTEMPTS} times becomes a dead letter`, async (t) => {
    const { world, names } = await openFor(t);
    let attempts = 0;
    await world.consumer({
      async handle() {
        attempts += 1;
        throw new Error('never');
      },
    });
    await world.publish('a', [1]);
    const crm = world.database.sql('crm');
    const [letter] = await eventually('the dead letter', async () => {
      // The clock's part: nobody waits ten minutes here.
      for (const wait of LONG_WAITS) await shortenWait(names, wait);
      const letters = await listDeadLetters(crm);
      return letters.length > 0 && letters;
    });
    assert.equal(attempts, MOST_ATTEMPTS);
    assert.deepEqual([letter!.attempts, letter!.reason], [MOST_ATTEMPTS, 'Error: never']);
  });

  test('freshness waits for what is still to be handled, and for every publisher', async (t) => {
    const gate = opening(t);
    const { world } = await openFor(t);
    let handled = 0;
    const crm = await world.consumer({
      async handle(batch) {
        await gate.opened;
        handled += batch.length;
      },
    });
    const other = await world.crm((bus) => {
      bus.subscribe({ consumer: 'crm.other', events: ['order.*'], handle: async () => {} });
      bus.subscribe({ consumer: 'crm.both', events: ['order.*', 'quote.*'], handle: async () => {} });
    });
    const quiet = await eventually('freshness of a quiet system', () => crm.asOf('crm.orders'));
    await eventually('more of it without any event', async () => (await crm.asOf('crm.orders'))! > quiet!);
    await world.publish('a', [1]);
    const [published] = await world.database.sql('orders')<{ now: string }[]>`select platform.now() as now`;
    await eventually('a tick behind the event', async () => (await other.asOf('crm.other'))! > published!.now);
    assert.ok((await crm.asOf('crm.orders'))! < published!.now);
    assert.equal(await other.asOf('crm.both'), null, 'nothing was heard of those who say quotes');
    gate.open();
    await eventually('freshness beyond the event', async () => (await crm.asOf('crm.orders'))! > published!.now);
    assert.equal(handled, 1);
  });

  test('a queue that stands with other arguments is used as it is', async (t) => {
    const { world, names } = await openFor(t);
    await throughChannel(async (channel) => {
      await channel.assertQueue(names.queue('crm.orders'), {
        arguments: { 'x-queue-type': 'quorum', 'x-max-length': 7 },
      });
    });
    const got: string[] = [];
    await world.consumer({ handle: async (batch) => void got.push(...keysOf(batch)) });
    await world.publish('a', [1]);
    await eventually('the event', () => got.length === 1);
  });
});

interface TestContext {
  after(run: () => Promise<void>): void;
}

function settingOf(url: () => string, tuning: Partial<RabbitTuning> = {}): Setting {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  return {
    name: 'rabbitmq',
    transport: () => rabbitTransport({ url: url(), namespace, tuning }),
    child: { amqp: url(), namespace },
  };
}

async function openFor(
  t: TestContext,
  tuning: Partial<RabbitTuning> = {},
): Promise<{ world: World; names: RabbitNames }> {
  const setting = settingOf(() => broker.url, tuning);
  const world = await openWorld(setting);
  t.after(() => world.close());
  return { world, names: rabbitNames(setting.child.namespace!, 'crm') };
}

/** Dead peers are noticed after two heartbeats: here after some two seconds. */
async function openThroughLink(t: TestContext): Promise<{ world: World; link: BreakableLink }> {
  const link = await breakableLink(Number(new URL(broker.url).port));
  const world = await openWorld(settingOf(() => `${link.through(broker.url)}?heartbeat=1`));
  t.after(async () => {
    await world.close();
    await link.close();
  });
  return { world, link };
}

/** A second publisher whose figures can be read. */
async function publisherOf(t: TestContext, world: World, metrics: ReturnType<typeof createMetrics>): Promise<Bus> {
  const bus = openBus({
    room: 'orders',
    sql: world.database.sql('orders'),
    transport: world.setting.transport(),
    log: silentLog,
    metrics,
  });
  await bus.start?.();
  t.after(async () => bus.stop?.());
  return bus;
}

type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>;

async function throughChannel<T>(run: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(broker.url);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    const answer = await run(channel);
    // What was published has arrived with its answer.
    await channel.close();
    return answer;
  } finally {
    await connection.close();
  }
}

function stateOf(queue: string) {
  return throughChannel((channel) => channel.checkQueue(queue)).catch(() => ({ messageCount: -1, consumerCount: -1 }));
}

async function depthOf(queue: string): Promise<number> {
  return (await stateOf(queue)).messageCount;
}

/** What waits goes back to its owner now. */
async function shortenWait(names: RabbitNames, ms: number): Promise<void> {
  await throughChannel(async (channel) => {
    const message = await channel.get(names.wait(ms));
    if (!message) return;
    const { headers, messageId, type } = message.properties;
    channel.publish('', message.fields.routingKey, message.content, { headers, messageId, type, persistent: true });
    channel.ack(message);
  });
}

function keysOf(batch: readonly Envelope[]): string[] {
  return batch.map(({ key }) => key);
}

async function outboxRows(world: World): Promise<number> {
  const [row] = await world.database.sql('orders')`
    select count(*)::int as rows from bus.feed where owner = current_user`;
  return row!['rows'] as number;
}

/** Holds a handler up until it is opened, at the latest when the test ends: a bus stops only when its handlers have. */
function opening(t: TestContext) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  t.after(async () => open());
  return { opened, open };
}

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
