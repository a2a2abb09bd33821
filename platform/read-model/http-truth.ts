import { COMMON_ERRORS } from '#contracts/errors';
import type { BucketDigests, OrderDigests, OrderScopeValue, ReplayPage } from '#contracts/order-truth';
import { Fault, type RoomClient } from '#platform/http';
import type { Truth } from './contract.ts';

const ROOT = '/api/internal/v1/orders';
const TIMEOUT_MS = 20_000;

export interface HttpTruthNeeds {
  orders: RoomClient;
  /** An actor token of the installation itself. */
  token: () => Promise<string>;
}

/** The orders as their room tells them to another process. Throws a Fault where it is away or refuses. */
export function httpTruth({ orders, token }: HttpTruthNeeds): Truth {
  async function ask<T>(path: string, query: Record<string, string | undefined>): Promise<T> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const call = {
      method: 'GET',
      path: `${ROOT}/${path}?${new URLSearchParams(given)}`,
      actorToken: await token(),
      timeoutMs: TIMEOUT_MS,
    } as const;
    const { status, body } = await orders.call<T>(call);
    if (status === 200) return body;
    throw new Fault(COMMON_ERRORS['room.unavailable'], {
      retryAfterSeconds: 5,
      internal: `orders answered ${status} to GET ${path}: ${JSON.stringify(body)}`,
    });
  }

  return {
    buckets: (scope) => ask<BucketDigests>('digests/buckets', textOf(scope)),
    digests: (scope, { buckets, ids }) =>
      ask<OrderDigests>('digests', { ...textOf(scope), buckets: buckets?.join(','), ids: ids?.join(',') }),
    replay: (scope, { after, ids, limit }) =>
      ask<ReplayPage>('replay', { ...textOf(scope), after, ids: ids?.join(','), limit: limit?.toString() }),
  };
}

function textOf({ buyer, statuses }: OrderScopeValue): Record<string, string | undefined> {
  return { buyer, statuses: statuses?.join(',') };
}
