import { useQuery } from '@tanstack/react-query';
import type { MyWork } from '#contracts/mes';
import { useApi } from '#ui/kit';
import { paths } from './paths.ts';

export const MY_WORK = ['mes', 'my-work'] as const;

/** What this person holds. The answer's own clock is kept beside it, so that timers do not trust the tablet's. */
export function useMyWork(enabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: MY_WORK,
    enabled,
    refetchInterval: 60_000,
    queryFn: async ({ signal }) => {
      const work = await api.get<MyWork>(paths.myWork, signal);
      return { ...work, clockAheadMs: Date.parse(work.asOf) - Date.now() };
    },
  });
}
