import { useQuery } from '@tanstack/react-query';
import type { Unit } from '#contracts/basics';
import { useApi } from '#ui/kit';
import { paths } from './paths.ts';

const FIVE_MINUTES = 300_000;

/** What is shown of a model, by the hash of its file: it never changes. Null while they come, and when they cannot be had. */
export function useModel(sha256: string | undefined): { file: Blob | null; failed: boolean } {
  const api = useApi();
  const { data, isError } = useQuery({
    queryKey: ['model', sha256],
    enabled: sha256 !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: FIVE_MINUTES,
    queryFn: async ({ signal }) => (await api.stream(paths.shape(sha256!), {}, signal)).blob(),
  });
  return { file: data ?? null, failed: isError };
}

export const MILLIMETRES: Record<Unit, number> = { mm: 1, cm: 10, m: 1_000, in: 25.4, ft: 304.8 };
