import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import type { Reads, Sql } from '#platform/database';
import type { Flags } from '#platform/flags';
import type { RoomClient } from '#platform/http';
import type { Log } from '#platform/telemetry';
import type { AddressGuard } from './address-guard.ts';
import type { PartnerMetrics } from './metrics.ts';

/** What every verb of this room works with. */
export interface Desk {
  sql: Sql;
  /** For lists and feeds: what they show decides nothing. */
  reads: Reads;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: PartnerMetrics;
  flags: Flags;
  rooms: { identity: RoomClient; orders: RoomClient; pricing: RoomClient };
  addresses: AddressGuard;
  /** Milliseconds for which a sender has a delivery; an attempt takes a third of it at most. */
  leaseMs: number;
  /** Tells this process's sender that deliveries are due. */
  wakeSender(): void;
}
