import { COUNT_CAP, type OrderRow, type Problems } from '#contracts/crm';
import { listDeadLetters } from '#platform/bus';
import type { Sql } from '#platform/database';
import { countOrders, type Filters, findStuck, listOrders, withoutAfter } from './store-list.ts';
import { freshness } from './store-orders.ts';

const SHOWN = 50;
const DEAD_LETTERS_COUNTED = 200;

/** What waits for a person: most urgent first in each group. */
export async function problems(sql: Sql): Promise<Omit<Problems, 'copies'>> {
  const [review, conflict, overdue, stuck, letters, asOf] = await Promise.all([
    find(sql, { statuses: ['needs_review'] }),
    find(sql, { statuses: [], conflict: true }),
    find(sql, { statuses: [], overdue: true }),
    findStuck(sql, { limit: SHOWN, cap: COUNT_CAP }),
    listDeadLetters(sql, { limit: DEAD_LETTERS_COUNTED }),
    freshness(sql),
  ]);
  return {
    groups: [
      { kind: 'conflict', ...conflict },
      { kind: 'needs_review', ...review },
      { kind: 'overdue', ...overdue },
      { kind: 'stuck', orders: stuck.rows, count: stuck.count },
    ],
    deadLetters: letters.length,
    asOf,
  };
}

async function find(sql: Sql, filters: Filters): Promise<{ orders: OrderRow[]; count: number }> {
  const [rows, count] = await Promise.all([
    listOrders(sql, { filters, sort: 'urgent', after: null, limit: SHOWN }),
    countOrders(sql, filters, COUNT_CAP),
  ]);
  return { orders: rows.map(withoutAfter), count };
}
