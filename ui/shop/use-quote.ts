import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Currency } from '#contracts/basics';
import type { Catalogue, Quote, RequestQuote } from '#contracts/pricing';
import { eventsOf, useApi } from '#ui/kit';
import { paths } from './paths.ts';

const SETTLE_MS = 150;
/** Only where the stream of events does not get through. */
const POLL_MS = 3_000;
const FINAL: readonly Quote['state'][] = ['ready', 'needs_review', 'failed', 'cancelled'];

export function isFinal(quote: Quote): boolean {
  return FINAL.includes(quote.state);
}

/** Where the answer to a request is remembered. */
export function quoteKey(request: RequestQuote | null): [string, string] {
  return ['quote-request', request === null ? '' : JSON.stringify(request)];
}

export interface QuoteInHand {
  /** The newest quote that is known, perhaps of the choice before this one (then `pending`). */
  quote: Quote | null;
  /** A newer answer is on its way. */
  pending: boolean;
  error: unknown;
  retry(): void;
}

/** The price of what is asked for now: asked again on every change, remembered for choices made before. */
export function useQuote(request: RequestQuote | null): QuoteInHand {
  const api = useApi();
  const settled = useSettled(request === null ? '' : JSON.stringify(request));
  const asked = useQuery({
    queryKey: ['quote-request', settled] satisfies ReturnType<typeof quoteKey>,
    enabled: settled !== '',
    staleTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.call<Quote>({ method: 'POST', path: paths.quotes, body: JSON.parse(settled) as RequestQuote, signal }),
  });
  const asking = asked.data ?? null;
  const followed = useQuery({
    queryKey: ['quote', asking?.id],
    enabled: asking !== null && !isFinal(asking),
    queryFn: ({ signal }) => api.get<Quote>(paths.quote(asking!.id), signal),
    refetchInterval: ({ state }) => (state.data && isFinal(state.data) ? false : POLL_MS),
  });
  useQuoteEvents(asking !== null && !isFinal(followed.data ?? asking) ? asking.id : null);
  const quote = followed.data && followed.data.id === asking?.id ? followed.data : asking;
  const changed = settled !== (request === null ? '' : JSON.stringify(request)) || asked.isPlaceholderData;
  return {
    quote: request === null ? null : quote,
    pending: request !== null && (changed || asked.isFetching || (quote !== null && !isFinal(quote))),
    error: asked.error ?? followed.error,
    retry: () => void asked.refetch(),
  };
}

/** Brings each change of a waiting quote as it happens: its place in the queue, then its price. */
function useQuoteEvents(quoteId: string | null): void {
  const api = useApi();
  const queries = useQueryClient();
  useEffect(() => {
    if (quoteId === null) return;
    const left = new AbortController();
    const follow = async (): Promise<void> => {
      const response = await api.stream(paths.quoteEvents(quoteId), { accept: 'text/event-stream' }, left.signal);
      for await (const { event, data } of eventsOf(response)) {
        if (event === 'quote') queries.setQueryData(['quote', quoteId], JSON.parse(data) as Quote);
      }
    };
    // What a broken stream does not bring, the slow poll does.
    follow().catch(() => {});
    return () => left.abort();
  }, [api, queries, quoteId]);
}

/** What can be asked for, priced in this currency; the list before stays while another currency's is on its way. */
export function useCatalogue(currency: Currency) {
  const api = useApi();
  return useQuery({
    queryKey: ['catalogue', currency],
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.call<Catalogue>({ path: paths.catalogue(currency), open: true, signal }),
  });
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
