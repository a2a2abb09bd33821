import { type LiveState, useLive, useSession } from '#ui/kit';
import { paths } from './paths.ts';

interface Changes {
  changes: { id: string; version: number }[];
}

/** Tells which of the buyer's orders changed; null when some news may have been missed. */
export function useOrdersLive(onChange: (orderIds: string[] | null) => void): LiveState {
  const { actor } = useSession();
  return useLive({
    path: actor ? paths.ordersLive : null,
    onEvent({ event, data }) {
      if (event === 'changes') onChange((data as Changes).changes.map(({ id }) => id));
    },
    onGap: () => onChange(null),
  });
}
