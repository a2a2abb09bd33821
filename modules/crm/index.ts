import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import type { Log, Metrics } from '#platform/telemetry';
import { routes } from './http.ts';
import { listen } from './listen.ts';

export interface CrmNeeds {
  sql: Sql;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { orders: RoomClient; identity: RoomClient; pricing: RoomClient };
  /** IANA name; dates of documents are the shop floor's. */
  timeZone: string;
}

/** The sellers' room: a read model of every order, and what sellers add to it. */
export function crm({ sql, bus, clock, log, rooms, timeZone }: CrmNeeds): Room {
  const live = liveChanges({ sql, room: 'crm', log });
  listen({ bus, sql, live });
  return {
    name: 'crm',
    routes: (http) => routes(http, { sql, bus, live, clock, rooms, timeZone }),
    start: async () => live.start?.(),
    stop: async () => live.stop?.(),
  };
}
