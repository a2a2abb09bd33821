import type { OperationRow } from '#contracts/mes';
import type { Ledger, Violation } from '../invariants/witness.ts';
import type { Actor } from './actor.ts';
import type { FaultName, Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { WorldBroker, WorldHints, WorldLocks } from './world-bus.ts';
import type { WorldDatabase } from './world-database.ts';
import type { Place, RoomOf } from './world-http.ts';

export interface WorldResult {
  seed: number;
  violations: Violation[];
  faults: Partial<Record<FaultName, number>>;
  /** What happened, in one word: the same for the same seed. */
  traceHash: string;
  steps: number;
  orders: number;
  /** Commands that were answered, by name: how far a world's life went. */
  commands: Record<string, number>;
}

/** What everybody in a world has in common. */
export interface World {
  readonly database: WorldDatabase;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly locks: WorldLocks;
  readonly hints: WorldHints;
  /** Null: the feed is the log. */
  readonly broker: WorldBroker | null;
  readonly house: Household;
  readonly ledger: Ledger;
  /** Orders that were promised, with their buyer's id. */
  readonly orders: Map<string, string>;
  /** Operations that somebody had an eye on. */
  readonly wanted: OperationRow[];
  /** Dead processes whose connections are still to be closed. */
  readonly abandoned: Actor[];
  /** The order that somebody has just looked at. */
  looking: string | null;
  /** Somebody's day, which the world waits for. */
  begin(day: Promise<unknown>): void;
}

/** The processes of a world. */
export interface Household {
  readonly actors: readonly Actor[];
  /** One that takes requests; null when all are down. */
  processOf(room: RoomOf): { actor: Actor; place: Place } | null;
  /** It is gone in the middle of whatever it did; another one takes its place after a while. */
  kill(actor: Actor): void;
}
