import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from './session.tsx';

export interface PageOf<T> {
  items: T[];
  next: string | null;
  asOf?: string;
}

export interface Pages<T> {
  items: T[];
  /** How old the read model behind the first page is; null when the server does not say. */
  asOf: string | null;
  /** When the first page came, in milliseconds of this browser's clock. */
  readAt: number;
  error: unknown;
  loading: boolean;
  loadingMore: boolean;
  hasMore: boolean;
  more(): void;
  refetch(): void;
}

/**
 * A keyset list: pages follow the server's cursor, which goes back as `?cursor=`. The query key is [path, parameters]; patch rows with
 * `queryClient.setQueryData<InfiniteData<PageOf<T>>>`.
 */
export function usePages<T>(path: string, parameters: Record<string, string | undefined>, enabled = true): Pages<T> {
  const api = useApi();
  const query = useInfiniteQuery<PageOf<T>, Error, InfiniteData<PageOf<T>>, readonly unknown[], string | null>({
    queryKey: [path, parameters],
    enabled,
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) =>
      api.get(withQuery(path, { ...parameters, cursor: pageParam ?? undefined }), signal),
    getNextPageParam: (page) => page.next,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return {
    items,
    asOf: query.data?.pages[0]?.asOf ?? null,
    readAt: query.dataUpdatedAt,
    error: query.error,
    loading: query.isPending && enabled,
    loadingMore: query.isFetchingNextPage,
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    refetch: () => void query.refetch(),
  };
}

/** Adds what is defined and not empty. */
export function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
