import type { Metrics } from '#platform/telemetry';

export type BusMetrics = ReturnType<typeof busMetrics>;

/** What every bus counts, whatever carries it. */
export function busMetrics(metrics: Metrics) {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    metrics.counter({ name, help, labelNames });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    metrics.gauge({ name, help, labelNames });
  return {
    /** `measure` sets the gauges below; it runs at every scrape. */
    onScrape(measure: () => Promise<void>) {
      metrics.gauge({
        name: 'bus_measured_timestamp_seconds',
        help: 'When the gauges of the bus were last measured',
        collect: async (measured) => {
          await measure();
          measured.set(Date.now() / 1000);
        },
      });
    },
    handled: counter('bus_events_handled_total', 'Events that a consumer has done', 'consumer'),
    failed: counter('bus_events_failed_total', 'Attempts at an event that failed', 'consumer'),
    dead: counter('bus_events_dead_total', 'Events set aside as dead letters', 'consumer'),
    redelivered: counter('bus_events_redelivered_total', 'Events delivered again', 'consumer'),
    overflowed: counter(
      'bus_queues_overflowed_total',
      'Times an overflowing queue was given up and emptied',
      'consumer',
    ),
    rebuilt: counter('bus_rebuilds_total', 'Times a read model was made again from history', 'consumer'),
    rebuildWanted: gauge(
      'bus_rebuild_wanted',
      '1 while a read model lacks events and waits for its rebuild',
      'consumer',
    ),
    relayed: counter('bus_events_relayed_total', 'Events that the broker has confirmed', 'room'),
    brokerBlocked: gauge('bus_broker_blocked', '1 while the broker takes no events for want of memory or disk', 'room'),
    delay: metrics.histogram({
      name: 'bus_event_delay_seconds',
      help: 'From the commit of an event to the start of its handling',
      labelNames: ['consumer'],
    }),
    outboxRows: gauge('bus_outbox_rows', 'Events not yet with the broker, counted to 100,000', 'room'),
    outboxAge: gauge('bus_outbox_oldest_seconds', 'Age of the oldest event not yet with the broker', 'room'),
    lagRows: gauge('bus_consumer_lag_rows', 'Events a consumer has still to read, counted to 100,000', 'consumer'),
    lagAge: gauge('bus_consumer_lag_seconds', 'Age of the oldest event a consumer has still to read', 'consumer'),
    deadRows: gauge('bus_dead_letters', 'Dead letters kept for a decision, counted to 10,000', 'room'),
    horizonAge: gauge('bus_horizon_age_seconds', 'Age of the oldest write transaction in the cluster', 'room'),
  };
}
