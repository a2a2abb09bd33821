import type { Bus } from '#platform/bus';
import { answerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import { janitor, primaryReads, type Reads, type Sql } from '#platform/database';
import type { Http, Room, RoomClient } from '#platform/http';
import { type LiveChanges, liveChanges } from '#platform/live';
import { keeper, readModelRoutes, type Truth } from '#platform/read-model';
import type { Log, Metrics } from '#platform/telemetry';
import { expireClaimsOnce } from './expire-claims.ts';
import { DEFAULT_SETTINGS, type Floor, type FloorSettings } from './floor.ts';
import { mesRoutes } from './http.ts';
import { KEEP_DAYS, type KeepDays, leftovers } from './leftovers.ts';
import { hearOrders } from './listen.ts';
import { floorMetrics } from './metrics.ts';
import { readModel } from './read-model.ts';
import { readNow } from './store.ts';

export { readModel } from './read-model.ts';

export interface MesNeeds {
  sql: Sql;
  /** For what is only shown; the primary if left out. */
  reads?: Reads;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { orders: RoomClient };
  /** The shop floor's, IANA name. */
  timeZone?: string;
  claimCap?: number;
  claimMinutes?: number;
  /** Left out: the copy of orders is compared with nothing. */
  keeping?: { truth: Truth; everySeconds: number };
  keepDays?: KeepDays;
}

const SWEEP_MS = 5_000;

/** The shop floor: jobs, operations, claims, pay, packing. */
export function mes(needs: MesNeeds): Room {
  const {
    sql,
    reads = primaryReads(sql),
    bus,
    log,
    metrics,
    rooms,
    clock: _,
    keeping,
    keepDays = KEEP_DAYS,
    ...wanted
  } = needs;
  const live = liveChanges({ sql, room: 'mes', log, readAsOf: readNow });
  // From the primary: what is claimed next depends on it.
  const cache = answerCache({ room: 'mes', live, sql, metrics, asOf: () => databaseClock(live) ?? readNow(sql) });
  const floor: Floor = {
    sql,
    reads,
    bus,
    live,
    orders: rooms.orders,
    log,
    metrics: floorMetrics(metrics),
    settings: settingsOf(wanted),
    cache,
  };
  const sweep = repeat(
    SWEEP_MS,
    () => expireClaimsOnce(floor),
    (err) => {
      log.warn({ event: 'mes.sweep', err }, 'Claims that were not started could not be given back');
    },
  );
  const kept =
    keeping &&
    keeper({
      model: readModel({ sql, live, log, asOf: ({ consumer }) => bus.asOf(consumer) }),
      log,
      metrics,
      ...keeping,
    });
  hearOrders(bus, floor, kept?.rebuild);
  const tidier = janitor({ sql, room: 'mes', leftovers: leftovers(keepDays), log, metrics });
  return {
    name: 'mes',
    routes(http: Http) {
      mesRoutes(http, floor, live);
      if (kept) readModelRoutes(http, '/api/internal/v1/mes', kept);
    },
    async start() {
      await live.start?.();
      await kept?.start?.();
      sweep.start();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await sweep.stop();
      await kept?.stop?.();
      await live.stop?.();
    },
  };
}

/** The time by the clock of the database: screens set theirs by it. Null when it was not asked lately. */
function databaseClock(live: LiveChanges): string | null {
  const sample = live.asOf();
  return sample && new Date(Date.parse(sample.at) + sample.ageMs).toISOString();
}

function settingsOf({ timeZone, claimCap, claimMinutes }: Partial<FloorSettings>): FloorSettings {
  return {
    timeZone: timeZone ?? DEFAULT_SETTINGS.timeZone,
    claimCap: claimCap ?? DEFAULT_SETTINGS.claimCap,
    claimMinutes: claimMinutes ?? DEFAULT_SETTINGS.claimMinutes,
  };
}

/** Runs `act` again `pauseMs` after it has ended, until stopped. */
function repeat(pauseMs: number, act: () => Promise<unknown>, onError: (error: unknown) => void) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => {
      running = act()
        .catch(onError)
        .then(() => timer && next());
    }, pauseMs);
    timer.unref();
  };
  return {
    start: next,
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
}
