import type { Sql } from '#platform/database';
import type { Metrics } from '#platform/telemetry';
import { countPendingDeliveries } from './store-webhooks.ts';

export type PartnerMetrics = ReturnType<typeof partnerMetrics>;

export function partnerMetrics(metrics: Metrics, sql: Sql) {
  metrics.gauge({
    name: 'webhook_deliveries_pending',
    help: 'Webhook deliveries that were neither taken nor given up',
    collect: async (gauge) => gauge.set(await countPendingDeliveries(sql)),
  });
  return {
    limited: metrics.counter({
      name: 'partner_requests_limited_total',
      help: 'Requests of partners refused with 429, by what ran out',
      labelNames: ['limit'],
    }),
    replays: metrics.counter({
      name: 'partner_idempotent_replays_total',
      help: 'Orders answered from the Idempotency-Key',
    }),
    attempts: metrics.counter({
      name: 'webhook_attempts_total',
      help: 'Webhook attempts, by outcome',
      labelNames: ['outcome'],
    }),
    attemptSeconds: metrics.histogram({ name: 'webhook_attempt_seconds', help: 'Time until an endpoint answered' }),
  };
}
