import path from 'node:path';
import type { OperationPage } from '#contracts/mes';
import type { CommandAnswer } from '#contracts/orders';
import { newId } from '#platform/clock';
import { databaseUrl, openDatabase, runningPostgres } from '#platform/database';
import { type Cast, hireEverybody } from '../app/cli/demo-people.ts';
import { startTopology, type Topology } from '../app/cli/topology.ts';
import { asGuest, command, eventually, type Visitor } from '../app/visitor.ts';
import type { Flood, Flooded, FloodRequest } from './isolation/flood.ts';
import { type RunningFlood, startFlood } from './isolation/start-flood.ts';
import { alternate, type Load, median, moved, movedByItself, type Pairs, type Probe } from './isolation/windows.ts';
import { placement, readyQuote } from './orders.ts';
import { cpuOf } from './process.ts';
import { atLeast, atMost, machine, type Report, type Row } from './report.ts';

const MES = '/api/internal/v1/mes';
const ORDERS = '/api/internal/v1/orders';
const CRM = '/api/internal/v1/crm';
const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

const ORDERS_ON_THE_FLOOR = 60;
const ROWS_IN_THE_CRM = 200_000;
const PAIRS = 8;
const WINDOW_MS = 12_000;
/** Of a client as it is made (contracts/partners.ts), and how many times that it sends. */
const LIMIT_PER_SECOND = 10;
const TIMES_THE_LIMIT = 10;
const FLOODING_CLIENTS = 3;
const SLOW_READERS = 100;
const MOST_MOVED = 1.2;

/**
 * Who is slowed by whom: eight processes, the CRM on a PostgreSQL of its own, quiet and loaded windows in turn. All of it shares
 * this machine's cores, which separate machines would not. `--pairs=N`: so many windows of each kind, instead of eight; two at least.
 */
export async function isolation(options: readonly string[]): Promise<Report> {
  const pairs = Math.max(2, Number(options.find((option) => option.startsWith('--pairs='))?.slice(8) ?? PAIRS));
  const topology = await startTopology({ kind: 'split' });
  try {
    const cast = await hireEverybody(topology, NO_TRACE);
    const buyer = await asGuest(topology.gatewayOrigin);
    const quoteId = await readyQuote(buyer);
    await fillTheFloor(cast, buyer, quoteId);
    await fillTheCrm(topology);

    const flood = await partnersFlood(topology, cast);
    const floor = await alternate(await operators(cast.makers[0]!), { pairs, windowMs: WINDOW_MS, load: flood });
    const placing = [placingProbe(buyer, quoteId)];
    const stuckLoad = stuckReaders(topology, cast);
    const stuck = await alternate(placing, { pairs, windowMs: WINDOW_MS, load: stuckLoad }).finally(stuckLoad.close);
    const exporting = exportingSellers(topology, cast);
    const exported = await alternate(placing, { pairs, windowMs: WINDOW_MS, load: exporting });
    return {
      suite: 'isolation',
      machine: machine('18'),
      rows: [
        ...rows(`partners at ${TIMES_THE_LIMIT}× their limit`, floor),
        ...flood.rows(),
        ...rows(`${SLOW_READERS} CRM queries stuck behind a lock`, stuck),
        ...stuckLoad.rows(),
        ...rows(`${SLOW_READERS} sellers' programs exporting ${ROWS_IN_THE_CRM} orders`, exported),
        ...exporting.rows(),
      ],
    };
  } finally {
    await topology.stop();
  }
}

function rows(load: string, found: ReadonlyMap<string, Pairs>): Row[] {
  return [...found].flatMap(([name, pairs]) => [
    atMost(`${name}, p99 alone`, median(pairs.quiet), 'ms'),
    atMost(`${name}, p99 with ${load}`, median(pairs.loaded), 'ms'),
    atMost(`${name}, moved by itself between quiet windows`, movedByItself(pairs), '×'),
    atMost(`${name}, moved by ${load}`, moved(pairs), '×', MOST_MOVED),
  ]);
}

async function fillTheFloor({ seller }: Cast, buyer: Visitor, quoteId: string): Promise<void> {
  for (let i = 0; i < ORDERS_ON_THE_FLOOR; i++) {
    const placed = await buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body: placement(quoteId) });
    const verb = (name: string, version: number, body: object): Promise<CommandAnswer> =>
      seller.call(`${ORDERS}/${placed.orderId}/${name}`, { method: 'POST', body: { ...command(version), ...body } });
    const paid = await verb('record-payment', placed.version, { state: 'on_account', reference: 'bench' });
    await verb('approve', paid.version, {});
  }
}

/** Rows of orders that only the CRM's own database knows: an export reads them like all others. */
async function fillTheCrm(topology: Topology): Promise<void> {
  const { sql, end } = openDatabase({ url: crmAdminUrl(topology), room: 'bench', max: 1 });
  await sql`select set_config('statement_timeout', '0', false), set_config('transaction_timeout', '0', false)`;
  await sql`
    insert into crm.order_row (id, version, number, status, status_since, source, buyer_id, buyer_name, rush, on_hold,
      total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts)
    select gen_random_uuid(), 1, 'B-' || n, 'closed', now(), 'shop', gen_random_uuid(), 'Buyer ' || n, false, false,
      n, 'RUB', 'recorded', now() - n * interval '1 minute', null, 1, 1, array['ring-' || n || '.stl'], 0
    from generate_series(1, ${ROWS_IN_THE_CRM}::int) n`;
  await sql`analyze crm.order_row`;
  await end();
}

function crmAdminUrl({ dataDir }: Topology): string {
  const running = runningPostgres(path.join(dataDir, 'postgres/crm'));
  if (typeof running === 'string') throw new Error(`The CRM's database is ${running}`);
  return databaseUrl(running.adminUrl, 'forgeline');
}

async function operators(operator: Visitor): Promise<Probe[]> {
  const queue = () => operator.call<OperationPage>(`${MES}/queue?limit=50`);
  const page = await eventually('the floor has work', async () => {
    const seen = await queue();
    return seen.items.length >= ORDERS_ON_THE_FLOOR / 2 ? seen : null;
  });
  const ids = page.items.map(({ id }) => id);
  let turn = 0;
  const verb = (id: string, name: string) =>
    operator.call(`${MES}/operations/${id}/${name}`, { method: 'POST', body: { commandId: newId() } });
  return [
    { name: "operators' list", everyMs: 20, act: async (timed) => void (await timed(queue)) },
    {
      name: "operators' claim",
      everyMs: 40,
      async act(timed) {
        const id = ids[turn++ % ids.length]!;
        await timed(() => verb(id, 'claim'));
        await verb(id, 'release');
      },
    },
  ];
}

function placingProbe(buyer: Visitor, quoteId: string): Probe {
  const place = () => buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body: placement(quoteId) });
  return { name: 'placing an order', everyMs: 30, act: async (timed) => void (await timed(place)) };
}

interface Counted extends Load {
  rows(): Row[];
}

/** Clients that send ten times what they may, reading and ordering. */
async function partnersFlood(topology: Topology, { admin }: Cast): Promise<Counted> {
  const keys: string[] = [];
  for (let i = 0; i < FLOODING_CLIENTS; i++) {
    const body = { id: newId(), name: `Flooding ${i}` };
    await admin.call('/api/internal/v1/partners/clients', { method: 'POST', body });
    const key = { clientId: body.id, name: 'flood', scopes: [] };
    const made = await admin.call<{ secret: string }>('/api/internal/v1/identity/keys', { method: 'POST', body: key });
    keys.push(made.secret);
  }
  const { commandId: _, ...order } = placement(newId());
  const root = `${topology.origins['partners']}/api/external/v1`;
  const requests = keys.flatMap((key): FloodRequest[] => {
    const headers = { authorization: `Bearer ${key}` };
    const posted = { ...headers, 'content-type': 'application/json', 'idempotency-key': 'flood' };
    return [
      { method: 'GET', url: `${root}/orders?limit=50`, headers },
      { method: 'GET', url: `${root}/events?limit=50`, headers },
      { method: 'POST', url: `${root}/orders`, headers: posted, body: JSON.stringify(order) },
    ];
  });
  const perSecond = FLOODING_CLIENTS * LIMIT_PER_SECOND * TIMES_THE_LIMIT;
  const pid = topology.pid('partners')!;
  let running: RunningFlood;
  let cpuBefore = 0;
  let cpu = 0;
  const flooded: Flooded[] = [];
  return {
    async begin() {
      running = await startFlood({ requests, perSecond, clients: 0 });
      cpuBefore = cpuOf(pid);
    },
    async end() {
      flooded.push(await running.stop());
      cpu += cpuOf(pid) - cpuBefore;
    },
    rows() {
      const { seconds, refused, all } = sums(flooded);
      return [
        atLeast('requests of the flooding partners', all / seconds, 'requests/s', 0.8 * perSecond),
        atLeast('of these refused with 429', (100 * refused) / all, '%', 50),
        atMost('CPU of the partners process per request of the flood', (cpu * 1e6) / all, 'µs'),
      ];
    },
  };
}

function sums(flooded: readonly Flooded[]): { seconds: number; refused: number; unavailable: number; all: number } {
  const count = (status: string) => flooded.reduce((sum, { byStatus }) => sum + (byStatus[status] ?? 0), 0);
  const statuses = new Set(flooded.flatMap(({ byStatus }) => Object.keys(byStatus)));
  return {
    seconds: flooded.reduce((sum, { seconds }) => sum + seconds, 0),
    refused: count('429'),
    unavailable: count('503'),
    all: [...statuses].reduce((sum, status) => sum + count(status), 0),
  };
}

/** A hundred readers of the list whose queries wait for a lock: the slowest that a query can be. */
function stuckReaders(topology: Topology, { seller }: Cast): Counted & { close(): Promise<void> } {
  const { sql, end: close } = openDatabase({ url: crmAdminUrl(topology), room: 'bench', max: 1 });
  // Each another one: an answer from memory would be stuck nowhere.
  const searches = Array.from({ length: SLOW_READERS }, (_, n) => `${CRM}/orders?q=stuck-${n}-ring`);
  const flooded: Flooded[] = [];
  let running: RunningFlood;
  let letGo = () => {};
  let locked: Promise<void>;
  return {
    async begin() {
      const isLocked = Promise.withResolvers<void>();
      locked = sql.begin(async (tx) => {
        await tx`select set_config('idle_in_transaction_session_timeout', '0', true),
          set_config('transaction_timeout', '0', true)`;
        await tx`lock table crm.order_row in access exclusive mode`;
        isLocked.resolve();
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
      });
      await isLocked.promise;
      running = await startFlood(await readers(topology, [seller], searches));
    },
    async end() {
      flooded.push(await running.stop());
      letGo();
      await locked;
    },
    close,
    rows: () => [atLeast('stuck CRM queries given up with 503', sums(flooded).unavailable, 'requests', SLOW_READERS)],
  };
}

function exportingSellers(topology: Topology, { seller, leadSeller }: Cast): Counted {
  const pid = topology.pid('crm')!;
  let running: RunningFlood;
  let cpuBefore = 0;
  let cpu = 0;
  const flooded: Flooded[] = [];
  return {
    async begin() {
      cpuBefore = cpuOf(pid);
      running = await startFlood(await readers(topology, [seller, leadSeller], [`${CRM}/orders.csv`]));
    },
    async end() {
      flooded.push(await running.stop());
      cpu += cpuOf(pid) - cpuBefore;
    },
    rows() {
      const { seconds, all } = sums(flooded);
      return [
        atLeast('exports asked for', all / seconds, 'requests/s', 1),
        atMost('CPU of the crm process meanwhile', (100 * cpu) / seconds, '%'),
      ];
    },
  };
}

async function readers(topology: Topology, people: Visitor[], paths: string[]): Promise<Flood> {
  const tokens = await Promise.all(people.map((person) => person.token()));
  const requests = tokens.flatMap((token) =>
    paths.map((one) => ({
      method: 'GET',
      url: `${topology.origins['crm']}${one}`,
      headers: { authorization: `Bearer ${token}` },
    })),
  );
  return { requests, perSecond: null, clients: SLOW_READERS };
}
