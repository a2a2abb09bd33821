import type { Bus } from '#platform/bus';
import type { AnswerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { Flags } from '#platform/flags';
import type { RoomClient } from '#platform/http';
import type { LiveChanges } from '#platform/live';

/** What the verbs and reads of this room work with. */
export interface Desk {
  sql: Sql;
  bus: Bus;
  live: LiveChanges;
  cache: AnswerCache;
  orders: RoomClient;
  clock: Clock;
  flags: Flags;
}

/** The list of one customer's orders, as live streams name it. */
export function liveScope(customerId: string): string {
  return `customer:${customerId}`;
}
