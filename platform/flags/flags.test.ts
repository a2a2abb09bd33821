import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAGS, type Flag } from '#contracts/flags';
import { flags } from './index.ts';

/** What is wrong with the flags of a table on a day, one text each. */
function problems(table: Record<string, Flag>, today: string): string[] {
  return Object.entries(table).flatMap(([key, flag]) => {
    if (!/^[a-z]+\.[a-z_]+$/.test(key)) return [`${key} is not named owner.what_it_does`];
    if (flag.expires === null) return flag.kind === 'kill' ? [] : [`${key} has no day of expiry`];
    return flag.expires >= today ? [] : [`${key} expired on ${flag.expires}: ${flag.owner} removes it`];
  });
}

test('no flag has outlived its day', () => {
  assert.deepEqual(problems(FLAGS, new Date().toISOString().slice(0, 10)), []);
});

test('the lint finds what it is for', () => {
  const flag: Flag = { description: '', default: false, owner: 'crm', kind: 'release', expires: '2026-01-31' };
  assert.deepEqual(problems({ 'crm.new_card': flag }, '2026-01-31'), []);
  assert.equal(problems({ 'crm.new_card': flag }, '2026-02-01').length, 1);
  assert.equal(problems({ 'crm.new_card': { ...flag, expires: null } }, '2026-01-01').length, 1);
  assert.equal(problems({ NewCard: flag }, '2026-01-01').length, 1);
});

test('flags have their defaults, overrides change them, instances do not mix', async () => {
  const usual = flags();
  const closed = flags({ overrides: { 'shop.accept_orders': false } });
  assert.equal(await usual.enabled('shop.accept_orders'), true);
  assert.equal(await closed.enabled('shop.accept_orders', { targetingKey: 'somebody' }), false);
  assert.equal(await closed.enabled('pricing.start_calculations'), true);
});

test('an override of no flag is refused', () => {
  assert.throws(() => flags({ overrides: { 'shop.acept_orders': false } }), /No such flag: shop.acept_orders/);
});
