import type { Bus } from '#platform/bus';
import { answerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import { janitor, primaryReads, type Reads, type Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import { keeper, readModelRoutes, type Truth } from '#platform/read-model';
import type { Log, Metrics } from '#platform/telemetry';
import { shopRoutes } from './http.ts';
import { LEFTOVERS } from './leftovers.ts';
import { listen } from './listen.ts';
import { readModel } from './read-model.ts';
import { freshness } from './store-orders.ts';

export { readModel } from './read-model.ts';

export interface ShopNeeds {
  sql: Sql;
  /** For a customer's orders; the primary if left out. */
  reads?: Reads;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { orders: RoomClient };
  /** Default: every flag as its table says. */
  switches?: Flags;
  /** Left out: the copy of orders is compared with nothing. */
  keeping?: { truth: Truth; everySeconds: number };
}

/** The customers' room: their drafts and addresses, and a read model of their own orders. */
export function shop(needs: ShopNeeds): Room {
  const { sql, reads = primaryReads(sql), bus, clock, log, metrics, rooms, switches = flags(), keeping } = needs;
  const live = liveChanges({ sql, room: 'shop', log, readAsOf: freshness });
  const asOf = () => live.asOf()?.at ?? freshness(sql);
  const cache = answerCache({ room: 'shop', live, sql, reads, metrics, asOf });
  const kept =
    keeping &&
    keeper({ model: readModel({ sql, live, asOf: ({ consumer }) => bus.asOf(consumer) }), log, metrics, ...keeping });
  listen({ bus, sql, live, ...(kept && { rebuild: kept.rebuild }) });
  const tidier = janitor({ sql, room: 'shop', leftovers: LEFTOVERS, log, metrics });
  return {
    name: 'shop',
    routes(http) {
      shopRoutes(http, { sql, bus, live, cache, clock, orders: rooms.orders, flags: switches });
      if (kept) readModelRoutes(http, '/api/internal/v1/shop', kept);
    },
    async start() {
      await live.start?.();
      await kept?.start?.();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await kept?.stop?.();
      await live.stop?.();
    },
  };
}
