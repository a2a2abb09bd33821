import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';
import { useLive } from '#ui/kit';
import { paths } from './paths.ts';

export interface OrderChange {
  id: string;
  version: number;
}

/** `null`: anything may have changed, fetch again. */
type Listener = (changes: readonly OrderChange[] | null) => void;

const LiveContext = createContext<Set<Listener> | null>(null);

/** One stream for the whole face: pages come and go without connecting again. */
export function LiveOrders({ children }: { children: ReactNode }) {
  const listeners = useRef(new Set<Listener>()).current;
  const tell = (changes: readonly OrderChange[] | null) => {
    for (const listener of listeners) listener(changes);
  };
  useLive({
    path: paths.live,
    onEvent: ({ event, data }) => {
      if (event === 'changes') tell((data as { changes: OrderChange[] }).changes);
    },
    onGap: () => tell(null),
  });
  return <LiveContext.Provider value={listeners}>{children}</LiveContext.Provider>;
}

/** Hears every change of an order for as long as the component is on screen. */
export function useOrderChanges(listener: Listener): void {
  const listeners = useContext(LiveContext);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!listeners) return;
    const hear: Listener = (changes) => latest.current(changes);
    listeners.add(hear);
    return () => void listeners.delete(hear);
  }, [listeners]);
}
