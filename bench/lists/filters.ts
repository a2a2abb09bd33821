import type { OrdersQuery } from '#contracts/crm';
import { LARGEST_BUYER, SELLERS } from './seed-crm.ts';

/** Everything a list may be narrowed to, the frequent and the rare, by what it looks at. */
export const FILTERS: readonly (readonly OrdersQuery[])[] = [
  [
    { status: 'closed' },
    { status: 'rejected' },
    { status: 'needs_review' },
    { status: 'approved,confirmed,priced' },
    { status: 'closed,needs_review,shipped' },
  ],
  [{ assignee: SELLERS[0]! }, { assignee: SELLERS[11]! }, { assignee: 'none' }],
  [{ source: 'shop' }, { source: 'crm' }],
  [{ buyer: LARGEST_BUYER }],
  [{ rush: true }, { rush: false }],
  [{ hold: true }, { hold: false }],
  [{ overdue: true }],
  [{ conflict: true }],
];

/** No filter, each, and each pair. */
export function combinations(): OrdersQuery[] {
  const pairs = FILTERS.flatMap((some, i) => {
    const others = FILTERS.slice(i + 1).flat();
    return some.flatMap((one) => others.map((two): OrdersQuery => ({ ...one, ...two })));
  });
  return [{}, ...FILTERS.flat(), ...pairs];
}
