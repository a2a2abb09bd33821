import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order } from '#contracts/orders';
import { newId } from '#platform/clock';
import { type By, decide, onTimer, place, possible, record } from './order.ts';
import { commandFor, examplePlacing, exampleQuote } from './order-examples.ts';
import { DEFAULT_RULES, nextTimer } from './transitions.ts';

const DAY_MS = 86_400_000;
const BUYER = newId();
const buyer: By = { id: BUYER, name: 'Buyer', roles: ['customer'] };
const at = (ms: number) => ({ now: new Date(ms).toISOString(), rules: DEFAULT_RULES, newId });

/** Pricing's answer, good for two weeks. */
function priced(order: Order, ms: number): Order {
  const quote = exampleQuote(order, 'ready', { orderId: order.id, expiresAt: at(ms + 14 * DAY_MS).now });
  const answered = record(order, { name: 'all_priced', id: newId(), quote }, at(ms));
  assert.equal(answered.kind, 'changed', JSON.stringify(answered));
  return answered.kind === 'changed' ? answered.steps.at(-1)!.order : order;
}

test('a price that nobody takes is asked for anew for ninety days, and then waits for its buyer', () => {
  const from = Date.parse('2026-03-02T09:00:00.000Z');
  let order = priced(place(examplePlacing(BUYER, { items: 2 }), buyer, 'customer', at(from)).at(-1)!.order, from);
  let renewals = 0;
  for (let timer = nextTimer(order, DEFAULT_RULES); timer; timer = nextTimer(order, DEFAULT_RULES)) {
    const now = Date.parse(timer.at);
    order = priced(onTimer(order, at(now))!.steps[0].order, now);
    renewals++;
    assert.ok(renewals < 100, 'without an end');
  }
  assert.equal(renewals, 6);
  const later = from + 400 * DAY_MS;
  assert.equal(onTimer(order, at(later)), null);
  assert.equal(order.status, 'priced');
  assert.ok(!possible(order, buyer, at(later)).includes('accept'), 'an old price cannot be taken');

  assert.ok(possible(order, buyer, at(later)).includes('change_specification'));
  const again = decide(order, commandFor(order, 'change_specification', 0), buyer, at(later));
  assert.equal(again.kind === 'changed' && again.steps[0].order.status, 'submitted', 'the buyer gets a new one');
});
