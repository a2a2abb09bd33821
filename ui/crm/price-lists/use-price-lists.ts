import { useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  ChangePriceDraft,
  FixMetal,
  PriceAudit,
  PriceDraft,
  PriceDraftRow,
  PriceListPage,
  PriceListRow,
  PublishPriceDraft,
  WhatIf,
} from '#contracts/price-lists';
import { useApi, withQuery } from '#ui/kit';
import { paths } from '../paths.ts';

/** Every list and every draft, as their owner `pricing` has them. */
export function usePriceLists() {
  const api = useApi();
  const lists = useQuery({
    queryKey: [paths.priceLists],
    queryFn: ({ signal }) => api.get<{ items: PriceListRow[] }>(paths.priceLists, signal),
  });
  const drafts = useQuery({
    queryKey: [paths.priceDrafts],
    queryFn: ({ signal }) => api.get<{ items: PriceDraftRow[] }>(paths.priceDrafts, signal),
  });
  return { lists, drafts };
}

/** A published list never changes, but it goes from scheduled to live to past. */
export function usePriceList(version: string) {
  const api = useApi();
  const path = paths.priceList(version);
  return useQuery({ queryKey: [path], queryFn: ({ signal }) => api.get<PriceListPage>(path, signal) });
}

export function usePriceDraft(draftId: string) {
  const api = useApi();
  const path = paths.priceDraft(draftId);
  return useQuery({
    queryKey: [path],
    // What somebody is editing is not replaced under their hands.
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) => api.get<PriceDraft>(path, signal),
  });
}

export function usePriceAudit() {
  const api = useApi();
  return useQuery({
    queryKey: [paths.priceAudit],
    queryFn: ({ signal }) => api.get<PriceAudit>(paths.priceAudit, signal),
  });
}

export function usePriceActions() {
  const api = useApi();
  const queries = useQueryClient();
  const refresh = () =>
    Promise.all(
      [paths.priceLists, paths.priceDrafts, paths.priceAudit].map((key) =>
        queries.invalidateQueries({ queryKey: [key] }),
      ),
    );
  const change = async <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> => {
    const answer = await api.call<T>({ method, path, body });
    await refresh();
    return answer;
  };
  return {
    copy: (from: string, name: string) => change<PriceDraft>('POST', paths.priceDrafts, { from, name }),
    async save(draftId: string, body: ChangePriceDraft) {
      const draft = await change<PriceDraft>('PUT', paths.priceDraft(draftId), body);
      queries.setQueryData([paths.priceDraft(draftId)], draft);
      return draft;
    },
    remove: (draftId: string, version: number) =>
      change<void>('DELETE', withQuery(paths.priceDraft(draftId), { version: String(version) })),
    publish: (draftId: string, body: PublishPriceDraft) =>
      change<PriceListPage>('POST', `${paths.priceDraft(draftId)}/publish`, body),
    fixMetals: (body: FixMetal) => change<PriceListPage>('POST', paths.metalFix, body),
    tryOver: (draftId: string) =>
      api.call<WhatIf>({ method: 'POST', path: `${paths.priceDraft(draftId)}/what-if`, body: {} }),
  };
}
