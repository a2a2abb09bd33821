import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ApiKey, NewKey } from '#contracts/identity';
import type {
  Client,
  ClientLimits,
  Delivery,
  DeliveryCard,
  NewEndpoint,
  PartnerScope,
  Usage,
  WebhookEndpoint,
} from '#contracts/partners';
import { type PageOf, useApi, withQuery } from '#ui/kit';
import { paths } from './paths.ts';

const WAITING_EVERY_MS = 4_000;

/** The lists of `partners` go on after an id (`?after=`), unlike those with a cursor that the kit follows. */
function usePagesAfter<T>(path: string, parameters: Record<string, string | undefined>, hastens = (_: T) => false) {
  const api = useApi();
  const query = useInfiniteQuery<PageOf<T>, Error, InfiniteData<PageOf<T>>, readonly unknown[], string | null>({
    queryKey: [path, parameters],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) =>
      api.get(withQuery(path, { ...parameters, after: pageParam ?? undefined }), signal),
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(hastens)) ? WAITING_EVERY_MS : false,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, items };
}

/** Clients, oldest first. */
export function useClients() {
  return usePagesAfter<Client>(paths.clients, { limit: '200' });
}

export function useClient(clientId: string) {
  const api = useApi();
  return useQuery({
    queryKey: [paths.client(clientId)],
    queryFn: ({ signal }) => api.get<Client>(paths.client(clientId), signal),
  });
}

export function useUsage(clientId: string) {
  const api = useApi();
  return useQuery({
    queryKey: [paths.usage(clientId)],
    queryFn: ({ signal }) => api.get<Usage>(paths.usage(clientId), signal),
  });
}

export function useClientActions() {
  const api = useApi();
  const queries = useQueryClient();
  const seen = async (client: Client) => {
    queries.setQueryData([paths.client(client.id)], client);
    await Promise.all(
      [paths.clients, paths.usage(client.id)].map((key) => queries.invalidateQueries({ queryKey: [key] })),
    );
    return client;
  };
  return {
    create: async (name: string) =>
      seen(await api.call<Client>({ method: 'POST', path: paths.clients, body: { name } })),
    change: async (clientId: string, body: { name?: string; state?: Client['state']; limits?: ClientLimits }) =>
      seen(await api.call<Client>({ method: 'PATCH', path: paths.client(clientId), body })),
  };
}

/** API keys of a client, newest first. They belong to identity. */
export function useKeys(clientId: string) {
  const api = useApi();
  const queries = useQueryClient();
  const queryKey = [paths.keys, clientId];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.get<{ items: ApiKey[] }>(withQuery(paths.keys, { clientId }), signal),
  });
  const change = async <T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> => {
    const answer = await api.call<T>({ method, path, body });
    await queries.invalidateQueries({ queryKey });
    return answer;
  };
  return {
    query,
    create: (name: string, scopes: readonly PartnerScope[]) =>
      change<NewKey>('POST', paths.keys, { clientId, name, scopes }),
    rotate: (keyId: string, overlapSeconds: number) =>
      change<NewKey>('POST', `${paths.key(keyId)}/rotate`, { overlapSeconds }),
    revoke: (keyId: string) => change<void>('DELETE', paths.key(keyId)),
  };
}

/** Where a client wants its events. */
export function useEndpoints(clientId: string) {
  const api = useApi();
  const queries = useQueryClient();
  const path = paths.endpoints(clientId);
  const query = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api.get<{ items: WebhookEndpoint[] }>(path, signal),
  });
  const change = async <T>(method: 'POST' | 'PATCH' | 'DELETE', target: string, body?: unknown): Promise<T> => {
    const answer = await api.call<T>({ method, path: target, body });
    await Promise.all([path, paths.deliveries(clientId)].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    return answer;
  };
  return {
    query,
    create: (url: string, events: readonly string[]) => change<NewEndpoint>('POST', path, { url, events }),
    setActive: (id: string, active: boolean) => change<WebhookEndpoint>('PATCH', `${path}/${id}`, { active }),
    test: (id: string) => change<Delivery>('POST', `${path}/${id}/test`),
    remove: (id: string) => change<void>('DELETE', `${path}/${id}`),
  };
}

/** The delivery log, newest first; looked at again while something is on its way. */
export function useDeliveries(clientId: string, state: string | undefined) {
  return usePagesAfter<Delivery>(paths.deliveries(clientId), { state }, (delivery) => delivery.state === 'pending');
}

export function useDelivery(clientId: string, delivery: Delivery) {
  const api = useApi();
  const path = `${paths.deliveries(clientId)}/${delivery.id}`;
  return useQuery({
    queryKey: [path, delivery.state, delivery.attempts],
    queryFn: ({ signal }) => api.get<DeliveryCard>(path, signal),
  });
}

export function useResend(clientId: string) {
  const api = useApi();
  const queries = useQueryClient();
  const path = paths.deliveries(clientId);
  return async (deliveryId: string): Promise<void> => {
    await api.call<Delivery>({ method: 'POST', path: `${path}/${deliveryId}/resend` });
    await queries.invalidateQueries({ queryKey: [path] });
  };
}
