import type { Bus } from '#platform/bus';
import { answerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import { primaryReads, type Reads, type Sql } from '#platform/database';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import type { Log, Metrics } from '#platform/telemetry';
import { routes } from './http.ts';
import { listen } from './listen.ts';
import { freshness } from './store-orders.ts';

export interface CrmNeeds {
  sql: Sql;
  /** For what is only shown: lists, cards, exports. Default: the primary's. */
  reads?: Reads;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { orders: RoomClient; identity: RoomClient; pricing: RoomClient };
  /** IANA name; dates of documents are the shop floor's. */
  timeZone: string;
}

/** The sellers' room: a read model of every order, and what sellers add to it. */
export function crm({ sql, reads = primaryReads(sql), bus, clock, log, metrics, rooms, timeZone }: CrmNeeds): Room {
  const live = liveChanges({ sql, room: 'crm', log, readAsOf: freshness });
  const cache = answerCache({
    room: 'crm',
    live,
    sql,
    reads,
    metrics,
    asOf: () => live.asOf() ?? freshness(sql),
  });
  metrics.gauge({
    name: 'read_model_lag_seconds',
    help: 'Age of the oldest event that the read model has still to show',
    labelNames: ['model'],
    collect: async (gauge) => gauge.set({ model: 'crm' }, await lagSeconds(sql, clock)),
  });
  listen({ bus, sql, live });
  return {
    name: 'crm',
    routes: (http) => routes(http, { sql, reads, bus, live, cache, clock, rooms, timeZone }),
    start: async () => live.start?.(),
    stop: async () => live.stop?.(),
  };
}

async function lagSeconds(sql: Sql, clock: Clock): Promise<number> {
  return Math.max(0, clock.now() - Date.parse(await freshness(sql))) / 1000;
}
