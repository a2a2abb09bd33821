import { useQuery } from '@tanstack/react-query';
import type { OrderItem } from '#contracts/orders';
import type { Catalogue } from '#contracts/pricing';
import { useApi, useLanguage } from '#ui/kit';
import { paths } from './paths.ts';

/** What can be asked for, priced in this currency. */
export function useCatalogue(currency: string, enabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: ['catalogue', currency],
    enabled,
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.get<Catalogue>(paths.catalogue(currency), signal),
  });
}

/** Names of a part's material and finish in this language; ids where they are no longer in the catalogue. */
export function useMaterialName(
  currency: string,
): (specification: Pick<OrderItem['specification'], 'material' | 'finish'>) => string {
  const language = useLanguage();
  const materials = useCatalogue(currency).data?.materials ?? [];
  return ({ material, finish }) => {
    const known = materials.find(({ id }) => id === material);
    const knownFinish = known?.finishes.find(({ id }) => id === finish);
    return [known?.name[language] ?? material, knownFinish?.name[language] ?? finish].filter(Boolean).join(', ');
  };
}
