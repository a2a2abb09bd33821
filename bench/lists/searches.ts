import type { OrdersQuery } from '#contracts/crm';
import { mixed } from './list-queries.ts';

/** From 0 to sides - 1. */
function dice(n: number, sides: number): number {
  return (Math.imul(n + 7, 2246822519) >>> 0) % sides;
}

const NAMES = ['ivan', 'иванов', 'иван иванов', 'anna keller', 'лебедева', 'ювелирный дом 3', 'carver studio', 'novak'];
const FILES = ['stl', 'ring', 'signet ring', '100', 'кольцо', '.step', 'bracket-rev'];

/** What people type, rare and frequent; `limit` and sort differ, so that no two ask the same. */
export function searches(orders: number, each: number): Record<'number' | 'customer' | 'file name', OrdersQuery[]> {
  const many = (make: (n: number) => string) =>
    mixed(
      Array.from({ length: each }, (_, n): OrdersQuery => {
        return { q: make(n), sort: n % 4 === 0 ? 'urgent' : 'newest', limit: 40 + (n % 20) };
      }),
    );
  return {
    number: many((n) => {
      const number = String(100_000 + dice(n, orders));
      return n % 2 === 0 ? `fl-${number}` : number.slice(0, 3 + (n % 4));
    }),
    customer: many((n) => NAMES[n % NAMES.length]!),
    'file name': many((n) => (n % 2 === 0 ? `part ${dice(n, 5_000)}` : FILES[dice(n, FILES.length)]!)),
  };
}
