import { useState } from 'react';
import type { OrderRow } from '#contracts/crm';

/** Rows chosen for one action on all of them; those that left the list are no longer chosen. */
export function usePicked(rows: readonly OrderRow[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setIds((now) => new Set(now.has(id) ? [...now].filter((one) => one !== id) : [...now, id]));
  return { ids, picked: rows.filter(({ id }) => ids.has(id)), toggle, clear: () => setIds(new Set()) };
}

export type Picked = ReturnType<typeof usePicked>;
