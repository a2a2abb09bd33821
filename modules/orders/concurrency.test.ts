import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ROLES } from '#contracts/basics';
import type { Actor } from '#contracts/identity';
import { type HistoryEntry, ORDER_COMMANDS, type Order, type OrderCommandName } from '#contracts/orders';
import { foldStatus } from './items.ts';
import { commandFor, exampleFact, exampleQuote, LEGAL_EDGES } from './order-examples.ts';
import { type OrdersUnderTest, ordersUnderTest, placingBody, until } from './orders-under-test.ts';

const SEQUENCES = 200;
const MOVES = 10;
const PEOPLE = 2;
const SEED = Number(process.env['FORGELINE_SEED'] ?? Date.now() % 1_000_000);
const NAMES = Object.keys(ORDER_COMMANDS) as OrderCommandName[];

let room: OrdersUnderTest;
before(async () => {
  room = await ordersUnderTest({ instances: 2 });
});
after(() => room.close());

interface Play {
  quoted: boolean;
  accept: boolean;
  /** Per person: what they try, one after the other. */
  people: { blind: boolean; pick: number }[][];
}

const plays: fc.Arbitrary<Play> = fc.record({
  quoted: fc.boolean(),
  accept: fc.boolean(),
  people: fc.array(
    fc.array(fc.record({ blind: fc.boolean(), pick: fc.nat(10_000) }), { minLength: MOVES, maxLength: MOVES }),
    { minLength: PEOPLE, maxLength: PEOPLE },
  ),
});

test(`${SEQUENCES} random sequences at once never leave an illegal history (FORGELINE_SEED=${SEED})`, async () => {
  const sampled = fc.sample(plays, { numRuns: SEQUENCES, seed: SEED });
  const outcomes = new Map<number, number>();
  const queue = [...sampled.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await run(next[1], next[0], outcomes);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  assert.deepEqual(
    [...outcomes.keys()].filter((status) => ![200, 400, 403, 404, 409, 422].includes(status)),
    [],
  );
  assert.ok((outcomes.get(200) ?? 0) > SEQUENCES && (outcomes.get(409) ?? 0) > SEQUENCES / 4, 'the play was too tame');

  await factsAreHeard();
  const rows = await room.sql<{ body: Order; version: number; status: string; changes: HistoryEntry[]; last: Order }[]>`
    select o.body, o.version, o.status, h.changes, h.last from orders o join lateral (
      select jsonb_agg(change order by version) as changes, (array_agg(state order by version desc))[1] as last
      from history where order_id = o.id) h on true`;
  assert.equal(rows.length, SEQUENCES);
  for (const { body, version, status, changes, last } of rows) {
    assert.equal(body.version, version);
    assert.equal(body.status, status);
    assert.equal(foldStatus(body.status, body.items), body.status);
    assert.deepEqual(last, body);
    checkHistory(changes, body);
  }
  await checkFeed();
});

async function run({ quoted, accept, people }: Play, index: number, outcomes: Map<number, number>): Promise<void> {
  const buyer = room.actor('customer');
  const everything = room.actor([...ROLES], buyer.id);
  const model = room.pricing.addModel(buyer.id);
  const placed = await room.place(
    buyer,
    placingBody(
      quoted
        ? { quoteId: room.pricing.addQuote(buyer.id, 2).id, accept }
        : { items: [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 2 }] },
    ),
    index,
  );
  assert.equal(placed.status, 201, JSON.stringify(placed.body));
  const { orderId } = placed.body;
  await Promise.all(
    people.map(async (moves, person) => {
      for (const move of moves) {
        const status = await attempt(everything, orderId, move, index + person);
        outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
      }
    }),
  );
}

/** Looks, then acts on what it saw: meanwhile the others act on the same order. */
async function attempt(actor: Actor, orderId: string, { blind, pick }: Play['people'][0][0], instance: number) {
  const { order, possible } = (await room.view(actor, orderId)).body;
  if (order.status === 'submitted') await publishQuote(order, pick);
  if (order.items.some(({ state }) => state === 'queued' || state === 'making')) await publishProduction(order, pick);
  const open = possible.filter(
    (name) => !['cancel', 'reject', 'change_specification'].includes(name) || pick % 17 === 0,
  );
  const choices = blind || open.length === 0 ? NAMES : (open as OrderCommandName[]);
  const command = commandFor(order, choices[pick % choices.length]!, pick);
  return (await room.command(actor, orderId, command.name, command.body, instance)).status;
}

async function publishQuote(order: Order, pick: number): Promise<void> {
  const state = pick % 3 === 0 ? 'needs_review' : 'ready';
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const quote = exampleQuote(order, state, { orderId: order.id, expiresAt });
  await room.publish('pricing', `quote.${state}`, quote.id, { quote });
}

async function publishProduction(order: Order, pick: number): Promise<void> {
  const item = order.items.find(({ state }) => state === 'queued' || state === 'making')!;
  const done = pick % 3 !== 0;
  const news = { made: done ? item.specification.quantity : 0, scrapped: 0, done, version: item.productionVersion + 1 };
  const fact = exampleFact(order, item.id, news);
  if (!('production' in fact)) throw new Error('exampleFact gives production facts');
  await room.publish('mes', done ? 'production.made' : 'production.started', order.id, fact.production);
}

function checkHistory(changes: HistoryEntry[], order: Order): void {
  changes.forEach((change, index) => {
    assert.equal(change.version, index + 1, `order ${order.number}`);
    assert.equal(change.from, index === 0 ? null : changes[index - 1]!.status);
    if (change.from === null || change.from === change.status) return;
    assert.ok(LEGAL_EDGES[change.from].includes(change.status), `${order.number}: ${change.from} → ${change.status}`);
  });
  assert.equal(changes.length, order.version);
}

async function factsAreHeard(): Promise<void> {
  await until(
    () => room.database.sql('orders')`select count(*) from inbox`,
    ([heard]) => heard!['count'] === room.publishedCount(),
    'every published fact in the inbox',
  );
  const letters = await room.database.sql('orders')`select reason from bus.dead_letter`;
  assert.deepEqual([...letters], []);
}

/** Every version left the room exactly once, and in order. */
async function checkFeed(): Promise<void> {
  const [row] = await room.database.sql('orders')`
    select count(*) as events, count(distinct (key, body #>> '{order,version}')) as versions,
      (select count(*) from history) as history
    from bus.feed where topic like 'order.%'`;
  assert.equal(row!['events'], row!['history']);
  assert.equal(row!['versions'], row!['history']);
}
