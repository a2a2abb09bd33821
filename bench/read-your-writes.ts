import { CONSISTENCY_HEADER } from '#contracts/consistency';
import type { OrderCard, OrdersPage, SavedView } from '#contracts/crm';
import { newId } from '#platform/clock';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../app/demo/people.ts';
import { signIn, type Visitor } from '../app/visitor.ts';
import { startSubject } from './process.ts';
import { type Struck, troubleReplicas } from './replica-lag.ts';
import { atLeast, atMost, machine, type Report, type Row } from './report.ts';

const CRM = '/api/internal/v1/crm';
const REPLICAS = 2;
const CLIENTS = 6;
const READS = 100_000;
/** One after the other, so that they meet different replicas. */
const READS_A_WRITE = 4;
/** Every so many writes the caller is also asked for as one who shows no token. */
const WITHOUT_EVERY = 5;

/** Something that a seller changes, and every way in which they can see it. */
interface Change {
  write(client: Client, round: number): Promise<void>;
  /** True when the answer shows the last write. */
  reads: readonly ((client: Client) => Promise<boolean>)[];
}

interface Client {
  visitor: Visitor;
  /** What it reads by: its own tokens, or none. */
  headers: Record<string, string>;
  viewId: string;
  viewName: string;
  orderId: string;
  orderNumber: string;
  assigneeId: string | null;
}

const VIEWS: Change = {
  async write(client, round) {
    client.viewName = `view ${client.orderNumber} ${round}`;
    await client.visitor.call(`${CRM}/views/${client.viewId}`, {
      method: 'PUT',
      body: { name: client.viewName, shared: false, query: {} },
    });
  },
  reads: [
    async (client) => {
      const { items } = await ask<{ items: SavedView[] }>(client, `${CRM}/views`);
      return items.some(({ id, name }) => id === client.viewId && name === client.viewName);
    },
  ],
};

const ASSIGNMENTS: Change = {
  async write(client) {
    const assigneeId = client.assigneeId === null ? client.visitor.id : null;
    await client.visitor.call(`${CRM}/orders/${client.orderId}/assignee`, {
      method: 'PUT',
      body: { assigneeId, seen: client.assigneeId },
    });
    client.assigneeId = assigneeId;
  },
  reads: [
    async (client) => {
      const card = await ask<OrderCard>(client, `${CRM}/orders/${client.orderId}`);
      return (card.assignment.assignee?.id ?? null) === client.assigneeId;
    },
    async (client) => {
      const { items } = await ask<OrdersPage>(client, `${CRM}/orders?ids=${client.orderId}`);
      return (items[0]?.assignee?.id ?? null) === client.assigneeId;
    },
    async (client) => {
      const { items } = await ask<OrdersPage>(client, `${CRM}/orders?q=${client.orderNumber}`);
      return (items.find(({ id }) => id === client.orderId)?.assignee?.id ?? null) === client.assigneeId;
    },
    async (client) => {
      const { items } = await ask<OrdersPage>(client, `${CRM}/orders?assignee=me&limit=100`);
      return items.some(({ id }) => id === client.orderId) === (client.assigneeId !== null);
    },
  ],
};

const CHANGES = [VIEWS, ASSIGNMENTS];

interface Tally {
  reads: number;
  stale: number;
  readsWithout: number;
  staleWithout: number;
}

/**
 * Sellers of the CRM change something and look at it at once, while two real replicas of its database are held back by up to
 * 30 s, killed and frozen. `--reads N`: so many looks in all.
 */
export async function readYourWrites(options: readonly string[]): Promise<Report> {
  const wanted = wantedReads(options);
  const subject = await startSubject({ FORGELINE_REPLICAS: String(REPLICAS) });
  try {
    const clients = await signInClients(subject.origin);
    const tally: Tally = { reads: 0, stale: 0, readsWithout: 0, staleWithout: 0 };
    const trouble = troubleReplicas(subject.dataDir, REPLICAS);
    let struck: Struck;
    try {
      await Promise.all(clients.map((client) => act(client, tally, wanted)));
    } finally {
      struck = await trouble.stop();
    }
    const answered = await answeredBy(subject.origin);
    return {
      suite: 'read-your-writes',
      machine: machine(subject.postgresVersion()),
      rows: [...consistencyRows(tally, wanted), ...answered, ...struckRows(struck)],
    };
  } finally {
    await subject.stop();
  }
}

function wantedReads(options: readonly string[]): number {
  const at = options.indexOf('--reads');
  const wanted = at < 0 ? READS : Number(options[at + 1]);
  if (!Number.isSafeInteger(wanted) || wanted < 1) throw new Error('--reads wants a whole number from 1.');
  return wanted;
}

async function signInClients(origin: string): Promise<Client[]> {
  const { email } = DEMO_PEOPLE.seller;
  const first = await signIn(origin, email, DEMO_PASSWORD);
  const { items } = await first.call<OrdersPage>(`${CRM}/orders?limit=${CLIENTS}`);
  if (items.length < CLIENTS) throw new Error(`The demo has ${items.length} orders, ${CLIENTS} are needed`);
  return Promise.all(
    items.map(async ({ id, number, assignee }) => ({
      visitor: await signIn(origin, email, DEMO_PASSWORD),
      headers: {},
      viewId: newId(),
      viewName: '',
      orderId: id,
      orderNumber: number,
      assigneeId: assignee?.id ?? null,
    })),
  );
}

function ask<T>({ visitor, headers }: Client, path: string): Promise<T> {
  return visitor.call<T>(path, { headers });
}

async function act(client: Client, tally: Tally, wanted: number): Promise<void> {
  for (let round = 0; tally.reads < wanted; round++) {
    const { write, reads } = CHANGES[round % CHANGES.length]!;
    await write(client, round);
    for (let nth = 0; nth < READS_A_WRITE && tally.reads < wanted; nth++) {
      tally.reads++;
      const isSeen = await reads[(round + nth) % reads.length]!(client);
      if (!isSeen) tally.stale++;
    }
    if (round % WITHOUT_EVERY !== 0) continue;
    const stranger = { ...client, headers: { [CONSISTENCY_HEADER]: '' } };
    tally.readsWithout++;
    if (!(await reads[round % reads.length]!(stranger))) tally.staleWithout++;
  }
}

function consistencyRows({ reads, stale, readsWithout, staleWithout }: Tally, wanted: number): Row[] {
  return [
    atLeast('reads right after a write', reads, 'reads', wanted),
    atMost('of these older than the write', stale, 'reads', 0),
    atLeast('the same without the token', readsWithout, 'reads'),
    atLeast('of these older than the write', staleWithout, 'reads', 1),
  ];
}

/** Who answered, by the program's own count. */
async function answeredBy(origin: string): Promise<Row[]> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const counts = text.matchAll(/^forgeline_database_reads_total\{room="crm",target="(\w+)",reason="(\w+)"\} (\d+)$/gm);
  return [...counts].map(([, target, reason, count]) =>
    atLeast(`answered by the ${target}: ${reason}`, Number(count), 'reads'),
  );
}

function struckRows({ behind, mostBehindMs, killed, frozen }: Struck): Row[] {
  return [
    atLeast('a replica was at most 50 ms behind', behind.little, 'looks'),
    atLeast('50 ms to 1 s behind', behind.second, 'looks'),
    atLeast('1 to 10 s behind', behind.tenSeconds, 'looks'),
    atLeast('more than 10 s behind', behind.beyond, 'looks'),
    atLeast('the most it was behind', mostBehindMs / 1000, 's'),
    atLeast('replicas killed', killed, 'times'),
    atLeast('replicas frozen for 3 s', frozen, 'times'),
  ];
}
