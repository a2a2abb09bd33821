import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueDate, type LeadRules } from './due-date.ts';

const rules: LeadRules = {
  calendar: {
    timeZone: 'Europe/Berlin',
    workingDays: [1, 2, 3, 4, 5],
    holidays: new Set(['2026-04-03', '2026-04-06']),
    closingHour: 18,
  },
  leadDays: { economy: 15, standard: 10, express: 5 },
};

test('counts working days from the day after confirmation, to the end of the last', () => {
  assert.equal(dueDate('2026-03-02T09:00:00.000Z', 'express', false, rules), '2026-03-09T17:00:00.000Z');
});

test('skips weekends and holidays, and follows summer time', () => {
  // Thursday before Easter in winter-to-summer week: 31 March is already summer time (UTC+2).
  assert.equal(dueDate('2026-03-27T10:00:00.000Z', 'express', false, rules), '2026-04-07T16:00:00.000Z');
});

test('takes the day of the shop floor, not of UTC', () => {
  assert.equal(dueDate('2026-03-02T23:30:00.000Z', 'express', false, rules), '2026-03-10T17:00:00.000Z');
});

test('a rush takes half the days, rounded up', () => {
  assert.equal(dueDate('2026-03-02T09:00:00.000Z', 'express', true, rules), '2026-03-05T17:00:00.000Z');
});
