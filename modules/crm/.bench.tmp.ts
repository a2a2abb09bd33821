import { ORDER_STATUSES } from '#contracts/orders';
import { newId } from '#platform/clock';
import { liveChanges } from '#platform/live';
import { createLog } from '#platform/telemetry';
import { testDatabase } from '#platform/testing';
import { projectOrders } from './listen.ts';
import { exampleEnvelope, exampleOrder } from './order-examples.ts';
import { orderCounts, orderPage } from './order-page.ts';
import { problems } from './problems.ts';

const room = { name: 'crm', hears: ['order'], migrations: new URL('./migrations/', import.meta.url) };
const ROWS = Number(process.argv[2] ?? 200000);
const seller = newId();
const database = await testDatabase({ rooms: [room] });
const sql = database.sql('crm');
let t = performance.now();
await sql`drop index order_search_text`;
for (let at = 0; at < ROWS; at += 50000)
  await sql`
  insert into order_row (id, version, number, status, status_since, source, buyer_id, buyer_name, rush, on_hold, total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts, assignee_id, assignee_name)
  select gen_random_uuid(), 1, 'FL-' || n, (${ORDER_STATUSES as unknown as string[]}::text[])[1 + n * 7 % 12], platform.now() - (n % 97) * interval '1 hour', (array['shop', 'crm', 'partner'])[1 + n % 3],
    md5((n % 5000)::text)::uuid, 'Buyer ' || md5((n % 5000)::text), n % 11 = 0, n % 53 = 0, n * 100, 'RUB', 'none', platform.now() - n * interval '10 seconds',
    case when n % 4 > 0 then platform.now() + (n % 200 - 100) * interval '1 hour' end, 1, n, array['part ' || md5(n::text) || '.stl'], case when n % 401 = 0 then 1 else 0 end,
    case when n % 50 = 0 then ${seller}::uuid end, case when n % 50 = 0 then 'Olga' end
  from generate_series(${at + 1}::int, ${Math.min(at + 50000, ROWS)}::int) n`;
await sql`insert into order_search (order_id, text) select id, lower(number || ' ' || buyer_name || ' ' || files[1]) from order_row`;
await sql`create index order_search_text on order_search using gin (text platform.gin_trgm_ops) with (fastupdate = off)`;
await sql`analyze order_row, order_search`;
console.log('filled', ROWS, ((performance.now() - t) / 1000).toFixed(1), 's');
const measure = async (name: string, f: (i: number) => Promise<unknown>, n = 200) => {
  const times: number[] = [];
  for (let i = 0; i < n; i++) {
    const s = performance.now();
    await f(i);
    times.push(performance.now() - s);
  }
  times.sort((a, b) => a - b);
  console.log(name.padEnd(34), 'p50', times[n >> 1]!.toFixed(2), 'p99', times[Math.floor(n * 0.99)]!.toFixed(2), 'ms');
};
let deep = (await orderPage(sql, { limit: 50 }, seller)).next!;
for (let i = 0; i < 300; i++) deep = (await orderPage(sql, { limit: 100, cursor: deep }, seller)).next!;
await measure('newest, first page', () => orderPage(sql, {}, seller));
await measure('newest, 30k deep', () => orderPage(sql, { cursor: deep }, seller));
await measure('urgent, first', () => orderPage(sql, { sort: 'urgent' }, seller));
await measure('3 statuses, urgent', () =>
  orderPage(sql, { sort: 'urgent', status: 'approved,confirmed,priced' }, seller),
);
await measure('mine', () => orderPage(sql, { assignee: 'me' }, seller));
await measure('overdue, newest', () => orderPage(sql, { overdue: true }, seller), 50);
await measure('hold + status', () => orderPage(sql, { hold: true, status: 'approved' }, seller), 50);
await measure('search number', (i) => orderPage(sql, { q: `fl-${1000 + i * 37}` }, seller), 100);
await measure(
  'search buyer',
  (i) => orderPage(sql, { q: `buyer ${((i * 2654435761) >>> 0).toString(16).slice(0, 4)}` }, seller),
  100,
);
await measure('search 3 chars (common)', () => orderPage(sql, { q: 'par' }, seller), 50);
await measure('search 3 chars (rare none)', () => orderPage(sql, { q: 'zzz' }, seller), 50);
await measure('counts', () => orderCounts(sql, {}, seller), 50);
await measure('counts with search', () => orderCounts(sql, { q: 'buyer ab' }, seller), 20);
await measure('problems', () => problems(sql), 20);
const live = liveChanges({
  sql,
  room: 'crm',
  log: createLog({ service: 't', role: 't', version: '0', level: 'silent' }),
});
const events = Array.from({ length: 4000 }, () => exampleEnvelope(exampleOrder()));
t = performance.now();
for (let at = 0; at < events.length; at += 200) await projectOrders(sql, live, events.slice(at, at + 200));
console.log('projected', Math.round(events.length / ((performance.now() - t) / 1000)), 'events/s in batches of 200');
t = performance.now();
for (let at = 0; at < 400; at++)
  await projectOrders(
    sql,
    live,
    [events[at]!].map((e) => ({
      ...e,
      data: { ...e.data, order: { ...e.data.order, version: 2 }, change: { ...e.data.change, version: 2 } },
    })),
  );
console.log('one by one', Math.round(400 / ((performance.now() - t) / 1000)), 'events/s');
for (const version of [3, 4]) {
  t = performance.now();
  const next = events.map((e) => ({
    ...e,
    data: {
      ...e.data,
      order: { ...e.data.order, version, status: version === 3 ? ('approved' as const) : ('in_production' as const) },
      change: { ...e.data.change, version },
    },
  }));
  for (let at = 0; at < next.length; at += 200) await projectOrders(sql, live, next.slice(at, at + 200));
  console.log('changes', Math.round(next.length / ((performance.now() - t) / 1000)), 'events/s in batches of 200');
}
await database.close();
