import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ROLES } from '#contracts/basics';
import { ORDER_COMMANDS, type Order, type OrderCommandName, type OrderStatus } from '#contracts/orders';
import { newId } from '#platform/clock';
import { foldStatus, readyToShip, reworkable, TERMINAL } from './items.ts';
import { type By, type Command, decide, type Fact, onTimer, place, possible, record, type Step } from './order.ts';
import { commandFor, exampleFact, examplePlacing, exampleQuote, LEGAL_EDGES } from './order-examples.ts';
import { DEFAULT_RULES } from './transitions.ts';

const START = Date.parse('2026-03-02T09:00:00.000Z');
const HOUR = 3_600_000;
const momentAt = (hours: number) => ({
  now: new Date(START + hours * HOUR).toISOString(),
  rules: DEFAULT_RULES,
  newId: () => newId(),
});

const BUYER = newId();
const ACTORS: By[] = [
  { id: BUYER, name: 'Buyer', roles: ['customer'] },
  { id: newId(), name: 'Other buyer', roles: ['customer'] },
  { id: newId(), name: 'Client', roles: ['partner'] },
  ...ROLES.filter((role) => role !== 'customer' && role !== 'partner').map(
    (role): By => ({ id: newId(), name: role, roles: [role] }),
  ),
];
const ALL_POWERS: By = { id: BUYER, name: 'Everybody', roles: [...ROLES] };

type Move =
  | { kind: 'command'; actor: number; name: OrderCommandName; pick: number; stale: boolean }
  | { kind: 'possible'; pick: number }
  | { kind: 'onward'; pick: number }
  | { kind: 'quote'; outcome: 'ready' | 'needs_review' }
  | { kind: 'production'; item: number; made: number; scrapped: number; done: boolean; repeat: boolean }
  | { kind: 'time'; hours: number };

const commandName = fc.constantFrom(...(Object.keys(ORDER_COMMANDS) as OrderCommandName[]));
const pick = fc.nat(1000);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('command' as const),
    actor: fc.nat(ACTORS.length - 1),
    name: commandName,
    pick,
    stale: fc.boolean(),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('possible' as const), pick }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('onward' as const), pick }) },
  fc.record({
    kind: fc.constant('quote' as const),
    outcome: fc.constantFrom('ready' as const, 'needs_review' as const),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('production' as const),
      item: fc.nat(2),
      made: fc.nat(4),
      scrapped: fc.nat(2),
      done: fc.boolean(),
      repeat: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('time' as const), hours: fc.nat(24 * 20) }),
);

/** Plays the moves and gives every version that came about. */
function play(start: Step[], moves: Move[]): Step[] {
  const history = [...start];
  let hours = 0;
  for (const one of moves) {
    const order = history.at(-1)!.order;
    if (one.kind === 'time') hours += one.hours;
    history.push(...stepsOf(order, one, momentAt(hours)));
  }
  return history;
}

function stepsOf(order: Order, one: Move, moment: ReturnType<typeof momentAt>): Step[] {
  switch (one.kind) {
    case 'time':
      return onTimer(order, moment)?.steps ?? [];
    case 'possible': {
      const names = possible(order, ALL_POWERS, moment);
      const name = names[one.pick % Math.max(1, names.length)];
      return name ? stepsOfDecision(decide(order, commandFor(order, name, one.pick), ALL_POWERS, moment)) : [];
    }
    case 'onward':
      return onward(order, one.pick, moment);
    case 'command': {
      const command = commandFor(order, one.name, one.pick);
      if (one.stale) command.body.version += 1;
      return stepsOfDecision(decide(order, command, ACTORS[one.actor]!, moment));
    }
    case 'quote':
      return stepsOfDecision(record(order, quoteFact(order, one.outcome), moment));
    case 'production': {
      const item = order.items[one.item % order.items.length]!;
      const version = one.repeat ? item.productionVersion : item.productionVersion + 1;
      return stepsOfDecision(record(order, exampleFact(order, item.id, { ...one, version }), moment));
    }
  }
}

const WAY: readonly OrderCommandName[] = [
  'release',
  'quote_by_hand',
  'accept',
  'approve',
  'pack',
  'ship',
  'close',
  'record_payment',
];

/** The next thing that brings an order nearer to its end, so that random play gets there. */
function onward(order: Order, choice: number, moment: ReturnType<typeof momentAt>): Step[] {
  if (order.status === 'submitted') return stepsOfDecision(record(order, quoteFact(order, 'ready'), moment));
  const unmade = order.items.find(({ state }) => state === 'queued' || state === 'making');
  if (unmade) {
    const news = {
      made: unmade.specification.quantity,
      scrapped: 0,
      done: true,
      version: unmade.productionVersion + 1,
    };
    return stepsOfDecision(record(order, exampleFact(order, unmade.id, news), moment));
  }
  const open = possible(order, ALL_POWERS, moment);
  const name = WAY.find((step) => open.includes(step));
  return name ? stepsOfDecision(decide(order, commandFor(order, name, choice), ALL_POWERS, moment)) : [];
}

function stepsOfDecision(decision: ReturnType<typeof decide> | ReturnType<typeof record>): Step[] {
  return decision.kind === 'changed' ? decision.steps : [];
}

function quoteFact(order: Order, outcome: 'ready' | 'needs_review'): Fact {
  const name = outcome === 'ready' ? 'all_priced' : 'review_needed';
  return { name, id: newId(), quote: exampleQuote(order, outcome) };
}

const start = fc
  .record({ items: fc.integer({ min: 1, max: 3 }), quoted: fc.boolean(), accept: fc.boolean(), limit: fc.boolean() })
  .map((asked) => place(examplePlacing(BUYER, asked), ACTORS[0]!, 'customer', momentAt(0)));
const history = fc.tuple(start, fc.array(move, { maxLength: 40 })).map(([first, moves]) => play(first, moves));

describe('any sequence of commands, facts and timers', () => {
  test('leaves a contiguous history of legal edges whose last row is the order', () => {
    fc.assert(
      fc.property(history, (steps) => {
        steps.forEach(({ order, change, eventType }, index) => {
          assert.equal(change.version, index + 1);
          assert.equal(order.version, change.version);
          assert.equal(order.status, change.status);
          assert.equal(change.from, index === 0 ? null : steps[index - 1]!.change.status);
          if (change.from === change.status) assert.equal(eventType, 'order.amended');
          else assert.equal(eventType, `order.${change.status}`);
          if (change.from !== null && change.from !== change.status) {
            assert.ok(LEGAL_EDGES[change.from].includes(change.status), `${change.from} → ${change.status}`);
          }
        });
      }),
      { numRuns: 1500 },
    );
  });

  test('keeps the status equal to the fold of the items', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { order } of steps) assert.equal(foldStatus(order.status, order.items), order.status);
      }),
    );
  });

  test('never moves an order out of a terminal state', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const end = steps.findIndex(({ order }) => TERMINAL.has(order.status));
        if (end < 0) return;
        for (const { order } of steps.slice(end)) assert.equal(order.status, steps[end]!.order.status);
      }),
    );
  });

  test('ships no piece twice, and none that is held', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { order, change } of steps) {
          for (const item of order.items) {
            const sent = order.shipments.flatMap(({ lines }) => lines).filter(({ itemId }) => itemId === item.id);
            assert.equal(
              sent.reduce((sum, line) => sum + line.quantity, 0),
              item.shipped,
            );
            assert.ok(item.shipped <= item.packed && item.packed <= item.specification.quantity);
            assert.ok(item.made >= 0);
          }
          if (change.name === 'pack' || change.name === 'ship') assert.equal(order.hold, null);
        }
      }),
    );
  });

  test('makes `possible` exactly what is accepted, for every actor', () => {
    fc.assert(
      fc.property(history, pick, (steps, choice) => {
        const { order } = steps.at(-1)!;
        const moment = momentAt(24 * 3);
        for (const actor of [...ACTORS, ALL_POWERS]) {
          const open = possible(order, actor, moment);
          for (const name of Object.keys(ORDER_COMMANDS) as OrderCommandName[]) {
            const decision = decide(order, commandFor(order, name, choice), actor, moment);
            assert.equal(
              open.includes(name),
              decision.kind === 'changed',
              `${name} in ${order.status} by ${actor.name}`,
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('reaches every status', () => {
    const seen = new Set<OrderStatus>();
    for (const steps of fc.sample(history, 1500)) for (const { order } of steps) seen.add(order.status);
    assert.deepEqual([...seen].sort(), Object.keys(LEGAL_EDGES).sort());
  });
});

describe('placing', () => {
  const moment = momentAt(0);
  const customer = ACTORS[0]!;
  const placed = (asked: Parameters<typeof examplePlacing>[1]) =>
    place(examplePlacing(BUYER, asked), customer, 'customer', moment);

  test('with an accepted quote passes three statuses, each with its row and event', () => {
    const steps = placed({ items: 2, quoted: true, accept: true });
    assert.deepEqual(
      steps.map(({ eventType, change }) => [change.version, change.name, eventType]),
      [
        [1, 'place', 'order.submitted'],
        [2, 'all_priced', 'order.priced'],
        [3, 'accept', 'order.confirmed'],
      ],
    );
    assert.equal(steps.at(-1)!.order.dueAt, '2026-03-16T15:00:00.000Z');
  });

  test('without a quote waits for pricing, and a price within the limit is accepted at once', () => {
    const [submitted] = placed({ items: 1, limit: true });
    assert.equal(submitted.order.quoteId, null);
    const decision = record(submitted.order, quoteFact(submitted.order, 'ready'), moment);
    assert.ok(decision.kind === 'changed');
    assert.deepEqual(
      decision.steps.map(({ order }) => order.status),
      ['priced', 'confirmed'],
    );
    assert.deepEqual(decision.steps[1]!.change.actor, { id: BUYER, name: 'Buyer', role: 'customer' });
  });

  test('an expired price is not accepted by the limit', () => {
    const [submitted] = placed({ items: 1, limit: true });
    const decision = record(submitted.order, quoteFact(submitted.order, 'ready'), momentAt(24 * 60));
    assert.ok(decision.kind === 'changed');
    assert.deepEqual(
      decision.steps.map(({ order }) => order.status),
      ['priced'],
    );
  });

  test('a quote for an earlier specification is ignored', () => {
    const [{ order }] = placed({ items: 1 });
    const quote = exampleQuote(order, 'ready');
    quote.items[0]!.specification.quantity += 1;
    assert.equal(record(order, { name: 'all_priced', id: newId(), quote }, moment).kind, 'ignored');
  });
});

describe('rights', () => {
  const moment = momentAt(1);
  const order = place(
    examplePlacing(BUYER, { items: 1, quoted: true, accept: true }),
    ACTORS[0]!,
    'customer',
    moment,
  ).at(-1)!.order;
  const refusalOf = (actor: By, name: OrderCommandName, from = order) => {
    const decision = decide(from, commandFor(from, name, 0), actor, moment);
    return decision.kind === 'refused' ? decision.code : decision.kind;
  };
  const by = (name: string) => ACTORS.find((actor) => actor.name === name)!;

  test('one’s own without the right is forbidden, somebody else’s does not exist', () => {
    assert.equal(refusalOf(by('Buyer'), 'approve'), 'order.forbidden');
    assert.equal(refusalOf(by('Other buyer'), 'approve'), 'order.not_found');
    assert.equal(refusalOf(by('Other buyer'), 'cancel'), 'order.not_found');
    assert.equal(refusalOf(by('Client'), 'accept'), 'order.not_found');
    assert.equal(refusalOf(by('operator'), 'cancel'), 'order.forbidden');
  });

  test('approving waits for the payment', () => {
    assert.equal(refusalOf(by('seller'), 'approve'), 'order.not_possible');
    const paid = decide(order, commandFor(order, 'record_payment', 0), by('seller'), moment);
    assert.ok(paid.kind === 'changed');
    assert.equal(refusalOf(by('seller'), 'approve', paid.steps[0].order), 'changed');
  });

  test('after approval only the lead seller cancels', () => {
    const approved: Order = {
      ...order,
      status: 'approved',
      items: order.items.map((item) => ({ ...item, state: 'queued' })),
    };
    assert.equal(refusalOf(by('seller'), 'cancel', approved), 'order.forbidden');
    assert.equal(refusalOf(by('Buyer'), 'cancel', approved), 'order.forbidden');
    assert.equal(refusalOf(by('lead_seller'), 'cancel', approved), 'changed');
  });

  test('a stale version is told before the state', () => {
    const command = commandFor(order, 'pack', 0);
    command.body.version -= 1;
    const decision = decide(order, command, by('packer'), moment);
    assert.equal(decision.kind === 'refused' && decision.code, 'order.stale_version');
  });
});

describe('facts on closed edges', () => {
  const moment = momentAt(1);
  const placed = place(examplePlacing(BUYER, { items: 1, quoted: true, accept: true }), ACTORS[0]!, 'customer', moment);
  const cancelled: Order = { ...placed.at(-1)!.order, status: 'cancelled' };
  const factOf = (order: Order, version: number) =>
    record(order, exampleFact(order, order.items[0]!.id, { made: 1, scrapped: 0, done: false, version }), moment);

  test('a cancelled order keeps the counts and opens one conflict, which a person resolves', () => {
    const first = factOf(cancelled, 1);
    assert.ok(first.kind === 'changed');
    const { order, eventType } = first.steps[0];
    assert.equal(eventType, 'order.amended');
    assert.equal(order.status, 'cancelled');
    assert.equal(order.items[0]!.made, 1);
    assert.equal(order.conflicts.length, 1);

    const second = factOf(order, 2);
    assert.ok(second.kind === 'changed');
    assert.equal(second.steps[0].order.conflicts.length, 1);

    const seller: By = { id: newId(), name: 'Seller', roles: ['seller'] };
    const resolved = decide(order, commandFor(order, 'resolve_conflict', 0), seller, moment);
    assert.ok(resolved.kind === 'changed');
    assert.ok(resolved.steps[0].order.conflicts[0]!.resolvedAt);
  });

  test('a repeated fact changes nothing', () => {
    const first = factOf(cancelled, 3);
    assert.ok(first.kind === 'changed');
    assert.equal(factOf(first.steps[0].order, 3).kind, 'ignored');
    assert.equal(factOf(first.steps[0].order, 2).kind, 'ignored');
  });
});

test('a changed material asks pricing for its process and finish anew', () => {
  const moment = momentAt(1);
  const [, { order }] = place(examplePlacing(BUYER, { items: 2, quoted: true }), ACTORS[0]!, 'customer', moment) as [
    Step,
    Step,
  ];
  const items = [{ itemId: order.items[0]!.id, material: 'brass' }];
  const command: Command = {
    name: 'change_specification',
    body: { commandId: newId(), version: order.version, items },
  };
  const decision = decide(order, command, ACTORS[0]!, moment);
  assert.ok(decision.kind === 'changed');
  const [changed, same] = decision.steps[0].order.items;
  assert.deepEqual([changed!.specification.process, changed!.specification.finish], ['', '']);
  assert.deepEqual(same!.specification, order.items[1]!.specification);
  assert.equal(decision.steps[0].order.quoteId, null);
});

test('part shipments keep an order packed until the last', () => {
  const moment = momentAt(1);
  const placed = place(examplePlacing(BUYER, { items: 2, quoted: true, accept: true }), ACTORS[0]!, 'customer', moment);
  let order: Order = { ...placed.at(-1)!.order, status: 'produced' };
  order.items = order.items.map((item) => ({ ...item, state: 'made', made: item.specification.quantity }));
  const packer: By = { id: newId(), name: 'Packer', roles: ['packer'] };
  const run = (command: Command) => {
    const decision = decide(order, command, packer, moment);
    assert.ok(decision.kind === 'changed', JSON.stringify(decision));
    order = decision.steps[0].order;
  };
  const ship = (lines?: { itemId: string; quantity: number }[]): Command => ({
    name: 'ship',
    body: {
      commandId: newId(),
      version: order.version,
      carrier: 'Post',
      trackingNumber: 'T1',
      ...(lines && { lines }),
    },
  });
  run(commandFor(order, 'pack', 0));
  run(ship([{ itemId: order.items[0]!.id, quantity: 1 }]));
  assert.equal(order.status, 'packed');
  assert.ok(readyToShip(order.items[0]!) > 0 && reworkable(order.items[0]!) > 0);
  run(ship());
  assert.equal(order.status, 'shipped');
  assert.equal(order.shipments.length, 2);
});
