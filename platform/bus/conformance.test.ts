import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import type { Envelope } from '#contracts/events';
import { openDatabase } from '#platform/database';
import { currentTraceparent, span, startTracing } from '#platform/telemetry';
import { requireServer } from '#platform/testing';
import { eventually, openWorld, recordOnce, type Setting, type World } from './conformance/world.ts';
import {
  appendEvents,
  type Bus,
  discardDeadLetter,
  listDeadLetters,
  PoisonEvent,
  postgresTransport,
  rabbitTransport,
  rebuildsWanted,
  replayDeadLetter,
  showDeadLetter,
  wantRebuild,
} from './index.ts';
import { type PrivateBroker, privateBroker } from './private-broker.ts';

const programs = requireServer('rabbitmq');
let broker: PrivateBroker;
const tracing = startTracing({ service: 'forgeline', role: 'test', version: '0' });

before(() => tracing.start?.());
after(() => tracing.stop?.());

describe('the PostgreSQL transport', () => {
  conforms(() => ({ name: 'postgres', transport: () => postgresTransport({ keepSeconds: 0 }), child: {} }));
});

describe('the RabbitMQ transport', {
  skip: programs === null && 'RabbitMQ is not installed: npm run provision',
}, () => {
  before(async () => {
    broker = await privateBroker({ programs: programs! });
  });
  after(() => broker?.stop());

  const setting = (): Setting => {
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    return {
      name: 'rabbitmq',
      transport: () => rabbitTransport({ url: broker.url, namespace }),
      child: { amqp: broker.url, namespace },
    };
  };
  conforms(setting);

  test('orders go on while the broker is down, and their events flow after it is back', async (t) => {
    const world = await openFor(t, setting());
    const got = collect();
    await world.consumer({ handle: got.handle });
    // The first end is a gentle one: RabbitMQ 3.10 cannot revive a queue that was made moments before a power cut.
    for (const [round, goDown] of [broker.shutDown, broker.kill].entries()) {
      await world.publish('before', [round + 1]);
      await eventually('the event before', () => got.ids().size === 26 * round + 1);
      await goDown();
      for (const version of oneTo(25)) await world.publish(`round-${round}-${version % 5}`, [version]);
      await broker.startAgain();
      await eventually('the events that had to wait', () => got.ids().size === 26 * (round + 1));
    }
    assertOrderPerKey(got.events);
    await eventually('an empty outbox', async () => (await outboxRows(world)) === 0);
  });

  test('while the room’s database is away no attempt at an event counts', async (t) => {
    const world = await openFor(t, setting(), { ownServer: true });
    const crm = world.database.sql('crm');
    const admin = openDatabase({ url: world.database.adminUrl, room: 'testing', max: 1 });
    let attempts = 0;
    await world.consumer({
      async handle(batch) {
        attempts += 1;
        await recordOnce(crm, 'crm', batch);
      },
    });
    try {
      await admin.sql`alter role crm nologin`;
      await world.cutConnections();
      await world.publish('waiting', [1]);
      // After the third the next attempts would be 5 s and 30 s away.
      await eventually('more attempts than the ladder has short waits', () => attempts > 5);
    } finally {
      await admin.sql`alter role crm login`;
      await admin.end();
    }
    await eventually('the event', async () => (await world.deliveries()).length === 1);
    assert.deepEqual(await listDeadLetters(crm), []);
  });

  test('a message that is no event becomes a dead letter and holds up nobody', async (t) => {
    const mine = setting();
    const world = await openFor(t, mine);
    const got = collect();
    await world.consumer({ handle: got.handle });
    const connection = await connect(broker.url);
    const channel = await connection.createConfirmChannel();
    channel.publish(mine.child.namespace!, 'order.changed', Buffer.from('{"half": '), { persistent: true });
    await channel.waitForConfirms();
    await connection.close();
    await world.publish('good', [1]);
    await eventually('the good one', () => got.events.length === 1);
    const [letter] = await eventually('the dead letter', async () => {
      const letters = await listDeadLetters(world.database.sql('crm'));
      return letters.length > 0 && letters;
    });
    assert.match(letter!.reason, /not JSON/);
  });

  test('after four attempts an event waits in a queue of the broker and comes back to its owner', async (t) => {
    const world = await openFor(t, setting());
    let attempts = 0;
    const others: string[] = [];
    await world.consumer({
      async handle(batch) {
        for (const { key } of batch) {
          if (key !== 'hard') others.push(key);
          else if (++attempts < 5) throw new Error('not yet');
        }
      },
    });
    await world.crm((bus) =>
      bus.subscribe({
        consumer: 'crm.other',
        events: ['order.*'],
        handle: async (batch) => void others.push(...batch.map(({ key }) => key)),
      }),
    );
    await world.publish('hard', [1]);
    await eventually('the fifth attempt', () => attempts === 5);
    await world.publish('last', [1]);
    await eventually('the last event at both', () => others.filter((key) => key === 'last').length === 2);
    assert.deepEqual(
      others.filter((key) => key === 'hard'),
      ['hard'],
      'the wait must lead back to one consumer only',
    );
  });

  test('an event that nobody hears does not hold up those behind it', async (t) => {
    const world = await openFor(t, setting());
    await world.publish('unheard', [1]);
    await eventually('an empty outbox', async () => (await outboxRows(world)) === 0);
  });
});

function conforms(makeSetting: () => Setting): void {
  test('every committed event arrives, in order per key; a rollback publishes nothing', async (t) => {
    const world = await openFor(t, makeSetting());
    const got = collect();
    await world.consumer({ handle: got.handle });
    const orders = world.database.sql('orders');
    await assert.rejects(
      orders.begin(async (tx) => {
        await appendEvents(tx, [{ type: 'order.changed', key: 'never', data: { version: 1 } }]);
        throw new Error('no');
      }),
    );
    await Promise.all(['a', 'b', 'c'].map((key) => world.publish(key, oneTo(40))));
    await eventually('120 events', () => got.events.length >= 120);
    assert.deepEqual(new Set(got.events.map(({ key }) => key)), new Set(['a', 'b', 'c']));
    assert.equal(got.ids().size, 120);
    assertOrderPerKey(got.events);
  });

  test('an event says what, whose, when and why', async (t) => {
    const world = await openFor(t, makeSetting());
    const got = collect();
    let inside: string | null = null;
    await world.consumer({
      handle: async (batch) => {
        inside = currentTraceparent();
        await got.handle(batch);
      },
    });
    const cause = await span('a request', {}, async () => {
      await world.publish('a', [7]);
      return currentTraceparent();
    });
    const [event] = await eventually('the event', () => got.events.length === 1 && got.events);
    const { id, occurredAt, ...rest } = event!;
    assert.deepEqual(rest, { type: 'order.changed', key: 'a', data: { version: 7 }, traceparent: cause });
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.ok(Math.abs(Date.parse(occurredAt) - Date.now()) < 60_000);
    assert.equal(traceId(inside), traceId(cause));
    assert.notEqual(inside, cause);
  });

  test('only what is subscribed to arrives', async (t) => {
    const world = await openFor(t, makeSetting());
    const got = collect();
    await world.consumer({ events: ['order.needs_review', 'order.hold.*'], handle: got.handle });
    const types = ['order.needs_review', 'order.needsxreview', 'order.hold.set', 'order.holding', 'order.placed'];
    await appendEvents(
      world.database.sql('orders'),
      types.map((type) => ({ type, key: 'a', data: {} })),
    );
    await appendEvents(world.database.sql('orders'), [{ type: 'order.hold.set', key: 'last', data: {} }]);
    world.publisher.hint();
    await eventually('the last event', () => got.events.some(({ key }) => key === 'last'));
    assert.deepEqual(
      got.events.map(({ type }) => type),
      ['order.needs_review', 'order.hold.set', 'order.hold.set'],
    );
  });

  test('8 writers with transactions of random length: none is lost', async (t) => {
    const world = await openFor(t, makeSetting());
    const got = collect();
    await world.consumer({ handle: got.handle });
    const orders = world.database.sql('orders');
    await Promise.all(
      oneTo(8).map(async (writer) => {
        for (const version of oneTo(50)) {
          await orders.begin(async (tx) => {
            await appendEvents(tx, [{ type: 'order.changed', key: `w${writer}`, data: { version } }]);
            await pause(Math.random() * 12);
          });
          world.publisher.hint();
        }
      }),
    );
    await eventually('400 events', () => got.ids().size >= 400);
    assert.equal(got.ids().size, 400);
    assertOrderPerKey(got.events);
  });

  test('a consumer killed in the middle loses nothing, and each effect happens once', async (t) => {
    const setting = makeSetting();
    const world = await openFor(t, setting);
    let victim = await startChild(world, setting, 'first');
    t.after(() => victim.process.kill('SIGKILL'));
    const publishing = Promise.all(oneTo(10).map((key) => world.publish(`k${key}`, oneTo(30))));
    for (const [round, moment] of ['begin', 'end', 'begin', 'end'].entries()) {
      await victim.says(moment);
      victim.process.kill('SIGKILL');
      victim = await startChild(world, setting, `after ${round}`);
    }
    await publishing;
    const crm = world.database.sql('crm');
    await eventually('300 effects', async () => {
      const [row] = await crm`select count(distinct event_id)::int as events, count(*)::int as effects from effect`;
      return row!['events'] === 300 && assert.equal(row!['effects'], 300) === undefined;
    });
    const deliveries = await world.deliveries();
    assert.ok(new Set(deliveries.map(({ process }) => process)).size > 1, 'more than one process must have worked');
  });

  test('a handler that fails twice gets the event again; others flow meanwhile', async (t) => {
    const world = await openFor(t, makeSetting());
    const done: string[] = [];
    let failures = 0;
    await world.consumer({
      async handle(batch) {
        for (const { key } of batch) {
          if (key === 'hard' && failures < 2) {
            failures++;
            throw new Error('not yet');
          }
          done.push(key);
        }
      },
    });
    await world.publish('hard', [1]);
    await world.publish('easy', oneTo(5));
    await eventually('all six', () => done.filter((key) => key === 'easy').length >= 5 && done.includes('hard'));
    assert.equal(failures, 2);
    assert.deepEqual(await listDeadLetters(world.database.sql('crm')), []);
  });

  test('poison is set aside at once, can be read, replayed and discarded, and every act is written down', async (t) => {
    const world = await openFor(t, makeSetting());
    const crm = world.database.sql('crm');
    const got = collect();
    let poisonous = true;
    await world.consumer({
      async handle(batch) {
        if (poisonous && batch.some(({ key }) => key === 'bad')) throw new PoisonEvent('cannot be read');
        await got.handle(batch);
      },
    });
    await world.publish('bad', [1, 2]);
    await world.publish('good', oneTo(5));
    await eventually('the good ones', () => got.events.filter(({ key }) => key === 'good').length >= 5);
    const letters = await eventually('two dead letters', async () => {
      const list = await listDeadLetters(crm);
      return list.length === 2 && list;
    });
    assert.equal(letters[0]!.reason, 'PoisonEvent: cannot be read');
    assert.deepEqual(
      letters.map(({ attempts }) => attempts),
      [1, 1],
    );
    const [second, first] = await Promise.all(
      letters.map(({ consumer, eventId }) => showDeadLetter(crm, { consumer, eventId })),
    );
    assert.deepEqual([first!.data, second!.data].map((data) => (data as { version: number }).version).sort(), [1, 2]);

    poisonous = false;
    const decision = { consumer: 'crm.orders', actor: 'ops', note: 'the parser is mended' };
    assert.equal(await replayDeadLetter(crm, { ...decision, eventId: first!.eventId }), true);
    assert.equal(await discardDeadLetter(crm, { ...decision, eventId: second!.eventId }), true);
    assert.equal(await discardDeadLetter(crm, { ...decision, eventId: second!.eventId }), false);
    await eventually('the replayed one', () => got.events.some(({ id }) => id === first!.eventId));
    assert.equal(got.events.filter(({ key }) => key === 'bad').length, 1);
    assert.deepEqual(await listDeadLetters(crm), []);
    const audit = await crm`select act, actor, note from bus.dead_letter_audit order by seq`;
    assert.deepEqual(
      audit.map(({ act }) => act),
      ['replayed', 'discarded'],
    );
  });

  test('a marked read model is made again by one process, until that succeeds', async (t) => {
    const world = await openFor(t, makeSetting());
    const crm = world.database.sql('crm');
    const rebuilding: string[] = [];
    let together = 0;
    const instance = (name: string) =>
      world.consumer({
        handle: async () => {},
        async rebuild() {
          rebuilding.push(name);
          assert.equal(++together, 1);
          await pause(20);
          together -= 1;
          if (rebuilding.length === 1) throw new Error('the history cannot be read');
          // A mark that is set meanwhile stands for what this rebuild may not have seen.
          if (rebuilding.length === 2) await wantRebuild(crm, { consumer: 'crm.orders', reason: 'again' });
        },
      });
    await Promise.all([instance('one'), instance('two')]);
    await wantRebuild(crm, { consumer: 'crm.orders', reason: 'a test', completeUntil: '2026-01-01T00:00:00Z' });
    await eventually('the failure', async () => (await rebuildsWanted(crm)).some(({ error }) => error !== null));
    const [mark] = await rebuildsWanted(crm);
    assert.equal(mark!.error, 'Error: the history cannot be read');
    assert.equal(mark!.completeUntil, '2026-01-01T00:00:00.000000Z');
    await eventually('no mark', async () => (await rebuildsWanted(crm)).length === 0);
    assert.equal(rebuilding.length, 3);
  });

  test('a broadcast reaches every process, from its start on', async (t) => {
    const world = await openFor(t, makeSetting());
    await world.publish('too early', [1]);
    const heard: string[][] = [[], []];
    for (const mine of heard) {
      await world.crm((bus) => bus.broadcast({ events: ['order.*'], handle: ({ key }) => void mine.push(key) }));
    }
    await world.publish('now', [1]);
    await eventually('both to have heard', () => heard.every((mine) => mine.includes('now')));
    if (world.setting.name === 'postgres') assert.deepEqual(heard, [['now'], ['now']]);
  });

  test('a broadcast that one event breaks still hears the next', async (t) => {
    const world = await openFor(t, makeSetting());
    const heard: number[] = [];
    await world.crm((bus) => {
      bus.broadcast({
        events: ['order.*'],
        handle({ data }) {
          const { version } = data as { version: number };
          if (version === 1) throw new Error('this one is odd');
          heard.push(version);
        },
      });
    });
    // Together, so that they are read together.
    const events = [1, 2].map((version) => ({ type: 'order.changed', key: 'a', data: { version } }));
    await appendEvents(world.database.sql('orders'), events);
    world.publisher.hint();
    await eventually('the second', () => heard.length === 1);
    assert.deepEqual(heard, [2]);
  });

  test('of two instances one is active, and the other takes over when it stops', async (t) => {
    const world = await openFor(t, makeSetting());
    const active: string[] = [];
    const instance = (name: string): Promise<Bus> =>
      world.consumer({
        handle: async (batch) => {
          active.push(...batch.map(() => name));
        },
      });
    const buses = { one: await instance('one'), two: await instance('two') };
    await world.publish('a', oneTo(20));
    await eventually('20 events', () => active.length >= 20);
    assert.equal(new Set(active).size, 1);
    const first = active[0] as 'one' | 'two';
    await buses[first].stop?.();
    active.length = 0;
    await world.publish('b', oneTo(20));
    await eventually('20 more events', () => active.length >= 20);
    assert.deepEqual(new Set(active), new Set([first === 'one' ? 'two' : 'one']));
  });

  test('every connection to the database cut: nothing is lost', async (t) => {
    const world = await openFor(t, makeSetting());
    const crm = world.database.sql('crm');
    await world.consumer({ handle: (batch) => recordOnce(crm, 'only', batch) });
    await world.publish('a', oneTo(10));
    await world.cutConnections();
    await eventually('a publisher that can write again', () =>
      world.publish('b', oneTo(10)).then(
        () => true,
        () => false,
      ),
    );
    await eventually('effects of a and b', async () => {
      const rows = await crm`select distinct key, event_id from effect`.catch(() => []);
      return rows.filter(({ key }) => key === 'a').length === 10 && rows.filter(({ key }) => key === 'b').length >= 10;
    });
    const [row] = await crm`select count(*)::int as all, count(distinct event_id)::int as events from effect`;
    assert.equal(row!['all'], row!['events']);
  });
}

async function openFor(
  t: { after(run: () => Promise<void>): void },
  setting: Setting,
  options: { ownServer?: boolean } = {},
): Promise<World> {
  const world = await openWorld(setting, options);
  t.after(() => world.close());
  return world;
}

function collect() {
  const events: Envelope[] = [];
  return {
    events,
    ids: () => new Set(events.map(({ id }) => id)),
    handle: async (batch: Envelope[]) => void events.push(...batch),
  };
}

function assertOrderPerKey(events: readonly Envelope[]): void {
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const { id, key, data } of events) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { version } = data as { version: number };
    assert.ok(version > (last.get(key) ?? 0), `${key}: ${version} came after ${last.get(key)}`);
    last.set(key, version);
  }
}

async function outboxRows(world: World): Promise<number> {
  const [row] = await world.database.sql('orders')`
    select count(*)::int as rows from bus.feed where owner = current_user`;
  return row!['rows'] as number;
}

interface Child {
  process: ChildProcess;
  /** Resolves at the next such line. */
  says(line: string): Promise<void>;
}

async function startChild(world: World, setting: Setting, name: string): Promise<Child> {
  const configuration = JSON.stringify({ url: world.database.url('crm'), name, ...setting.child });
  const program = fileURLToPath(new URL('./conformance/consumer.ts', import.meta.url));
  const child = spawn(process.execPath, [program, configuration], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const says = async (wanted: string): Promise<void> => {
    for (;;) {
      const [line] = (await once(lines, 'line')) as [string];
      if (line === wanted) return;
    }
  };
  await says('ready');
  return { process: child, says };
}

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function traceId(traceparent: string | null): string | undefined {
  return traceparent?.split('-')[1];
}
