import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Room, RoomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import type { Log, Metrics } from '#platform/telemetry';
import { shopRoutes } from './http.ts';
import { listen } from './listen.ts';
import { forgetOld } from './store-carts.ts';

export interface ShopNeeds {
  sql: Sql;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { orders: RoomClient };
  /** Default: every flag as its table says. */
  switches?: Flags;
}

const HOUR_MS = 3_600_000;

/** The customers' room: their drafts and addresses, and a read model of their own orders. */
export function shop({ sql, bus, clock, log, rooms, switches = flags() }: ShopNeeds): Room {
  const live = liveChanges({ sql, room: 'shop', log });
  listen({ bus, sql, live });
  let cleaning: NodeJS.Timeout | undefined;
  const clean = () => {
    forgetOld(sql).catch((err: unknown) => log.warn({ event: 'shop.not_cleaned', err }, 'Old drafts stay for now'));
  };
  return {
    name: 'shop',
    routes: (http) => shopRoutes(http, { sql, bus, live, clock, orders: rooms.orders, flags: switches }),
    async start() {
      await live.start?.();
      cleaning = setInterval(clean, HOUR_MS).unref();
    },
    async stop() {
      clearInterval(cleaning);
      await live.stop?.();
    },
  };
}
