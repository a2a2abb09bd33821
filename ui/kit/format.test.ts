import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFor } from './format.ts';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const ru = formatFor('ru', 'Europe/Moscow');
const en = formatFor('en', 'Europe/Moscow');

test('money is written as the language writes it', () => {
  assert.equal(plain(ru.money({ minor: 1_234_567, currency: 'RUB' })), '12 345,67 ₽');
  assert.equal(plain(en.money({ minor: 1_234_567, currency: 'EUR' })), '€12,345.67');
});

test('times are the shop floor’s, wherever the reader sits', () => {
  assert.match(en.dateTime('2026-03-01T22:30:00Z'), /2 Mar.*01:30/);
});

test('due dates read as a person says them', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  assert.equal(en.relative('2026-03-04T12:00:00Z', now), 'in 3 days');
  assert.equal(ru.relative('2026-03-02T12:00:00Z', now), 'завтра');
  assert.equal(ru.relative('2026-03-01T10:00:00Z', now), '2 часа назад');
});

test('durations and sizes stay short', () => {
  assert.equal(plain(en.duration(75)), '1 min 15 secs');
  assert.equal(plain(en.bytes(25_400_000)), '25.4 MB');
});
