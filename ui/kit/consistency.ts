import { mergeTokens, TOKEN_TTL_MS } from '#contracts/consistency';

/** What this person's commands have caused, as the rooms told it: shown with every request, so that no older answer comes. */
export interface Consistency {
  tokens(): string;
  learn(tokens: string | null): void;
}

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'forgeline.consistency';

/** In `localStorage` it holds in every tab and across reloads, for as long as rooms take a token. */
export function consistencyIn(store: Store, now: () => number = Date.now): Consistency {
  const tokens = (): string => {
    const [until, kept = ''] = (store.getItem(KEY) ?? '').split(' ');
    return Number(until) > now() ? kept : '';
  };
  return {
    tokens,
    learn(heard) {
      if (heard) store.setItem(KEY, `${now() + TOKEN_TTL_MS} ${mergeTokens(tokens(), heard)}`);
    },
  };
}

export function consistencyInMemory(now?: () => number): Consistency {
  const kept = new Map<string, string>();
  const store: Store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
  return consistencyIn(store, now);
}
