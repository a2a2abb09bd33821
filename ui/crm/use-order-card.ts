import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import type { OrderCard } from '#contracts/crm';
import type { OrderView } from '#contracts/orders';
import { useApi } from '#ui/kit';
import { useOrderChanges } from './live-orders.tsx';
import { paths } from './paths.ts';

/**
 * One order with everything around it, and what this person may do with it now. `seen(version)` makes sure that nothing
 * older than an answer that was just given comes back.
 */
export function useOrderCard(orderId: string) {
  const api = useApi();
  const queries = useQueryClient();
  const newest = useRef({ orderId, version: 0 });
  if (newest.current.orderId !== orderId) newest.current = { orderId, version: 0 };

  const card = useQuery({
    queryKey: ['card', orderId],
    queryFn: ({ signal }) => api.get<OrderCard>(paths.card(orderId, newest.current.version), signal),
  });
  const possible = useQuery({
    queryKey: ['possible', orderId],
    queryFn: async ({ signal }) => (await api.get<OrderView>(paths.order(orderId), signal)).possible,
  });

  const refresh = useCallback(async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['card', orderId] }),
      queries.invalidateQueries({ queryKey: ['possible', orderId] }),
    ]);
  }, [queries, orderId]);

  useOrderChanges((changes) => {
    if (changes === null || changes.some(({ id }) => id === orderId)) void refresh();
  });

  const seen = useCallback(
    (version: number) => {
      newest.current = { orderId, version: Math.max(newest.current.version, version) };
      return refresh();
    },
    [orderId, refresh],
  );
  return { card, possible: possible.data ?? null, possibleError: possible.error, refresh, seen };
}

export type OrderInHand = ReturnType<typeof useOrderCard>;
