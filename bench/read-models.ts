import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Order } from '#contracts/orders';
import { readModel as crmModel } from '#crm';
import { orderTruth } from '#orders';
import {
  type Database,
  embeddedPostgres,
  openDatabase,
  prepareDatabase,
  type RoomSpec,
  roomUrl,
  type Sql,
} from '#platform/database';
import { httpServer, roomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import { check, httpTruth, type ReadModel, readBuckets, rebuild, type Truth } from '#platform/read-model';
import { createLog, createMetrics } from '#platform/telemetry';
import { testActors } from '#platform/testing';
import { readModel as shopModel } from '#shop';
import { ROOMS } from '../app/rooms.ts';
import { exampleOrder } from '../modules/crm/order-examples.ts';
import { truthRoutes } from '../modules/orders/truth-http.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';

const ABOUT = { service: 'bench', role: 'bench', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });
const MILLION = 1_000_000;
const LIFE = ['submitted', 'priced', 'confirmed', 'approved', 'shipped', 'closed'] as const;
const VERSIONS = LIFE.length;
const PLANTED = 100;
const ROUNDS = 5;

/**
 * Copies of orders made anew over HTTP, order by order as they would be, and the digests of a million orders on both sides.
 * `--orders N`: how many are replayed (100,000).
 */
export async function readModels(options: readonly string[]): Promise<Report> {
  const asked = options.indexOf('--orders');
  const orders = asked < 0 ? 100_000 : Number(options[asked + 1]);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-bench-'));
  const postgres = embeddedPostgres({ dataDir, log });
  try {
    await postgres.start?.();
    const rooms: RoomSpec[] = Object.values(ROOMS).map((room) => ({ ...room, hears: [...room.hears] }));
    const passwords = Object.fromEntries(rooms.map(({ name }) => [name, 'bench']));
    await prepareDatabase({ adminUrl: postgres.adminUrl, rooms, passwords });
    const pool = (room: string) => openDatabase({ url: roomUrl(postgres.adminUrl, room, 'bench'), room });
    const pools = { orders: pool('orders'), crm: pool('crm'), shop: pool('shop') };
    const admin = openDatabase({ url: postgres.adminUrl, room: 'bench', max: 1 });
    await admin.sql`set statement_timeout = 0`;
    await admin.sql`set transaction_timeout = 0`;
    const { truth, stop } = await truthOverHttp(pools.orders.sql);
    try {
      const [row] = await admin.sql<{ version: string }[]>`select current_setting('server_version') as version`;
      const rows = await measure(admin.sql, pools, truth, orders);
      return { suite: 'read-models', machine: machine(row!.version), rows };
    } finally {
      await stop();
      await Promise.all([...Object.values(pools), admin].map(({ end }) => end()));
    }
  } finally {
    await postgres.stop?.();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(
  admin: Sql,
  pools: Record<'crm' | 'shop', Database>,
  truth: Truth,
  orders: number,
): Promise<Row[]> {
  const asOf = async () => new Date().toISOString();
  const crmSql = pools.crm.sql;
  const shopSql = pools.shop.sql;
  const crm = crmModel({ sql: crmSql, asOf, live: liveChanges({ sql: crmSql, room: 'crm', log }) });
  const shop = shopModel({ sql: shopSql, asOf, live: liveChanges({ sql: shopSql, room: 'shop', log }) });
  await seedOrders(admin, orders, true);
  const rows: Row[] = [];
  for (const model of [crm, shop]) {
    const made = await rebuild({ model, truth, log });
    const perSecond = made.orders / (made.milliseconds / 1000);
    rows.push(atLeast(`${model.name} made anew, ${orders} orders of ${VERSIONS} versions`, perSecond, 'orders/s'));
  }
  await seedOrders(admin, MILLION - orders, false);
  await copyToCrm(admin);
  rows.push(atMost('digests of a million orders', await median(() => truth.buckets({})), 'ms'));
  rows.push(atMost('digests of the CRM’s million rows', await median(() => readBuckets(crm.sql, crm.table)), 'ms'));
  const round = (repairs: boolean) => check({ model: crm, truth, repairs, patienceMs: 0, log });
  rows.push(atMost('a round in which all is equal', await median(() => round(false)), 'ms'));
  await plant(crm);
  const from = performance.now();
  const { drift, repaired } = await round(true);
  rows.push(atMost(`a round that mends ${drift.length} orders`, performance.now() - from, 'ms'));
  rows.push(atLeast('of them mended', repaired.length, 'orders', PLANTED));
  return rows;
}

async function median(act: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    await act();
    taken.push(performance.now() - from);
  }
  return percentile(taken, 0.5);
}

/** The truth as another process asks for it. */
async function truthOverHttp(sql: Sql): Promise<{ truth: Truth; stop(): Promise<void> }> {
  const actors = await testActors();
  const server = httpServer({
    ...ABOUT,
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics: createMetrics(ABOUT),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  truthRoutes(server.http, orderTruth(sql));
  await server.start?.();
  const token = () => actors.token('ops');
  const orders = roomClient({ origin: server.origin, log });
  return { truth: httpTruth({ orders, token }), stop: async () => server.stop?.() };
}

/** So many closed orders of one item, with every version in their history or with none. */
async function seedOrders(admin: Sql, count: number, withHistory: boolean): Promise<void> {
  const order: Order = exampleOrder({ status: 'closed', version: VERSIONS });
  const entry = {
    at: order.updatedAt,
    name: 'change',
    actor: { id: order.buyer.id, name: order.buyer.name, role: 'customer' },
    cause: { kind: 'command', id: order.id },
    reason: '',
  };
  await admin`
    with made as materialized (
      select id, number, ${admin.json(order as never)}::jsonb || jsonb_build_object('id', id, 'number', number) as body
      from (select uuidv7() as id, 'FL-' || uuidv7() as number from generate_series(1, ${count}::int)) named
    ), inserted as (
      insert into orders.orders (id, number, version, status, body)
      select id, number, ${VERSIONS}, 'closed', body from made
    )
    insert into orders.history (order_id, version, change, state)
    select id, version, ${admin.json(entry as never)}::jsonb || jsonb_build_object('version', version,
        'from', case when version > 1 then life[version - 1] end, 'status', life[version]),
      body || jsonb_build_object('version', version, 'status', life[version])
    from made cross join generate_series(1, ${withHistory ? VERSIONS : 0}::int) version
    cross join (select ${[...LIFE]}::text[] as life) lives`;
}

/** Rows for the orders that were not replayed; what lists are read by is not measured here. */
async function copyToCrm(admin: Sql): Promise<void> {
  const indexes = await admin<{ name: string }[]>`
    select indexrelid::regclass::text as name from pg_index
    where indrelid = 'crm.order_row'::regclass and not indisprimary`;
  for (const { name } of indexes) await admin.unsafe(`drop index ${name}`);
  const columns = await admin<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = 'crm.order_row'::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attname <> 'id'`;
  const names = columns.map(({ name }) => name).join(', ');
  const values = columns.map(({ name }) => `example.${name}`).join(', ');
  await admin.unsafe(`
    insert into crm.order_row (id, ${names})
    select o.id, ${values} from orders.orders o cross join (select ${names} from crm.order_row limit 1) example
    where not exists (select from crm.order_row known where known.id = o.id)`);
  await admin`vacuum (analyze) orders.orders`;
  await admin`vacuum (analyze) crm.order_row`;
}

async function plant({ sql }: ReadModel): Promise<void> {
  await sql`
    update order_row set status = 'shipped'
    where id in (select order_id from order_document order by order_id limit ${PLANTED})`;
}
