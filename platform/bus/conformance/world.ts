import type { Envelope } from '#contracts/events';
import { openDatabase, type Sql } from '#platform/database';
import { createLog, createMetrics, type Metrics } from '#platform/telemetry';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { appendEvents, type Bus, firstTime, openBus, type Subscription, type Transport } from '../index.ts';

const NOBODY = { service: 'forgeline', role: 'test', version: '0' };
export const silentLog = createLog({ ...NOBODY, level: 'silent' });

/** How one transport is brought into a test. */
export interface Setting {
  name: string;
  /** Called once for each "process" of a test. */
  transport(): Transport;
  /** By which a child process makes the same one. */
  child: { amqp?: string; namespace?: string };
}

/** `orders` publishes, `crm` hears: as two processes unless the test says otherwise. */
export interface World {
  setting: Setting;
  database: TestDatabase;
  /** A running bus of crm with one subscription. */
  consumer(subscription: Partial<Subscription> & Pick<Subscription, 'handle'>): Promise<Bus>;
  /** A running bus of crm with whatever `prepare` adds. */
  crm(prepare: (bus: Bus) => void, metrics?: Metrics): Promise<Bus>;
  publisher: Bus;
  /** Commits `versions` of one order, one transaction each, with a hint after each. */
  publish(key: string, versions: number[]): Promise<void>;
  deliveries(): Promise<{ process: string; key: string; version: number; event_id: string }[]>;
  /** As a restart of the server does. */
  cutConnections(): Promise<void>;
  close(): Promise<void>;
}

export const ROOMS = [
  { name: 'orders', migrations: new URL('./orders/', import.meta.url), hears: [] },
  { name: 'crm', migrations: new URL('./crm/', import.meta.url), hears: ['order'] },
];

/** `ownServer`: for a test that changes what belongs to the whole server, roles above all. */
export async function openWorld(setting: Setting, { ownServer = false } = {}): Promise<World> {
  const database = await testDatabase({ rooms: ROOMS, ownServer });
  const opened: Bus[] = [];

  async function open(room: string, prepare: (bus: Bus) => void, metrics = createMetrics(NOBODY)): Promise<Bus> {
    const bus = openBus({ room, sql: database.sql(room), transport: setting.transport(), log: silentLog, metrics });
    prepare(bus);
    opened.push(bus);
    await bus.start?.();
    return bus;
  }

  const publisher = await open('orders', () => {});
  const crm = database.sql('crm');
  return {
    setting,
    database,
    publisher,
    crm: (prepare, metrics) => open('crm', prepare, metrics),
    consumer: (subscription) =>
      open('crm', (bus) => bus.subscribe({ consumer: 'crm.orders', events: ['order.*'], ...subscription })),
    async publish(key, versions) {
      for (const version of versions) {
        await appendEvents(database.sql('orders'), [{ type: 'order.changed', key, data: { version } }]);
        publisher.hint();
      }
    },
    deliveries: () => crm`select process, key, version, event_id from delivery order by seq`,
    async cutConnections() {
      const admin = openDatabase({ url: database.adminUrl, room: 'testing', max: 1 });
      await admin.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      await admin.end();
    },
    async close() {
      for (const bus of opened) await bus.stop?.();
      await database.close();
    },
  };
}

/** Waits until `ask` answers something. Rejects after 30 s. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`Still waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a room does with events: notes every delivery, and has its effect once. */
export async function recordOnce(sql: Sql, process: string, batch: readonly Envelope[]): Promise<void> {
  await sql.begin(async (tx) => {
    for (const { id, key, data } of batch) {
      const { version } = data as { version: number };
      await tx`insert into delivery (consumer, process, event_id, key, version)
               values ('crm.orders', ${process}, ${id}, ${key}, ${version})`;
    }
    for (const { id, key } of await firstTime(tx, 'crm.orders', batch)) {
      await tx`insert into effect (event_id, key) values (${id}, ${key})`;
    }
  });
}
