import type { Envelope } from '#contracts/events';
import type { Sql } from '#platform/database';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';
import type { BusMetrics } from './metrics.ts';

/** A fact to publish. `type` is dotted (`order.approved`), `key` names what must stay in order, `data` is its full state. */
export interface NewEvent<Data = unknown> {
  type: string;
  key: string;
  data: Data;
}

export interface Subscription {
  /** Unique name, the room first: `crm.orders`. It owns the position; renaming it starts anew. */
  consumer: string;
  /** `order.approved`, or `order.*` for everything under `order.` */
  events: readonly string[];
  /**
   * Gets events in order (per key), at least once. A throw means none of the batch is done: the events are then tried
   * one by one, and those that fail again later, up to 8 times in all; others flow on meanwhile.
   */
  handle(batch: Envelope[]): Promise<void>;
  /** Most events in one call. Default 200. */
  batchSize?: number;
  /**
   * For a read model: makes it again from its owners' history while `handle` goes on with new events. It runs when
   * events were given up on purpose (an overflowing queue was emptied) or `wantRebuild` marked it; a rejection is tried
   * again, in full. `stopping` is aborted when the process ends. A consumer without it is never cut off: its full queue
   * holds up the publishers.
   */
  rebuild?(stopping: AbortSignal): Promise<void>;
}

export interface Broadcast {
  events: readonly string[];
  /** Every process gets every event from its own start on, best effort: for caches and revocations. */
  handle(event: Envelope): void;
}

/** A room's door to the bus. Subscribe before `start`. */
export interface Bus extends Part {
  /** Durable; of several processes that subscribe by one name, one is active at a time. */
  subscribe(subscription: Subscription): void;
  broadcast(broadcast: Broadcast): void;
  /** Call after a commit that appended events: readers look at once instead of at their next poll. */
  hint(): void;
  /**
   * ISO time up to which this consumer of the room, whichever process it runs in, has handled everything that had been
   * committed; events set aside for another attempt are not waited for. Null: not known yet. Steps once a second.
   */
  asOf(consumer: string): Promise<string | null>;
}

/** Thrown by `handle` for an event that can never be handled: it becomes a dead letter at once. */
export class PoisonEvent extends Error {
  override name = 'PoisonEvent';
}

/** What a transport is given of one room. */
export interface Site {
  room: string;
  sql: Sql;
  subscriptions: readonly Subscription[];
  broadcasts: readonly Broadcast[];
  log: Log;
  metrics: BusMetrics;
}

/** One room's line: from its outbox to others, and from others to its handlers. */
export interface Line {
  start(): Promise<void>;
  /** Resolves when no handler runs any more. */
  stop(): Promise<void>;
  hint(): void;
  asOf(subscription: Subscription): Promise<string | null>;
}

/** How events travel. One per process, shared by its rooms. */
export interface Transport {
  readonly name: 'postgres' | 'rabbitmq';
  open(site: Site): Line;
}
