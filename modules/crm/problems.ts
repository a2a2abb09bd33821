import { COUNT_CAP, type OrderRow, type Problems } from '#contracts/crm';
import { listDeadLetters } from '#platform/bus';
import type { View } from '#platform/cache';
import type { Sql } from '#platform/database';
import { scopesOfList } from './scopes.ts';
import { countOrders, type Filters, findStuck, listOrders, toRow } from './store-list.ts';

const SHOWN = 50;
const DEAD_LETTERS_COUNTED = 200;

/** Orders become overdue or stuck, and events die, without a row's change: noticed within so long. */
const NOTICED_WITHIN_MS = 5_000;

/** What waits for a person, the same for every seller. */
export function problemsView(): View {
  return {
    name: 'problems',
    key: '',
    scopes: scopesOfList({ statuses: [] }),
    isTimed: true,
    async read(tx) {
      const members = await problems(tx);
      const shown = members.groups.map(({ count, orders }) => [count, orders.map(({ id }) => id)]);
      const moment = JSON.stringify([members.deadLetters, shown]);
      return { members, hidden: undefined, rightForMs: NOTICED_WITHIN_MS, moment };
    },
  };
}

/** Copies of the orders that are being mended, as they have just been found. */
export function copiesView(copies: Problems['copies']): View {
  return {
    name: 'problems_copies',
    key: JSON.stringify(copies),
    scopes: [],
    read: async () => ({ members: { copies }, hidden: undefined }),
  };
}

/** Most urgent first in each group. */
export async function problems(sql: Sql): Promise<Omit<Problems, 'asOf' | 'copies'>> {
  const [review, conflict, overdue, stuck, letters] = await Promise.all([
    find(sql, { statuses: ['needs_review'] }),
    find(sql, { statuses: [], conflict: true }),
    find(sql, { statuses: [], overdue: true }),
    findStuck(sql, { limit: SHOWN, cap: COUNT_CAP }),
    listDeadLetters(sql, { limit: DEAD_LETTERS_COUNTED }),
  ]);
  return {
    groups: [
      { kind: 'conflict', ...conflict },
      { kind: 'needs_review', ...review },
      { kind: 'overdue', ...overdue },
      { kind: 'stuck', orders: stuck.rows, count: stuck.count },
    ],
    deadLetters: letters.length,
  };
}

async function find(sql: Sql, filters: Filters): Promise<{ orders: OrderRow[]; count: number }> {
  const [rows, count] = await Promise.all([
    listOrders(sql, { filters, sort: 'urgent', after: null, limit: SHOWN }),
    countOrders(sql, filters, COUNT_CAP),
  ]);
  return { orders: rows.map(toRow), count };
}
