import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Compile } from 'typebox/compile';
import { ShopOrder, ShopOrderRow } from '#contracts/shop';
import { newId } from '#platform/clock';
import { rowOf, stepOf, viewOf } from './customer-view.ts';
import { exampleChange, exampleOrder, SECRET } from './order-examples.ts';

test('a customer reads nothing of what is the workshop’s own affair', () => {
  const order = exampleOrder(newId(), { hold: { reason: SECRET, by: SECRET, at: '2026-03-02T09:00:00.000Z' } });
  const view = viewOf(order);
  const text = JSON.stringify([view, rowOf(view), stepOf(exampleChange({ ...order, version: 2 }, { reason: SECRET }))]);
  assert.equal(text.includes(SECRET), false, text);
  assert.equal(text.includes('777777'), false, 'scrapped pieces are not told');
  assert.ok(Compile(ShopOrder).Check(view));
  assert.ok(Compile(ShopOrderRow).Check(rowOf(view)));
  assert.equal(view.onHold, true);
  assert.equal(view.items[0]!.onHold, true);
});

test('a line of the list counts pieces and names the first three files, each once', () => {
  const order = exampleOrder(newId());
  const item = order.items[0]!;
  const files = ['a.stl', 'b.stl', 'a.stl', 'c.stl', 'd.stl'];
  const items = files.map((fileName) => ({ ...item, specification: { ...item.specification, fileName } }));
  const row = rowOf(viewOf({ ...order, items }));
  assert.deepEqual([row.items, row.pieces, row.files], [5, 15, ['a.stl', 'b.stl', 'c.stl']]);
});

test('steps that change the status are told, others only where the buyer waits for them', () => {
  const order = exampleOrder(newId(), { version: 5, status: 'packed' });
  const told = (name: string, from = order.status) => stepOf(exampleChange(order, { name, from })) !== null;
  assert.deepEqual(
    ['hold', 'release', 'production_scrapped', 'resolve_conflict'].map((name) => told(name)),
    [false, false, false, false],
  );
  assert.deepEqual([told('ship'), told('record_payment'), told('pack', 'produced')], [true, true, true]);
});

test('a reason is told when the buyer gave it, or it was given to the buyer', () => {
  const order = exampleOrder(newId(), { version: 2, status: 'cancelled' });
  const reason = (name: string, role: 'customer' | 'seller') => {
    const change = exampleChange(order, { name, from: 'priced', reason: 'because' });
    return stepOf({ ...change, actor: { ...change.actor, role } })?.reason;
  };
  assert.equal(reason('cancel', 'customer'), 'because');
  assert.equal(reason('reject', 'seller'), 'because');
  assert.equal(reason('quote_by_hand', 'seller'), '');
});
