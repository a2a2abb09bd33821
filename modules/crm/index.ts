import type { ReadModelState } from '#contracts/read-models';
import type { Bus } from '#platform/bus';
import { answerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import { primaryReads, type Reads, type Sql } from '#platform/database';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import { keeper, readModelRoutes, type Truth } from '#platform/read-model';
import type { Log, Metrics } from '#platform/telemetry';
import { routes } from './http.ts';
import { listen } from './listen.ts';
import { readModel } from './read-model.ts';
import { freshness } from './store-orders.ts';

export { readModel } from './read-model.ts';

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
  /** Left out: the copy of orders is compared with nothing. */
  keeping?: { truth: Truth; everySeconds: number };
  /** How the copies of orders stand, in every room that has one. Never rejects. Left out: nothing is known. */
  copies?: () => Promise<ReadModelState[]>;
}

/** The sellers' room: a read model of every order, and what sellers add to it. */
export function crm({
  sql,
  reads = primaryReads(sql),
  bus,
  clock,
  log,
  metrics,
  rooms,
  timeZone,
  keeping,
  copies = nothingKnown,
}: CrmNeeds): Room {
  const live = liveChanges({ sql, room: 'crm', log, readAsOf: freshness });
  const cache = answerCache({
    room: 'crm',
    live,
    sql,
    reads,
    metrics,
    asOf: () => live.asOf()?.at ?? freshness(sql),
  });
  const kept =
    keeping &&
    keeper({ model: readModel({ sql, live, asOf: ({ consumer }) => bus.asOf(consumer) }), log, metrics, ...keeping });
  metrics.gauge({
    name: 'read_model_lag_seconds',
    help: 'Age of the oldest event that the read model has still to show',
    labelNames: ['model'],
    collect: async (gauge) => gauge.set({ model: 'crm' }, await lagSeconds(sql, clock)),
  });
  listen({ bus, sql, live, ...(kept && { rebuild: kept.rebuild }) });
  return {
    name: 'crm',
    routes(http) {
      routes(http, { sql, reads, bus, live, cache, clock, rooms, timeZone, copies });
      if (kept) readModelRoutes(http, '/api/internal/v1/crm', kept);
    },
    async start() {
      await live.start?.();
      await kept?.start?.();
    },
    async stop() {
      await kept?.stop?.();
      await live.stop?.();
    },
  };
}

const nothingKnown = async (): Promise<ReadModelState[]> => [];

async function lagSeconds(sql: Sql, clock: Clock): Promise<number> {
  return Math.max(0, clock.now() - Date.parse(await freshness(sql))) / 1000;
}
