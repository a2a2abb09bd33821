import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import { keeper, readModelRoutes, type Truth } from '#platform/read-model';
import type { Log, Metrics } from '#platform/telemetry';
import { shopRoutes } from './http.ts';
import { CONSUMER, listen } from './listen.ts';
import { readModel } from './read-model.ts';
import { forgetOld } from './store-carts.ts';

export { readModel } from './read-model.ts';

export interface ShopNeeds {
  sql: Sql;
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

const HOUR_MS = 3_600_000;

/** The customers' room: their drafts and addresses, and a read model of their own orders. */
export function shop({ sql, bus, clock, log, metrics, rooms, switches = flags(), keeping }: ShopNeeds): Room {
  const live = liveChanges({ sql, room: 'shop', log });
  const kept =
    keeping && keeper({ model: readModel({ sql, live, asOf: () => bus.asOf(CONSUMER) }), log, metrics, ...keeping });
  listen({ bus, sql, live, ...(kept && { rebuild: kept.rebuild }) });
  let cleaning: NodeJS.Timeout | undefined;
  const clean = () => {
    forgetOld(sql).catch((err: unknown) => log.warn({ event: 'shop.not_cleaned', err }, 'Old drafts stay for now'));
  };
  return {
    name: 'shop',
    routes(http) {
      shopRoutes(http, { sql, bus, live, clock, orders: rooms.orders, flags: switches });
      if (kept) readModelRoutes(http, '/api/internal/v1/shop', kept);
    },
    async start() {
      await live.start?.();
      await kept?.start?.();
      cleaning = setInterval(clean, HOUR_MS).unref();
    },
    async stop() {
      clearInterval(cleaning);
      await kept?.stop?.();
      await live.stop?.();
    },
  };
}
