import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceDetail } from './price-detail.ts';

test('figures behind a price speak Russian', () => {
  const machine = { code: 'machine', detail: '1.25 cm³, box 3.4 cm³, height 12 mm' };
  assert.equal(priceDetail(machine, 'ru'), '1,25 см³, габарит 3,4 см³, высота 12 мм');
  assert.equal(priceDetail(machine, 'en'), machine.detail);
  const gold = {
    code: 'material',
    detail: '4.1 g with 10 % loss, fineness 0.585, metal fix of 2026-01-01T00:00:00.000Z',
  };
  assert.equal(priceDetail(gold, 'ru'), '4,1 г с потерями 10 %, проба 0,585, цена металла на 2026-01-01');
});

test('what the page already says is not repeated', () => {
  assert.equal(priceDetail({ code: 'lead', detail: 'express, 4 working days' }, 'ru'), '');
});
