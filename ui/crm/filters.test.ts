import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderRow } from '#contracts/crm';
import {
  belongs,
  type Filters,
  filtersOf,
  fromView,
  parametersOf,
  toggleStatus,
  toView,
  withFilter,
} from './filters.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const row: OrderRow = {
  id: 'a',
  number: 'FL-100042',
  version: 1,
  status: 'approved',
  statusSince: '2026-03-01T00:00:00Z',
  source: 'shop',
  buyer: { id: 'b', name: 'Анна Петрова' },
  rush: false,
  onHold: false,
  total: null,
  payment: 'none',
  placedAt: '2026-03-01T00:00:00Z',
  dueAt: '2026-03-09T00:00:00Z',
  items: 1,
  pieces: 1,
  files: ['Ring.stl'],
  openConflicts: 0,
  assignee: { id: 'me', name: 'Olga' },
};

test('the address gives filters and nothing else', () => {
  assert.deepEqual(filtersOf({ status: 'approved', q: '', peek: 'x', rush: 'true', other: 1 }), {
    status: 'approved',
    rush: 'true',
  });
});

test('a search that is too short is not sent', () => {
  assert.deepEqual(parametersOf({ q: ' ab ', sort: 'urgent' }), { sort: 'urgent' });
  assert.deepEqual(parametersOf({ q: ' abc ' }), { q: 'abc' });
});

test('statuses come and go', () => {
  const one = toggleStatus({ rush: 'true' }, 'priced');
  const two = toggleStatus(one, 'approved');
  assert.equal(two.status, 'priced,approved');
  assert.deepEqual(toggleStatus(toggleStatus(two, 'priced'), 'approved'), { rush: 'true' });
  assert.deepEqual(withFilter(one, 'rush', undefined), { status: 'priced' });
});

test('a saved view brings back the same address', () => {
  const filters: Filters = { sort: 'urgent', status: 'priced,approved', rush: 'true', hold: 'false', q: 'ring' };
  assert.deepEqual(toView(filters), { sort: 'urgent', status: 'priced,approved', rush: true, hold: false, q: 'ring' });
  assert.deepEqual(fromView(toView(filters)), filters);
});

const cases: [Filters, boolean][] = [
  [{}, true],
  [{ sort: 'urgent' }, true],
  [{ status: 'priced,approved' }, true],
  [{ status: 'priced' }, false],
  [{ assignee: 'me' }, true],
  [{ assignee: 'none' }, false],
  [{ assignee: 'somebody' }, false],
  [{ source: 'partner' }, false],
  [{ buyer: 'b' }, true],
  [{ rush: 'true' }, false],
  [{ rush: 'false' }, true],
  [{ hold: 'true' }, false],
  [{ overdue: 'true' }, true],
  [{ conflict: 'true' }, false],
  [{ q: 'петров' }, true],
  [{ q: 'RING' }, true],
  [{ q: '042' }, true],
  [{ q: 'bracket' }, false],
  [{ q: 'zz' }, true],
];
for (const [filters, wanted] of cases) {
  test(`a row ${wanted ? 'belongs' : 'does not belong'} under ${JSON.stringify(filters)}`, () => {
    assert.equal(belongs(row, filters, 'me', NOW), wanted);
  });
}
