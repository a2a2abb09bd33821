import type { PersonRevoked } from '#contracts/identity';
import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import { janitor, primaryReads, type Reads, type Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import type { Room, RoomClient } from '#platform/http';
import { keeper, readModelRoutes, type Truth } from '#platform/read-model';
import type { Log, Metrics } from '#platform/telemetry';
import { addressGuard } from './address-guard.ts';
import { webhookSender } from './deliver.ts';
import type { Desk } from './desk.ts';
import { externalRoutes } from './external.ts';
import { partnerGate } from './gate.ts';
import { internalRoutes } from './http.ts';
import { keyTokens } from './key-tokens.ts';
import { KEEP_DAYS, type KeepDays, leftovers } from './leftovers.ts';
import { listenForPartners } from './listen.ts';
import { partnerMetrics } from './metrics.ts';
import { readModel } from './read-model.ts';

export { readModel } from './read-model.ts';

const LEASE_MS = 30_000;

export interface PartnersNeeds {
  sql: Sql;
  /** Default: the primary's. */
  reads?: Reads;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rooms: { identity: RoomClient; orders: RoomClient; pricing: RoomClient };
  /** Shows identity that a key is exchanged by this room. */
  exchangeProof: string;
  /** Default: every flag as its table says. */
  switches?: Flags;
  /** How long a sender that went silent keeps its deliveries. Default 30 s. */
  leaseMs?: number;
  /** For tests: webhooks may go to this machine. */
  allowLoopbackWebhooks?: boolean;
  /** Left out: the copy of orders is compared with nothing. */
  keeping?: { truth: Truth; everySeconds: number };
  keepDays?: KeepDays;
}

/** The room of B2B partners: their API, limits, feed of events and webhooks. */
export function partners(needs: PartnersNeeds): Room {
  const {
    sql,
    bus,
    clock,
    log,
    metrics,
    rooms,
    switches = flags(),
    leaseMs = LEASE_MS,
    allowLoopbackWebhooks = false,
  } = needs;
  const { keepDays = KEEP_DAYS } = needs;
  const desk: Desk = {
    sql,
    reads: needs.reads ?? primaryReads(sql),
    bus,
    clock,
    log,
    metrics: partnerMetrics(metrics, sql),
    flags: switches,
    rooms,
    leaseMs,
    addresses: addressGuard({ allowLoopback: allowLoopbackWebhooks }),
    wakeSender: () => sender.wake(),
  };
  const sender = webhookSender(desk);
  const kept =
    needs.keeping &&
    keeper({
      model: readModel({ sql, asOf: ({ consumer }) => bus.asOf(consumer) }),
      log,
      metrics,
      rebuilds: false,
      ...needs.keeping,
    });
  const tidier = janitor({ sql, room: 'partners', leftovers: leftovers(keepDays), log, metrics });
  const tokens = keyTokens({ identity: rooms.identity, clock, proof: needs.exchangeProof });
  listenForPartners(desk);
  bus.broadcast({ events: ['person.revoked'], handle: ({ data }) => tokens.revoke(data as PersonRevoked) });
  return {
    name: 'partners',
    routes(http) {
      externalRoutes(http, desk, partnerGate(desk, tokens));
      internalRoutes(http, desk);
      if (kept) readModelRoutes(http, '/api/internal/v1/partners', kept);
    },
    async start() {
      await sender.start?.();
      await kept?.start?.();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await kept?.stop?.();
      await sender.stop?.();
    },
  };
}
