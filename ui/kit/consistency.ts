import { mergeTokens } from '#contracts/consistency';

/** What this person's commands have caused, as the rooms told it: shown with every request, so that no older answer comes. */
export interface Consistency {
  tokens(): string;
  learn(tokens: string | null): void;
}

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'forgeline.consistency';

/** In `localStorage` it holds in every tab and across reloads. Rooms take a token for a minute; an older one does no harm. */
export function consistencyIn(store: Store): Consistency {
  const tokens = () => store.getItem(KEY) ?? '';
  return {
    tokens,
    learn(heard) {
      if (heard) store.setItem(KEY, mergeTokens(tokens(), heard));
    },
  };
}

export function consistencyInMemory(): Consistency {
  const kept = new Map<string, string>();
  return consistencyIn({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) });
}
