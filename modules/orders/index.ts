import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import { janitor, type Sql } from '#platform/database';
import type { Room, RoomClient } from '#platform/http';
import type { Log, Metrics } from '#platform/telemetry';
import type { Desk } from './desk.ts';
import { orderRoutes } from './http.ts';
import { KEEP_DAYS, type KeepDays, leftovers } from './leftovers.ts';
import { listenForFacts } from './listen.ts';
import { orderMetrics } from './metrics.ts';
import { orderTimers } from './timers.ts';
import { DEFAULT_RULES, type Rules } from './transitions.ts';

export { type AuditedPage, auditOrders, type BrokenOrder, restoreOrders } from './audit.ts';
export type { Calendar } from './due-date.ts';
export { orderTruth } from './truth.ts';
export { DEFAULT_RULES, type Rules };

export interface OrdersNeeds {
  sql: Sql;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { pricing: RoomClient };
  /** The shop floor's calendar, lead times and deadlines. */
  rules?: Rules;
  keepDays?: KeepDays;
}

/** The room that owns every order's status: the single source of truth. */
export function orders(needs: OrdersNeeds): Room {
  const { sql, bus, clock, log, metrics, rooms, rules = DEFAULT_RULES, keepDays = KEEP_DAYS } = needs;
  const desk: Desk = { sql, bus, clock, log, metrics: orderMetrics(metrics, sql), rules, pricing: rooms.pricing };
  listenForFacts(desk);
  const timers = orderTimers(desk);
  const tidier = janitor({ sql, room: 'orders', leftovers: leftovers(keepDays), log, metrics });
  return {
    name: 'orders',
    routes: (http) => orderRoutes(http, desk),
    async start() {
      await timers.start!();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await timers.stop!();
    },
  };
}
