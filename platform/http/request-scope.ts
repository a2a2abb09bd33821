import { AsyncLocalStorage } from 'node:async_hooks';
import { mergeTokens } from '#contracts/consistency';

interface Scope {
  requestId: string;
  /** Consistency tokens that the caller showed. */
  shown: string;
  /** Those that other rooms gave while the request was answered. */
  learned: string;
}

const scope = new AsyncLocalStorage<Scope>();

/** Id of the request that is being answered; goes along to every room that is asked on its behalf. */
export function currentRequestId(): string | null {
  return scope.getStore()?.requestId ?? null;
}

/** The consistency tokens of the request that is being answered: the caller's, and what other rooms did on its behalf. */
export function currentConsistency(): string {
  const current = scope.getStore();
  if (!current) return '';
  return current.learned ? mergeTokens(current.shown, current.learned) : current.shown;
}

/** What the caller does not know yet. */
export function learnedConsistency(): string {
  return scope.getStore()?.learned ?? '';
}

/** Another room acted on the request's behalf; what it did must be seen from here on, and by the caller later. */
export function learnConsistency(tokens: string): void {
  const current = scope.getStore();
  if (current) current.learned = mergeTokens(current.learned, tokens);
}

export function withinRequest<T>(request: { id: string; consistency: string }, work: () => T): T {
  return scope.run({ requestId: request.id, shown: request.consistency, learned: '' }, work);
}
