import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { Order } from '#contracts/orders';
import { newId } from '#platform/clock';
import { openDatabase, type Sql } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { readArguments, UsageError } from '../app/cli/reconcile-arguments.ts';
import { RECONCILED, type ReconciledRoom, type RoomReport, reconcileRoom } from '../app/cli/reconcile-rooms.ts';
import { readConfig } from '../app/config.ts';
import { ROOM_NAMES } from '../app/rooms.ts';
import { servers } from '../app/servers.ts';
import { type House, openHouse, partnerBuyer } from './read-models/house.ts';

const COMMAND = path.resolve(import.meta.dirname, '../app/cli/reconcile.ts');
const log = createLog({ service: 'forgeline', role: 'test', version: '0', level: 'silent' });

let house: House;
/** A customer's and a partner's order in production. */
let customers: Order;
let partners: Order;

before(async () => {
  house = await openHouse();
  customers = await inProduction({});
  partners = await inProduction({ buyer: partnerBuyer(), source: 'partner' });
  await house.settled();
});
after(() => house.close());

const sql = (room: string): Sql => house.database.sql(room);

async function inProduction(parts: Partial<Order>): Promise<Order> {
  let order = await house.place(parts);
  while (order.status !== 'in_production') order = await house.change(order);
  return order;
}

function reconcile(
  room: ReconciledRoom,
  act: 'compare' | 'repair' | 'rebuild' = 'compare',
  patienceMs = 5_000,
): Promise<RoomReport> {
  return reconcileRoom(room, { sql, act, patienceMs, limit: 10, over: 'postgres', log });
}

type Counts = Pick<RoomReport, 'missing' | 'behind' | 'wrong' | 'extra' | 'repaired' | 'left' | 'underWay'>;

/** Only what is not zero. */
function countsOf({ missing, behind, wrong, extra, repaired, left, underWay }: RoomReport): Partial<Counts> {
  const all = Object.entries({ missing, behind, wrong, extra, repaired, left, underWay });
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

test('where all is equal every room says so', async () => {
  const reports = await Promise.all(RECONCILED.map((room) => reconcile(room)));
  assert.deepEqual(reports.map(countsOf), [{}, {}, {}, {}, {}, {}]);
  const compared = Object.fromEntries(reports.map((one) => [one.room, one.compared]));
  assert.deepEqual(compared, { orders: 2, pricing: 0, crm: 2, shop: 1, mes: 2, partners: 1 });
});

interface Planted {
  room: ReconciledRoom;
  what: string;
  plant: () => Promise<unknown>;
  found: Partial<Counts>;
}

const own = (
  room: ReconciledRoom,
  what: string,
  plant: (sql: Sql) => Promise<unknown>,
  found: Partial<Counts>,
): Planted => ({
  room,
  what,
  plant: () => plant(sql(room)),
  found,
});

const MENDABLE: Planted[] = [
  own('orders', 'a row that was set back', (tx) => tx`update orders set version = 1 where id = ${customers.id}`, {
    behind: 1,
  }),
  own('orders', 'a falsified status', (tx) => tx`update orders set status = 'closed' where id = ${customers.id}`, {
    wrong: 1,
  }),
  own(
    'orders',
    'a falsified body',
    (tx) => tx`update orders set body = jsonb_set(body, '{total}', 'null') where id = ${customers.id}`,
    { wrong: 1 },
  ),
  own('orders', 'a lost row', (tx) => tx`delete from orders where id = ${customers.id}`, { missing: 1 }),
  own('crm', 'a lost row', (tx) => tx`delete from order_row where id = ${customers.id}`, { missing: 1 }),
  own('crm', 'a lost document', (tx) => tx`delete from order_document where order_id = ${customers.id}`, { wrong: 1 }),
  own(
    'crm',
    'a lost entry of the timeline',
    (tx) => tx`delete from timeline where order_id = ${customers.id} and version = 2`,
    { wrong: 1 },
  ),
  own('shop', 'a falsified status', (tx) => tx`update order_view set status = 'closed' where id = ${customers.id}`, {
    wrong: 1,
  }),
  own(
    'shop',
    'an old document',
    (tx) => tx`update order_view set document = jsonb_set(document, '{version}', '1') where id = ${customers.id}`,
    { wrong: 1 },
  ),
  own(
    'shop',
    'an order that nobody placed',
    (tx) =>
      tx`insert into order_view select uuidv7(), version, buyer_id, status, placed_at, summary, document from order_view limit 1`,
    { extra: 1 },
  ),
  own(
    'mes',
    'a version that was set back',
    (tx) => tx`update floor_order set version = 1 where order_id = ${partners.id}`,
    { behind: 1 },
  ),
  own('partners', 'a lost row', (tx) => tx`delete from order_view where id = ${partners.id}`, { missing: 1 }),
  own(
    'partners',
    'a lost change',
    (tx) => tx`delete from order_change where order_id = ${partners.id} and version = 3`,
    { wrong: 1 },
  ),
];

for (const { room, what, plant, found } of MENDABLE) {
  test(`${room}: ${what} is found, and put right when asked for`, async () => {
    await plant();
    const [count] = Object.values(found);
    assert.deepEqual(countsOf(await reconcile(room)), { ...found, left: count });
    assert.deepEqual(countsOf(await reconcile(room, 'repair')), { ...found, repaired: count });
    assert.deepEqual(countsOf(await reconcile(room)), {});
  });
}

test('the floor’s missing work is found and opened', async () => {
  const floor = sql('mes');
  await floor.begin(async (tx) => {
    await tx`alter table operation_log disable trigger user`;
    await tx`delete from operation_log where operation_id in (select id from operation where order_id = ${partners.id})`;
    await tx`alter table operation_log enable trigger user`;
    await tx`delete from operation where order_id = ${partners.id}`;
    await tx`delete from job where item_id in (select item_id from floor_item where order_id = ${partners.id})`;
    await tx`update floor_item set route = null where order_id = ${partners.id}`;
  });
  assert.deepEqual(countsOf(await reconcile('mes')), { wrong: 1, left: 1 });
  assert.deepEqual(countsOf(await reconcile('mes', 'repair')), { wrong: 1, repaired: 1 });
  const jobs = await floor`select from job join floor_item using (item_id) where order_id = ${partners.id}`;
  assert.equal(jobs.length, 1);
});

test('what cannot be mended stays a difference: gaps in a history, a row ahead of it, a quote that is not there', async () => {
  const orders = sql('orders');
  const gap = await inProduction({});
  const ahead = await inProduction({});
  const quoted = await house.place({ quoteId: newId() });
  await house.settled();
  await orders`delete from history where order_id = ${gap.id} and version = 2`;
  await orders`delete from history where order_id = ${ahead.id} and version = ${ahead.version}`;
  const report = await reconcile('orders', 'repair');
  assert.deepEqual(
    new Map(report.differences.map(({ orderId, what }) => [orderId, what])),
    new Map([
      [gap.id, 'Its history has gaps'],
      [ahead.id, `It has version ${ahead.version}, its history ends with ${ahead.version - 1}`],
    ]),
  );
  assert.deepEqual(countsOf(report), { wrong: 2, left: 2 });
  const quotes = await reconcile('pricing', 'repair');
  assert.deepEqual(
    [quotes.differences.map(({ orderId }) => orderId), countsOf(quotes)],
    [[quoted.id], { missing: 1, left: 1 }],
  );
  for (const { id } of [gap, ahead, quoted]) {
    await orders`delete from history where order_id = ${id}`;
    await orders`delete from orders where id = ${id}`;
  }
  assert.deepEqual(countsOf(await reconcile('shop', 'repair')), { extra: 3, repaired: 3 });
});

test('a copy is made anew beside the one in use', async () => {
  // Digests do not see a name: this is what a copy made anew is for.
  await sql('crm')`update order_row set buyer_name = 'Nobody'`;
  assert.equal((await reconcile('crm', 'rebuild')).left, 0);
  const rows = await sql('crm')`select from order_row where buyer_name = 'Nobody'`;
  assert.equal(rows.length, 0);
});

test('what a copy has not taken when the wait is over is under way', async () => {
  // A write transaction anywhere holds every reader of the feed back.
  await sql('crm').begin(async (tx) => {
    await tx`select pg_current_xact_id()`;
    await house.place();
    assert.deepEqual(countsOf(await reconcile('shop', 'repair', 100)), { underWay: 1 });
  });
  assert.deepEqual(countsOf(await reconcile('shop')), {});
});

test('as a command: beside an installation, without it running, where there is none, and asked for nonsense', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-reconcile-'));
  const installation = servers(readConfig([`--data-dir=${dataDir}`], {}), log);
  try {
    await installation.start?.();
    await installation.prepare(ROOM_NAMES);
    const shop = openDatabase({ url: installation.url('shop'), room: 'shop' });
    await shop.sql`
      insert into order_view values (uuidv7(), 1, uuidv7(), 'priced', platform.now(), '{"version": 1}', '{"version": 1}')`;
    await shop.end();
    const beside = await run(`--data-dir=${dataDir}`, '--json');
    const { equal, rooms } = JSON.parse(beside.stdout) as { equal: boolean; rooms: RoomReport[] };
    assert.deepEqual(
      [beside.code, equal, rooms.map(({ room, extra }) => (extra ? room : null))],
      [1, false, [null, null, null, 'shop', null, null]],
    );
    await installation.stop?.();
    const mended = await run(`--data-dir=${dataDir}`, '--repair', '--room=shop');
    assert.equal(mended.code, 0, mended.stderr);
    assert.match(mended.stdout, /^ROOM +COMPARED[^\n]*\nshop [^\n]*\n\nshop: extra [\s\S]*Everything is equal\.\n$/);
  } finally {
    await installation.stop?.();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  const [nowhere, odd] = await Promise.all([run(`--data-dir=${dataDir}`), run('--room=nowhere')]);
  assert.deepEqual([nowhere.code, odd.code], [3, 2]);
  assert.match(nowhere.stderr, /no installation in .*--data-dir/);
  assert.match(odd.stderr, /--help/);
});

async function run(...args: string[]) {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, stdout, stderr };
}

const SENSELESS: [string[], RegExp][] = [
  [['--room', 'identity'], /nothing to compare in "identity"/],
  [['--repair', '--rebuild', '--room', 'crm'], /Either/],
  [['--rebuild'], /--room/],
  [['--rebuild', '--room', 'orders'], /keeps no copy/],
  [['--wait', 'x'], /--wait is a whole number/],
  [['--colour'], /--colour/],
];
for (const [args, message] of SENSELESS) {
  test(`"${args.join(' ')}" is refused with its reason`, () => {
    assert.throws(
      () => readArguments(args),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}
