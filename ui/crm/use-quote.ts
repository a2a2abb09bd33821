import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { LeadTier } from '#contracts/orders';
import type { Quote, RequestQuote } from '#contracts/pricing';
import { useApi } from '#ui/kit';
import { paths } from './paths.ts';
import type { Part } from './use-parts.ts';

const POLL_MS = 500;
const FINAL: readonly Quote['state'][] = ['ready', 'needs_review', 'failed', 'cancelled'];

export interface Wanted {
  currency: RequestQuote['currency'];
  leadTier: LeadTier;
  rush: boolean;
}

/** The price of these parts as they are now; null until every file has arrived. */
export function useQuote(
  parts: readonly Part[],
  wanted: Wanted,
): { quote: Quote | null; pending: boolean; error: unknown } {
  const api = useApi();
  const isComplete = parts.length > 0 && parts.every(({ modelId, quantity }) => modelId !== null && quantity >= 1);
  const request: RequestQuote | null = isComplete
    ? {
        items: parts.map(({ modelId, unit, material, finish, quantity }) => ({
          modelId: modelId!,
          unit,
          material,
          finish,
          quantity,
        })),
        ...wanted,
      }
    : null;
  const text = JSON.stringify(request);
  const asked = useQuery({
    queryKey: ['quote-request', text],
    enabled: isComplete,
    staleTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.call<Quote>({ method: 'POST', path: paths.quotes, body: request, signal }),
  });
  const id = asked.data?.id ?? '';
  const followed = useQuery({
    queryKey: ['quote', id],
    enabled: id !== '' && !isFinal(asked.data),
    queryFn: ({ signal }) => api.get<Quote>(paths.quote(id), signal),
    refetchInterval: ({ state }) => (isFinal(state.data) ? false : POLL_MS),
  });
  const quote = followed.data?.id === id ? followed.data : (asked.data ?? null);
  const isCurrent = isComplete && !asked.isPlaceholderData;
  return {
    quote: isCurrent ? quote : null,
    pending: isComplete && (asked.isFetching || asked.isPlaceholderData || (quote !== null && !isFinal(quote))),
    error: asked.error ?? followed.error,
  };
}

function isFinal(quote: Quote | undefined): boolean {
  return quote !== undefined && FINAL.includes(quote.state);
}
