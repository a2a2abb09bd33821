import type { OrdersQuery } from '#contracts/crm';
import { openDatabase, type Sql } from '#platform/database';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../app/demo/people.ts';
import { timesAsMany } from './geometry/gate-row.ts';
import { askAll, authorizationOf, type Load } from './http-load.ts';
import { FILTERS } from './lists/filters.ts';
import { type ListQuery, listQueries } from './lists/list-queries.ts';
import { keysetForm, offsetForm } from './lists/offset-form.ts';
import { searches } from './lists/searches.ts';
import { seedCrm } from './lists/seed-crm.ts';
import { type Subject, startSubject } from './process.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';
import { ORDERS_QUERY, startVendure } from './vendure-peer.ts';

const LIST = '/api/internal/v1/crm/orders';
const ORDERS = 1_000_000;
const CLIENTS = 8;
/** Every form of the list, planned by the connections that there are: an installation is in this state for most of its life. */
const WARM_UP = 4_000;
const MEASURED = 3_500;
const STEADY_PER_SECOND = 500;
const STEADY = 3_000;
const KEYSETS_MEASURED = 2_000;
const OFFSETS_MEASURED = 240;
const SEARCHES = 200;
const HELD = 4_000;
const VENDURE_ORDERS = 100_000;
const VENDURE_MEASURED = 200;

/** `lists [--orders 1000000]`: lists, counts and searches of the CRM over HTTP, beside OFFSET and beside Vendure. */
export async function lists(options: readonly string[]): Promise<Report> {
  const at = options.indexOf('--orders');
  const orders = at < 0 ? ORDERS : Number(options[at + 1]);
  // The orders room knows nothing of these orders: it would take them away again.
  const subject = await startSubject({ FORGELINE_READ_MODEL_CHECK_SECONDS: '0' });
  try {
    const { seconds } = await seedCrm(subject.adminUrl, orders);
    console.error(`${orders} orders made in ${seconds.toFixed(0)} s`);
    return { suite: 'lists', machine: machine(subject.postgresVersion()), rows: await measure(subject, orders) };
  } finally {
    await subject.stop();
  }
}

async function measure(subject: Subject, orders: number): Promise<Row[]> {
  const { sql, end } = openDatabase({ url: `${subject.adminUrl}?search_path=crm`, room: 'bench', max: CLIENTS });
  const seller = { email: DEMO_PEOPLE.seller.email, password: DEMO_PASSWORD };
  const load: Asking = async (paths, clients, perSecond) => {
    const headers = await authorizationOf(subject.origin, seller);
    return askAll(subject.origin, paths, { clients, headers, ...(perSecond ? { perSecond } : {}) });
  };
  try {
    const queries = await listQueries(sql);
    const paths = queries.map(({ query }) => pathOf(query));
    await load(paths.slice(0, WARM_UP), CLIENTS);
    const before = subject.cpuSeconds();
    const ours = await load(paths.slice(WARM_UP, WARM_UP + MEASURED), CLIENTS);
    const after = subject.cpuSeconds();
    const steadily = paths.slice(WARM_UP + MEASURED, WARM_UP + MEASURED + STEADY);
    const steady = await load(steadily, CLIENTS, STEADY_PER_SECOND);
    const rows = [
      atLeast(`list of 50, any depth and filter, ${CLIENTS} clients`, ours.perSecond, 'requests/s', 500),
      atMost(`list at ${STEADY_PER_SECOND} requests/s, p50`, percentile(steady.took, 0.5), 'ms', 5),
      atMost(`list at ${STEADY_PER_SECOND} requests/s, p99`, percentile(steady.took, 0.99), 'ms', 30),
      atMost('list, as many as they can, p50', percentile(ours.took, 0.5), 'ms'),
      atMost('list, as many as they can, p99', percentile(ours.took, 0.99), 'ms'),
      atMost('list, CPU of the program', ((after.program - before.program) * 1000) / ours.took.length, 'ms/request'),
      atMost('list, CPU of PostgreSQL', ((after.postgres - before.postgres) * 1000) / ours.took.length, 'ms/request'),
    ];
    const held = await load(Array(HELD).fill(pathOf({})), CLIENTS);
    rows.push(atLeast('first page, from memory', held.perSecond, 'requests/s'));
    rows.push(...(await counts(load)), ...(await search(load, orders)));
    rows.push(await besideOffset(sql, queries), await besideVendure(subject, ours.perSecond));
    return rows;
  } finally {
    await end();
  }
}

/** Without a rate, as many as the clients can. */
type Asking = (paths: readonly string[], clients: number, perSecond?: number) => Promise<Load>;

function pathOf(query: OrdersQuery, list = LIST): string {
  const parameters = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `${list}?${new URLSearchParams(parameters)}`;
}

async function counts(load: Asking): Promise<Row[]> {
  const paths = FILTERS.flat().map((query) => pathOf(query, `${LIST}/counts`));
  const { took } = await load([pathOf({}, `${LIST}/counts`), ...paths], 1);
  return [
    atMost('counts by status under each filter, p50', percentile(took, 0.5), 'ms'),
    atMost('counts by status under each filter, slowest', Math.max(...took), 'ms', 300),
  ];
}

async function search(load: Asking, orders: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [by, queries] of Object.entries(searches(orders, SEARCHES))) {
    const { took } = await load(
      queries.map((query) => pathOf(query)),
      1,
    );
    rows.push(atMost(`search by ${by}, p50`, percentile(took, 0.5), 'ms'));
    rows.push(atMost(`search by ${by}, p99`, percentile(took, 0.99), 'ms', 50));
  }
  return rows;
}

/** Both straight from the database: what each costs there, not what HTTP adds to both. */
async function besideOffset(sql: Sql, queries: readonly ListQuery[]): Promise<Row> {
  await keysetForm(sql, queries.slice(0, WARM_UP), CLIENTS);
  const value = await keysetForm(sql, queries.slice(0, KEYSETS_MEASURED), CLIENTS);
  const peerValue = await offsetForm(sql, queries.slice(0, OFFSETS_MEASURED), CLIENTS);
  return timesAsMany({
    name: 'list, any depth and filter, from the database',
    value,
    unit: 'requests/s',
    peer: 'OFFSET and count(*)',
    peerValue,
    gate: 20,
  });
}

async function besideVendure(subject: Subject, perSecond: number): Promise<Row> {
  const vendure = await startVendure({ adminUrl: subject.adminUrl, orders: VENDURE_ORDERS });
  const compared = {
    name: 'list, any depth and filter',
    value: perSecond,
    unit: 'requests/s',
    peer: `Vendure, any depth of ${VENDURE_ORDERS} orders`,
    gate: 10,
    install: 'npm ci in bench/vendure',
  };
  if (!vendure) return timesAsMany({ ...compared, peerValue: undefined });
  try {
    let left = VENDURE_MEASURED;
    const client = async () => {
      while (left-- > 0)
        await vendure.admin(ORDERS_QUERY, { take: 50, skip: Math.floor(Math.random() * VENDURE_ORDERS) });
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const peerValue = (VENDURE_MEASURED * 1000) / (performance.now() - from);
    return timesAsMany({ ...compared, peerValue });
  } finally {
    await vendure.stop();
  }
}
