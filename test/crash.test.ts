import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandAnswer, OrderHistory, OrderView, PlaceOrder } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import type { ShopOrdersPage } from '#contracts/shop';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { startTopology, type Topology } from '../app/cli/topology.ts';
import { asGuest, eventually, Refused, type Visitor } from '../app/visitor.ts';

/** FORGELINE_KILLS=50 for the long form. */
const KILLS = Number(process.env['FORGELINE_KILLS'] ?? 4);
const ORDERS_PER_SECOND = 20;
const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';

let topology: Topology;
before(async () => {
  topology = await startTopology({ kind: 'all' });
});
after(() => topology?.stop());

async function readyQuote(buyer: Visitor): Promise<string> {
  const body = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await buyer.call<Model>(`${PRICING}/models?fileName=ring.stl`, { method: 'POST', body });
  const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
  const request = { items, currency: 'EUR', leadTier: 'standard' };
  const asked = await buyer.call<Quote>(`${PRICING}/quotes`, { method: 'POST', body: request });
  await eventually('the quote is ready', async () => {
    const quote = await buyer.call<Quote>(`${PRICING}/quotes/${asked.id}`);
    return quote.state === 'ready' ? true : null;
  });
  return asked.id;
}

/** Asks until there is an answer, always by the same command id: as a browser does whose connection broke. */
async function placeForSure(buyer: Visitor, quoteId: string): Promise<string> {
  const body: PlaceOrder = {
    commandId: newId(),
    quoteId,
    accept: true,
    currency: 'EUR',
    leadTier: 'standard',
    deliveryAddress: { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' },
    contact: { name: 'Guest', email: 'guest@crash.example' },
  };
  for (;;) {
    try {
      return (await buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body })).orderId;
    } catch (error) {
      if (error instanceof Refused && error.status < 500) throw error;
      // Spread out, or everybody's next try would come at once and keep the restarted process from its work.
      await pause(200 + Math.random() * 600);
    }
  }
}

async function everyOrder(buyer: Visitor): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const query: string = after ? `?limit=50&cursor=${encodeURIComponent(after)}` : '?limit=50';
    const page: ShopOrdersPage = await buyer.call<ShopOrdersPage>(`/api/internal/v1/shop/orders${query}`);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after);
  return ids;
}

test(`${KILLS} × kill -9 under load: every promised order is there once, its history whole`, {
  timeout: 60_000 + KILLS * 15_000,
}, async (t) => {
  const buyer = await asGuest(topology.gatewayOrigin);
  const quoteId = await readyQuote(buyer);
  const placing: Promise<string>[] = [];
  const load = setInterval(() => placing.push(placeForSure(buyer, quoteId)), 1000 / ORDERS_PER_SECOND);
  try {
    for (let i = 0; i < KILLS; i++) {
      await pause(300 + Math.random() * 1700);
      await topology.kill('all', 'SIGKILL');
      await topology.startAgain('all');
    }
  } finally {
    clearInterval(load);
  }
  const promised = await Promise.all(placing);
  t.diagnostic(`${promised.length} orders promised over ${KILLS} kills`);
  assert.ok(promised.length >= KILLS * 5, 'hardly any load');
  assert.equal(new Set(promised).size, promised.length);

  for (const orderId of promised) {
    const { order } = await buyer.call<OrderView>(`${ORDERS}/${orderId}`);
    const { entries } = await buyer.call<OrderHistory>(`${ORDERS}/${orderId}/history`);
    assert.deepEqual(
      entries.map(({ version, status }) => [version, status]),
      [
        [1, 'submitted'],
        [2, 'priced'],
        [3, 'confirmed'],
      ],
    );
    assert.deepEqual([order.version, order.status], [3, 'confirmed']);
  }
  // The buyer's read model has heard of every one, and of none twice.
  await eventually('the shop shows every order', async () => {
    const seen = await everyOrder(buyer);
    assert.equal(new Set(seen).size, seen.length, 'an order is listed twice');
    return seen.length === promised.length ? true : null;
  });
  assert.deepEqual((await everyOrder(buyer)).sort(), [...promised].sort());
});
