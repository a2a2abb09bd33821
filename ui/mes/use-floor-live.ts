import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { MyWork } from '#contracts/mes';
import { useLive } from '#ui/kit';
import { paths } from './paths.ts';
import { MY_WORK } from './use-my-work.ts';

/** Lists that show single operations or orders follow at once; counts may be this old, milliseconds. */
const SOON_MS = 300;
const LATER_MS = 2_000;

/** Keeps every list on screen fresh: one stream, of the floor or of the packing table. */
export function useFloorLive(scope: 'floor' | 'packing'): void {
  const queries = useQueryClient();
  const refresh = useMemo(() => refresher(queries), [queries]);
  useLive({
    path: paths.live(scope),
    onEvent: ({ event, data }) => {
      if (event === 'changes') refresh.changed(changedIds(data));
    },
    onGap() {
      void queries.invalidateQueries({ queryKey: ['mes'] });
      void queries.invalidateQueries({ queryKey: [paths.packing] });
    },
  });
}

function refresher(queries: QueryClient) {
  const soon = throttled(SOON_MS, () => {
    for (const list of ['queue', 'waiting', 'packing', 'operation']) {
      void queries.invalidateQueries({ queryKey: ['mes', list] });
    }
    void queries.invalidateQueries({ queryKey: [paths.packing] });
  });
  const later = throttled(LATER_MS, () => {
    for (const counts of ['work-centres', 'board']) void queries.invalidateQueries({ queryKey: ['mes', counts] });
  });
  return {
    changed(ids: ReadonlySet<string>) {
      soon();
      later();
      const mine = queries.getQueryData<MyWork>(MY_WORK);
      if (mine?.held.some(({ id }) => ids.has(id))) void queries.invalidateQueries({ queryKey: MY_WORK });
    },
  };
}

function changedIds(data: unknown): Set<string> {
  const { changes = [] } = (data ?? {}) as { changes?: { id: string }[] };
  return new Set(changes.map(({ id }) => id));
}

/** Runs at once, and again at the end of every interval in which it was asked for. */
function throttled(intervalMs: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const start = () => {
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      start();
    }, intervalMs);
  };
  return () => {
    if (timer === undefined) start();
    else again = true;
  };
}
