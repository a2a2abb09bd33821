import {
  BucketDigests,
  BucketsQuery,
  DigestsQuery,
  OrderDigests,
  type OrderScopeValue,
  ReplayPage,
  ReplayQuery,
} from '#contracts/order-truth';
import type { OrderStatus } from '#contracts/orders';
import type { Http } from '#platform/http';
import type { Truth } from '#platform/read-model';

const ROOT = '/api/internal/v1/orders';
const config = { access: { roles: ['ops', 'admin'] } } as const;
const tags = ['orders'];

/** For those who keep copies of orders, under the installation's own actor. */
export function truthRoutes(http: Http, truth: Truth): void {
  http.get(
    `${ROOT}/digests/buckets`,
    { config, schema: { tags, querystring: BucketsQuery, response: { 200: BucketDigests } } },
    ({ query }) => truth.buckets(scopeOf(query)),
  );
  http.get(
    `${ROOT}/digests`,
    { config, schema: { tags, querystring: DigestsQuery, response: { 200: OrderDigests } } },
    ({ query: { buckets, ids, ...scope } }) => {
      const which = ids ? { ids: ids.split(',') } : { buckets: (buckets ?? '').split(',').map(Number) };
      return truth.digests(scopeOf(scope), which);
    },
  );
  http.get(
    `${ROOT}/replay`,
    { config, schema: { tags, querystring: ReplayQuery, response: { 200: ReplayPage } } },
    ({ query: { after, ids, limit, ...scope } }) =>
      truth.replay(scopeOf(scope), {
        ...(after && { after }),
        ...(ids && { ids: ids.split(',') }),
        ...(limit && { limit }),
      }),
  );
}

function scopeOf({ buyer, statuses }: { buyer?: 'customer' | 'partner'; statuses?: string }): OrderScopeValue {
  return { ...(buyer && { buyer }), ...(statuses && { statuses: statuses.split(',') as OrderStatus[] }) };
}
