import { type InfiniteData, keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { OrderCounts, OrderRow } from '#contracts/crm';
import { type PageOf, type Pages, useApi, usePages, useSession, withQuery } from '#ui/kit';
import { belongs, type Filters, parametersOf } from './filters.ts';
import { useOrderChanges } from './live-orders.tsx';
import { paths } from './paths.ts';
import { useThrottled } from './use-throttled.ts';

/** Changes come in bursts; rows are asked for once per burst. */
const GATHER_MS = 100;
const MOST_AT_ONCE = 100;
const COUNTS_EVERY_MS = 2_000;

export interface OrderList extends Pages<OrderRow> {
  /** Orders that belong on the list since it was fetched, and are not shown yet. */
  newcomers: number;
  /** Fetches the list again, newcomers included. */
  showNewcomers(): void;
}

/** The list under these filters: rows are brought up to date where they stand, and never move by themselves. */
export function useOrderList(filters: Filters): OrderList {
  const api = useApi();
  const queries = useQueryClient();
  const me = useSession().actor?.id ?? '';
  const parameters = parametersOf(filters);
  const key = JSON.stringify(parameters);
  const pages = usePages<OrderRow>(paths.orders, parameters);
  const [newcomers, setNewcomers] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other newcomers
  useEffect(() => setNewcomers(new Set()), [key]);

  const patch = useCallback(
    (rows: readonly OrderRow[]) => {
      const newest = new Map(rows.map((row) => [row.id, row]));
      queries.setQueriesData<InfiniteData<PageOf<OrderRow>>>({ queryKey: [paths.orders] }, (data) =>
        data ? { ...data, pages: data.pages.map((page) => ({ ...page, items: replaced(page.items, newest) })) } : data,
      );
    },
    [queries],
  );

  const shown = useRef(pages.items);
  shown.current = pages.items;
  const take = async (ids: readonly string[]): Promise<void> => {
    const { items } = await api.get<PageOf<OrderRow>>(withQuery(paths.orders, { ids: ids.join(',') }));
    patch(items);
    const known = new Set(shown.current.map((row) => row.id));
    const fresh = items.filter((row) => !known.has(row.id) && belongs(row, filters, me, Date.now()));
    if (fresh.length > 0) setNewcomers((before) => new Set([...before, ...fresh.map((row) => row.id)]));
  };

  const waiting = useRef(new Set<string>());
  const takeSoon = useThrottled(() => {
    const ids = [...waiting.current];
    waiting.current.clear();
    if (ids.length > MOST_AT_ONCE) pages.refetch();
    else take(ids).catch(() => pages.refetch());
  }, GATHER_MS);
  useOrderChanges((changes) => {
    if (changes === null) return pages.refetch();
    for (const { id } of changes) waiting.current.add(id);
    takeSoon();
  });

  return {
    ...pages,
    newcomers: newcomers.size,
    showNewcomers() {
      setNewcomers(new Set());
      pages.refetch();
    },
  };
}

function replaced(items: OrderRow[], newest: ReadonlyMap<string, OrderRow>): OrderRow[] {
  if (!items.some((row) => newest.has(row.id))) return items;
  return items.map((row) => newest.get(row.id) ?? row);
}

/** How many there are of each status; follows the changes at a pace that many open screens can bear. */
export function useCounts({ status: _status, sort: _sort, ...filters }: Filters) {
  const api = useApi();
  const queries = useQueryClient();
  const parameters = parametersOf(filters);
  useOrderChanges(useThrottled(() => void queries.invalidateQueries({ queryKey: [paths.counts] }), COUNTS_EVERY_MS));
  return useQuery<OrderCounts>({
    queryKey: [paths.counts, parameters],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<OrderCounts>(withQuery(paths.counts, parameters), signal),
  });
}
