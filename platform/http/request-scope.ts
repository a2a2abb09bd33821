import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

/** Id of the request that is being answered; goes along to every room that is asked on its behalf. */
export function currentRequestId(): string | null {
  return scope.getStore() ?? null;
}

export function withinRequest<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}
