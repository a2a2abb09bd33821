import type { Sql } from '#platform/database';
import type { Metrics } from '#platform/telemetry';
import { countActive } from './store.ts';

export type OrderMetrics = ReturnType<typeof orderMetrics>;

export function orderMetrics(metrics: Metrics, sql: Sql) {
  metrics.gauge({
    name: 'orders_active',
    help: 'Orders that are neither closed, cancelled nor rejected',
    collect: async (gauge) => gauge.set(await countActive(sql)),
  });
  return {
    placed: metrics.counter({ name: 'orders_placed_total', help: 'Orders accepted', labelNames: ['source'] }),
    changes: metrics.counter({
      name: 'order_changes_total',
      help: 'Versions written, by command, fact or timer',
      labelNames: ['name'],
    }),
    refusals: metrics.counter({
      name: 'order_refusals_total',
      help: 'Commands refused, by code',
      labelNames: ['code'],
    }),
    repeats: metrics.counter({ name: 'order_command_repeats_total', help: 'Commands answered from memory' }),
    ignoredFacts: metrics.counter({
      name: 'order_facts_ignored_total',
      help: 'Facts that were known already or came too late to matter',
      labelNames: ['name'],
    }),
  };
}
