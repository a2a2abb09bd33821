import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { eventually } from '../../../app/visitor.ts';
import type { PostgresServer } from '../postgres-server.ts';
import type { Fault, Scene } from './fault.ts';

const OUTAGE_MS = 3_000;
const LONG_TRANSACTION_MS = 8_000;
const BACK_WITHIN_MS = 180_000;
const FILLINGS = 10;
const CONTROL_WITHIN_MS = 20_000;

const brokerRestart: Fault = {
  doc: 'the broker ends, by kill -9 or in order, and is started again',
  lane: 'servers',
  async strike({ world, random }) {
    const { broker } = world.cluster;
    const how = random.chance(0.5) ? 'kill' : 'shutDown';
    await broker[how]();
    await pause(random.between(0, OUTAGE_MS));
    await broker.startAgain();
    return how === 'kill' ? 'it was killed' : 'it was shut down';
  },
};

/** The network between processes and one server breaks, or swallows everything. */
async function partition({ world, random }: Scene, which: 'broker' | 'main' | 'crm'): Promise<string | null> {
  const wire = world.cluster.wires[which];
  const before = wire.connections;
  const isCut = random.chance(0.5);
  if (isCut) wire.cut();
  else wire.break();
  await pause(OUTAGE_MS);
  wire.mend();
  return before > 0 ? `${before} connections to ${which} were ${isCut ? 'cut' : 'frozen'}` : null;
}

const brokerAlarm: Fault = {
  doc: 'the broker is short of memory and blocks everybody who publishes',
  lane: 'servers',
  async strike({ world }) {
    const { broker } = world.cluster;
    const limit = (share: string) => broker.control(['set_vm_memory_high_watermark', share]);
    try {
      await limit('0.00001');
      // The broker tells a connection that it is blocked when that publishes the next time.
      const asking = { id: newId(), type: 'person.revoked', key: 'alarm', occurredAt: new Date().toISOString() };
      const told = world.tap.put('nobody', [{ ...asking, traceparent: null, data: {} }]).catch(() => false);
      const blocked = await eventually('publishers are blocked', async () => world.tap.isBlocked || null, 5_000).catch(
        () => false,
      );
      await pause(OUTAGE_MS);
      await limit('0.4');
      await told;
      return blocked ? 'publishers were told that they are blocked' : null;
    } finally {
      await limit('0.4').catch(() => undefined);
    }
  },
};

const fullQueue: Fault = {
  doc: 'the queue of a read model is full and refuses events',
  lane: 'servers',
  async strike({ world }) {
    const { broker, databases } = world.cluster;
    const queue = 'forgeline.shop.orders';
    const policy = ['chaos-full', `^${queue.replaceAll('.', '\\.')}$`, '{"max-length": 5}', '--apply-to', 'queues'];
    const known = world.tap.heard.filter(({ type }) => type.startsWith('order.'));
    if (known.length === 0) return null;
    return withLock(databases.main.sql, 'shop.order_view', async () => {
      try {
        await broker.control(['set_policy', ...policy]);
        // More than the consumer has in hand and than the queue may keep; the policy bites a moment after it is set.
        const many = Array.from({ length: 400 }, (_, i) => known[i % known.length]!);
        let isFull = false;
        for (let i = 0; i < FILLINGS && !isFull; i++) isFull = !(await world.tap.put(queue, many));
        await pause(1_000);
        return isFull ? `${queue} refused events` : null;
      } finally {
        await eventually(
          'the policy is gone',
          () =>
            broker.control(['clear_policy', 'chaos-full']).then(
              () => true,
              () => null,
            ),
          CONTROL_WITHIN_MS,
        );
      }
    });
  },
};

const overflow: Fault = {
  doc: 'the queue of a read model runs over: it is given up, and the read model made anew from history',
  lane: 'servers',
  async strike({ world }) {
    const { sql } = world.cluster.databases.main;
    const queue = 'forgeline.shop.orders';
    const known = world.tap.heard.filter(({ type }) => type.startsWith('order.'));
    const marked = async () => {
      const [mark] = await sql<{ reason: string }[]>`select reason from bus.rebuild where consumer = 'shop.orders'`;
      return mark?.reason ?? null;
    };
    if (known.length === 0) return null;
    const many = Array.from({ length: 200 }, (_, i) => known[i % known.length]!);
    const reason = await withLock(sql, 'shop.order_view', () =>
      eventually(
        'the queue is given up',
        async () => {
          await world.tap.put(queue, many);
          return marked();
        },
        CONTROL_WITHIN_MS,
      ).catch(() => null),
    );
    const isMade = async () => (await marked().catch(() => 'unknown')) === null || null;
    await eventually('the read model is made anew', isMade, BACK_WITHIN_MS);
    return reason;
  },
};

/** Holds everybody off a table meanwhile. */
async function withLock<T>(sql: Sql, table: string, act: () => Promise<T>): Promise<T> {
  return sql.begin(async (tx) => {
    await tx.unsafe('set local idle_in_transaction_session_timeout = 0');
    await tx.unsafe('set local transaction_timeout = 0');
    await tx.unsafe(`lock table ${table} in access exclusive mode`);
    return act();
  }) as Promise<T>;
}

async function waitingFor(sql: Sql, table: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct pid)::int as count from pg_locks where not granted and relation = ${table}::regclass`;
  return row!.count;
}

const slowConsumer: Fault = {
  doc: 'a read model takes seconds for what takes milliseconds',
  lane: 'servers',
  async strike({ world }) {
    const { sql } = world.cluster.databases.crm;
    let waiting = 0;
    await withLock(sql, 'crm.order_row', async () => {
      await pause(OUTAGE_MS);
      waiting = await waitingFor(sql, 'crm.order_row');
    });
    return waiting > 0 ? `${waiting} connections waited for the sellers’ list` : null;
  },
};

const poolExhaustion: Fault = {
  doc: 'every connection of a room is in use',
  lane: 'servers',
  async strike({ world, load }) {
    const { sql } = world.cluster.databases.main;
    const { gatewayOrigin, of } = world.cluster;
    const poolOfOne = 10;
    let waiting = 0;
    await withLock(sql, 'orders.orders', async () => {
      const orderId = load.placed[0] ?? newId();
      const [buyer] = world.buyers;
      const asks = Array.from({ length: poolOfOne * of('orders').length * 3 }, () =>
        buyer!.raw(`/api/internal/v1/orders/${orderId}`).then(
          (answer) => answer.text(),
          () => gatewayOrigin,
        ),
      );
      await pause(2_000);
      waiting = await waitingFor(sql, 'orders.orders');
      void Promise.allSettled(asks);
    });
    return waiting >= poolOfOne ? `${waiting} connections waited` : null;
  },
};

const longTransaction: Fault = {
  doc: 'somebody leaves a write transaction open',
  lane: 'servers',
  async strike({ world }) {
    const { sql } = world.cluster.databases.main;
    let seconds = 0;
    await sql.begin(async (tx) => {
      await tx.unsafe('set local idle_in_transaction_session_timeout = 0');
      await tx`select pg_current_xact_id()`;
      await pause(LONG_TRANSACTION_MS);
      const [row] = await tx<
        { seconds: number }[]
      >`select extract(epoch from clock_timestamp() - now())::float8 as seconds`;
      seconds = row!.seconds;
    });
    return `it was open for ${seconds.toFixed(1)} s`;
  },
};

/** PostgreSQL is there again, as another process. */
async function runsAgain(server: PostgresServer, before: number): Promise<number> {
  return eventually(
    'PostgreSQL runs again',
    async () => {
      await server.sql`select 1`;
      const now = server.postmaster();
      return now === before ? null : now;
    },
    BACK_WITHIN_MS,
  );
}

/** Like `eventually`, for a look that fails while the server is away. */
async function patiently<T>(look: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + BACK_WITHIN_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

/** Writes of this table wait when PostgreSQL stops, so that it stops in the midst of them. */
const WRITTEN = { main: 'orders.history', crm: 'crm.timeline' } as const;
const WRITES_WAIT_MS = 1_500;

const postgresRestart: Fault = {
  doc: 'PostgreSQL stops at once, without a checkpoint and in the midst of writes, and recovers',
  lane: 'servers',
  async strike({ world, random }) {
    const which = random.chance(0.7) ? 'main' : 'crm';
    const server = world.cluster.databases[which];
    const before = server.postmaster();
    const stop = server.sql.begin(async (tx) => {
      await tx.unsafe(`lock table ${WRITTEN[which]} in share mode`);
      await pause(WRITES_WAIT_MS);
      process.kill(before, 'SIGQUIT');
      await tx`select pg_sleep(60)`;
    });
    await stop.catch(() => undefined);
    const now = await patiently(() => runsAgain(server, before));
    return `the postmaster was ${before} and is ${now}`;
  },
};

const postgresOrphan: Fault = {
  doc: 'the process above PostgreSQL is killed; the next one finds an orphan',
  lane: 'servers',
  async strike({ world }) {
    const server = world.cluster.databases.crm;
    const before = server.postmaster();
    await server.orphan();
    const wasAlive = isAlive(before);
    await server.supervise();
    const now = await patiently(() => runsAgain(server, before));
    return wasAlive ? `the orphan ${before} was alive; now it is ${now}` : null;
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const replicaLag: Fault = {
  doc: 'a replica stands still while its primary goes on',
  lane: 'servers',
  async strike({ world, random }) {
    const server = world.cluster.databases[random.chance(0.5) ? 'main' : 'crm'];
    const { replicaSql } = server;
    await replicaSql`select pg_wal_replay_pause()`;
    try {
      await pause(random.between(1, 4) * OUTAGE_MS);
      const [written] = await server.sql<{ at: string }[]>`select pg_current_wal_lsn()::text as at`;
      const [row] = await replicaSql<{ bytes: number }[]>`
        select pg_wal_lsn_diff(${written!.at}::pg_lsn, pg_last_wal_replay_lsn())::float8 as bytes`;
      return row!.bytes > 0 ? `the replica was ${row!.bytes} bytes behind` : null;
    } finally {
      await patiently(() => replicaSql`select pg_wal_replay_resume()`);
    }
  },
};

const replicaStop: Fault = {
  doc: 'a replica ends at once and is started again',
  lane: 'servers',
  async strike({ world, random }) {
    const server = world.cluster.databases[random.chance(0.5) ? 'main' : 'crm'];
    const before = server.replicaPostmaster();
    process.kill(before, 'SIGQUIT');
    const now = await patiently(async () => {
      await server.replicaSql`select 1`;
      const pid = server.replicaPostmaster();
      if (pid === before) throw new Error('The replica has not ended yet');
      return pid;
    });
    return `the replica was ${before} and is ${now}`;
  },
};

const lostInvalidation: Fault = {
  doc: 'connections that hear what changed are cut: what was said meanwhile is lost',
  lane: 'servers',
  async strike({ world }) {
    const { main, crm } = world.cluster.databases;
    const cut = await Promise.all(
      [main, crm].map(
        ({ sql }) => sql<{ ok: boolean }[]>`
          select pg_terminate_backend(pid) as ok from pg_stat_activity where query ilike 'listen %'`,
      ),
    );
    const count = cut.flat().filter(({ ok }) => ok).length;
    return count > 0 ? `${count} listeners were cut` : null;
  },
};

export const SERVER_FAULTS: Readonly<Record<string, Fault>> = {
  'broker-restart': brokerRestart,
  'broker-partition': {
    doc: 'the network to the broker breaks, or swallows',
    lane: 'servers',
    strike: (scene) => partition(scene, 'broker'),
  },
  'broker-alarm': brokerAlarm,
  'full-queue': fullQueue,
  'queue-overflow': overflow,
  'postgres-restart': postgresRestart,
  'postgres-orphan': postgresOrphan,
  'postgres-partition': {
    doc: 'the network to a database breaks, or swallows',
    lane: 'servers',
    strike: (scene) => partition(scene, scene.random.chance(0.7) ? 'main' : 'crm'),
  },
  'replica-lag': replicaLag,
  'replica-stop': replicaStop,
  'pool-exhaustion': poolExhaustion,
  'long-transaction': longTransaction,
  'slow-consumer': slowConsumer,
  'lost-invalidation': lostInvalidation,
};
