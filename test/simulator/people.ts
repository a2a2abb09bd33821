import type { Role } from '#contracts/basics';
import type { Actor as Person } from '#contracts/identity';
import type { OperationPage, OperationRow, PackingPage } from '#contracts/mes';
import type { Order, OrderCommandName, OrderItem, OrderView } from '#contracts/orders';
import type { ShopOrderPage, ShopOrdersPage } from '#contracts/shop';
import { newId } from '#platform/clock';
import { exampleAddress } from '../../modules/orders/order-examples.ts';
import { Actor } from './actor.ts';
import { Client } from './client.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const ORDERS = '/api/internal/v1/orders';
const SHOP = '/api/internal/v1/shop/orders';
const MES = '/api/internal/v1/mes';
const MATERIALS = ['pa12', 'silver-925', 'no-such-material'] as const;

export interface Buyer {
  client: Client;
  /** The customer's, or the client's that a partner's person acts for. */
  id: string;
  models: string[];
}

/** Somebody with a part to play: acts until their will is spent. */
export function person(world: World, name: string, roles: Role[], clientId?: string): Client {
  const actor = new Actor(name, world.scheduler);
  const id = actor.run(() => newId());
  const who: Person = { id, name, roles, credential: id, scopes: [], ...(clientId ? { clientId } : {}) };
  return new Client(world, actor, who);
}

/** Runs `act` so many times, with pauses to think; the first time not before `fromMs`. */
export function live(world: World, client: Client, times: number, act: () => Promise<unknown>, fromMs = 0): void {
  const { actor } = client;
  world.begin(
    actor.run(async () => {
      await actor.scheduler.sleep(actor, fromMs);
      for (let i = 0; i < times; i += 1) {
        await actor.scheduler.sleep(actor, actor.random.between(5, 400));
        await act();
      }
    }),
  );
}

// ---- buyers ----

export async function buy(world: World, { client, id, models }: Buyer): Promise<void> {
  const { random } = client.actor;
  const items = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => ({
    modelId: random.pick(models),
    unit: 'mm',
    material: random.chance(0.08) ? MATERIALS[2] : random.pick(MATERIALS.slice(0, 2)),
    quantity: 1 + random.below(3),
  }));
  const body = {
    commandId: newId(),
    items,
    currency: 'RUB',
    leadTier: 'standard',
    rush: random.chance(0.2),
    deliveryAddress: exampleAddress,
    contact: { name: client.person.name, email: 'buyer@example.com' },
    ...(random.chance(0.8) ? { acceptUpTo: { minor: 100_000_000, currency: 'RUB' } } : {}),
  };
  const answer = await client.command({ room: 'orders', name: 'place', path: ORDERS, body, subjectId: null });
  if (answer) world.orders.set(answer.orderId!, id);
}

/** Looks at the list and at an order, sometimes at one that is not theirs. */
export async function lookAtShop(world: World, { client, id }: Buyer): Promise<void> {
  const list = await client.ask<ShopOrdersPage>('shop', 'GET', `${SHOP}?limit=20`);
  for (const row of list?.status === 200 ? list.body.items : []) shown(world, id, row.id, 'the shop’s list');
  const ids = [...world.orders.keys()];
  if (ids.length === 0) return;
  const orderId = client.actor.random.pick(ids);
  const page = await client.ask<ShopOrderPage>('shop', 'GET', `${SHOP}/${orderId}`);
  if (page?.status === 200) shown(world, id, orderId, 'the shop’s page');
}

function shown(world: World, readerId: string, orderId: string, where: string): void {
  const buyerId = world.orders.get(orderId);
  if (buyerId) world.ledger.shown.push({ readerId, orderId, buyerId, where });
}

export async function mindOwnOrder(world: World, buyer: Buyer): Promise<void> {
  const { random } = buyer.client.actor;
  const own = [...world.orders].filter(([, id]) => id === buyer.id);
  if (own.length === 0) return;
  await decideOn(world, buyer.client, random.pick(own)[0], BUYERS_WILL);
}

// ---- everybody who decides on orders ----

type Will = Partial<Record<OrderCommandName, number>>;

const BUYERS_WILL: Will = { accept: 10, cancel: 0.15, change_specification: 0.3 };
export const SELLERS_WILL: Will = {
  approve: 10,
  record_payment: 6,
  quote_by_hand: 8,
  hold: 0.3,
  release: 4,
  cancel: 0.2,
  reject: 0.1,
  close: 1,
  resolve_conflict: 3,
  change_specification: 0.2,
};
export const FOREMANS_WILL: Will = { hold: 0.4, release: 5, rework: 0.6, resolve_conflict: 3, cancel: 0.5 };

/** Reads the order as it is, or keeps an older view of it, and does one of the things that seem possible. */
export async function decideOn(world: World, client: Client, orderId: string, will: Will): Promise<void> {
  const { random } = client.actor;
  const seen = await client.ask<OrderView>('orders', 'GET', `${ORDERS}/${orderId}`);
  if (seen?.status !== 200) return;
  const readerIsBuyer = client.person.roles.includes('customer') || client.person.roles.includes('partner');
  if (readerIsBuyer) shown(world, client.person.clientId ?? client.person.id, orderId, 'orders');
  const possible = seen.body.possible as OrderCommandName[];
  const name = weighted(random, possible, seen.body.order, will);
  if (!name) return;
  if (world.faults.strikes('stale version sent'))
    await client.actor.scheduler.sleep(client.actor, random.between(0, 3_000));
  const { order } = seen.body;
  const also = random.chance(0.2) ? weighted(random, possible, order, will) : null;
  // Two windows of one person, both with the same order in them.
  await Promise.all([carryOut(client, order, name), also && carryOut(client, order, also)]);
}

function weighted(random: Random, possible: readonly OrderCommandName[], order: Order, will: Will) {
  const wanted = possible.filter(
    (name) => will[name] && !(name === 'record_payment' && order.payment.state !== 'none'),
  );
  const all = wanted.reduce((sum, name) => sum + will[name]!, 0);
  // Where only odd things are possible, mostly nothing is done.
  let left = random.unit() * Math.max(all, 10);
  for (const name of wanted) {
    left -= will[name]!;
    if (left <= 0) return name;
  }
  return null;
}

async function carryOut(client: Client, order: Order, name: OrderCommandName): Promise<void> {
  const rest = bodyOf(client.actor.random, order, name);
  if (!rest) return;
  const body = { commandId: newId(), version: order.version, ...rest };
  const path = `${name === 'pack' || name === 'ship' ? `${MES}/orders` : ORDERS}/${order.id}/${name.replaceAll('_', '-')}`;
  await client.command({ room: 'orders', name, path, body, subjectId: order.id });
}

function bodyOf(random: Random, order: Order, name: OrderCommandName): object | null {
  const reason = 'So it must be';
  const item = random.pick(order.items);
  switch (name) {
    case 'quote_by_hand':
      return {
        reason,
        items: order.items.map(({ id }) => ({ itemId: id, total: { minor: 50_000, currency: order.currency } })),
      };
    case 'change_specification':
      return {
        items: [{ itemId: item.id, quantity: 1 + random.below(4), material: random.pick(MATERIALS.slice(0, 2)) }],
      };
    case 'record_payment':
      return { state: random.pick(['recorded', 'on_account']), reference: '1' };
    case 'hold':
      return random.chance(0.5) ? { reason } : { reason, itemId: item.id };
    case 'release':
      return order.hold ? {} : { itemId: order.items.find(({ hold }) => hold)?.id ?? item.id };
    case 'rework': {
      const items = order.items.filter((one) => atHand(one) > 0).map((one) => ({ itemId: one.id, quantity: 1 }));
      return items.length > 0 ? { reason, items } : null;
    }
    case 'ship': {
      const lines = order.items
        .filter(({ packed, shipped }) => packed > shipped)
        .map(({ id }) => ({ itemId: id, quantity: 1 }));
      return { carrier: 'CDEK', trackingNumber: '1', ...(random.chance(0.3) && lines.length > 0 ? { lines } : {}) };
    }
    case 'resolve_conflict': {
      const open = order.conflicts.find(({ resolvedAt }) => resolvedAt === null);
      return open ? { reason, conflictId: open.id } : null;
    }
    case 'cancel':
    case 'reject':
      return { reason };
    default:
      return {};
  }
}

function atHand({ made, shipped, state, specification }: OrderItem): number {
  const isThere = state === 'made' || state === 'packed';
  return isThere ? Math.min(made, specification.quantity) - shipped : 0;
}

// ---- the floor ----

/** Claims the most urgent operations, also those that others want, and works on what is theirs. */
export async function workOnFloor(world: World, client: Client, mine: OperationRow[]): Promise<void> {
  const { random } = client.actor;
  // Some take more than they can begin at once.
  const inHand = mine.length > 0 && random.chance(0.6) ? mine.shift() : undefined;
  if (inHand) return finishWork(client, inHand, mine);
  const page = await client.ask<OperationPage>('mes', 'GET', `${MES}/queue?limit=20`);
  const free = page?.status === 200 ? page.body.items : [];
  if (free.length === 0) return;
  const wanted = random.chance(0.7) ? free[0]! : random.pick(free);
  world.wanted.push(wanted);
  const operation = random.chance(0.4) ? random.pick(world.wanted.slice(-3)) : wanted;
  if (await onOperation(client, operation.id, 'claim', {})) mine.push(operation);
}

async function finishWork(client: Client, operation: OperationRow, mine: OperationRow[]): Promise<void> {
  const { random } = client.actor;
  const { id, quantity } = operation;
  if (random.chance(0.08)) return void (await onOperation(client, id, 'release', {}));
  if (!(await onOperation(client, id, 'start', {}))) return;
  if (random.chance(0.1)) {
    await onOperation(client, id, 'pause', {});
    mine.push(operation);
    return;
  }
  const scrapped = random.chance(0.1) ? 1 : 0;
  const body = { good: quantity - scrapped, scrapped, ...(scrapped ? { reason: 'Broken' } : {}) };
  await onOperation(client, id, 'finish', body);
}

type FloorVerb = 'claim' | 'start' | 'pause' | 'release' | 'finish';

function onOperation(client: Client, id: string, name: FloorVerb, body: object) {
  const path = `${MES}/operations/${id}/${name}`;
  return client.command({ room: 'mes', name, path, body: { commandId: newId(), ...body }, subjectId: id });
}

/** Packs what is made and ships what is packed, as the packer's list shows it. */
export async function packAndShip(world: World, client: Client): Promise<void> {
  const { random } = client.actor;
  const page = await client.ask<PackingPage>('mes', 'GET', `${MES}/packing?limit=20`);
  const orders = page?.status === 200 ? page.body.items : [];
  if (orders.length === 0) return;
  const { orderId } = random.pick(orders);
  await decideOn(world, client, orderId, { pack: 10, ship: 10 });
}
