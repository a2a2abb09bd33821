import type { Sql } from '#platform/database';
import type { Log, Metrics } from '#platform/telemetry';
import type { Broadcast, Bus, Line, Subscription, Transport } from './contract.ts';
import { busMetrics } from './metrics.ts';

export interface BusOptions {
  room: string;
  /** The room's own pool: its outbox is written there, its positions and dead letters are kept there. */
  sql: Sql;
  transport: Transport;
  log: Log;
  metrics: Metrics;
}

/** One room's bus. Nothing moves before `start`. */
export function openBus({ room, sql, transport, log, metrics }: BusOptions): Bus {
  const subscriptions: Subscription[] = [];
  const broadcasts: Broadcast[] = [];
  let line: Line | undefined;

  function beforeStart(what: string): void {
    if (line) throw new Error(`${what} must be made before the bus of ${room} starts`);
  }

  return {
    name: `bus of ${room}`,
    subscribe(subscription) {
      beforeStart(`Subscription ${subscription.consumer}`);
      if (!subscription.consumer.startsWith(`${room}.`)) {
        throw new Error(`Consumer ${subscription.consumer} must be named ${room}.<something>`);
      }
      if (subscriptions.some(({ consumer }) => consumer === subscription.consumer)) {
        throw new Error(`Consumer ${subscription.consumer} is subscribed twice`);
      }
      subscriptions.push(subscription);
    },
    broadcast(broadcast) {
      beforeStart('A broadcast');
      broadcasts.push(broadcast);
    },
    hint: () => line?.hint(),
    async asOf(consumer) {
      const subscription = subscriptions.find((one) => one.consumer === consumer);
      if (!subscription) throw new Error(`${room} has no consumer ${consumer}`);
      return (await line?.asOf(subscription)) ?? null;
    },
    async start() {
      beforeStart('A second start');
      line = transport.open({ room, sql, subscriptions, broadcasts, log, metrics: busMetrics(metrics) });
      await line.start();
    },
    async stop() {
      await line?.stop();
    },
  };
}
