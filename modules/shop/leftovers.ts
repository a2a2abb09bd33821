import { oldRows } from '#platform/database';

/** Quotes long past, and drafts long ordered. */
export const LEFTOVERS = [
  oldRows({ table: 'quote', key: ['id'], since: 'changed_at', days: 90 }),
  oldRows({ table: 'cart', key: ['id'], since: 'updated_at', days: 30, where: 'order_id is not null' }),
];
