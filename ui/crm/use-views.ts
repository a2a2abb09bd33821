import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { PutView, SavedView } from '#contracts/crm';
import { newCommandId, useApi } from '#ui/kit';
import { paths } from './paths.ts';

/** Saved views: one's own and what colleagues share. */
export function useViews() {
  const api = useApi();
  const queries = useQueryClient();
  const views = useQuery({
    queryKey: [paths.views],
    queryFn: ({ signal }) => api.get<{ items: SavedView[] }>(paths.views, signal),
  });
  const again = () => queries.invalidateQueries({ queryKey: [paths.views] });
  return {
    views: views.data?.items ?? [],
    async save(view: PutView) {
      await api.call({ method: 'PUT', path: paths.view(newCommandId()), body: view, repeatable: true });
      await again();
    },
    async remove(viewId: string) {
      await api.call({ method: 'DELETE', path: paths.view(viewId) });
      await again();
    },
  };
}
