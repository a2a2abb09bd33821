import type { BucketDigests, OrderDigests, OrderScopeValue, ReplayPage, ToldOrder } from '#contracts/order-truth';
import type { OrderDigest } from '#contracts/orders';
import type { Sql } from '#platform/database';
import type { DigestTable } from './digests.ts';

/** The orders themselves, as `orders` tells them: over HTTP, or from its database where a command has that. */
export interface Truth {
  buckets(scope: OrderScopeValue): Promise<BucketDigests>;
  /** Of these buckets, or those of these ids (≤ MOST_IDS) that exist in the scope. */
  digests(
    scope: OrderScopeValue,
    which: { buckets?: readonly number[]; ids?: readonly string[] },
  ): Promise<OrderDigests>;
  /** By id, after an id, or just `ids` (≤ MOST_IDS). */
  replay(
    scope: OrderScopeValue,
    which: { after?: string; ids?: readonly string[]; limit?: number },
  ): Promise<ReplayPage>;
}

/** What the rooms' `readModel` functions are given. */
export interface CopyNeeds {
  sql: Sql;
  /** How far this consumer of the bus has come with what it hears: `ReadModel.asOf`. */
  asOf(heard: { consumer: string; events: readonly string[] }): Promise<string | null>;
}

/** A room's copy of orders, kept by their events. */
export interface ReadModel {
  /** `crm.orders`: the consumer that keeps it. */
  name: string;
  sql: Sql;
  /** Which orders it copies. */
  scope: OrderScopeValue;
  /** One row for each of them. */
  table: DigestTable;
  /** Up to when it holds everything, or a little earlier; null while nobody can say. UTC, ISO 8601. */
  asOf(): Promise<string | null>;
  /** Takes orders over, in the caller's transaction, as their events do: a version that is not higher changes nothing. */
  project(tx: Sql, told: readonly ToldOrder[]): Promise<unknown>;
  /** Lets `project` write these orders whatever stands there under their versions, in the same transaction. */
  giveWay(tx: Sql, orderIds: readonly string[]): Promise<void>;
  /** Takes out orders that do not exist. Left out: others hang on them, and a person must look. */
  remove?(tx: Sql, orderIds: readonly string[]): Promise<void>;
  /** Rows by id, from the first after `after`, with the look at what belongs to each in the room's other tables. */
  examine(after: string | null, limit: number): Promise<ExaminedRow[]>;
  /** Tells screens and caches, last in the same transaction, that anything may be different. */
  announce(tx: Sql): Promise<void>;
  /** The tables that are nothing but copy, the one of `table` first. Left out: it is put right in place. */
  copies?: readonly string[];
}

/** A row of a copy, and whether what belongs to it in the room's other tables is there and says the same. */
export interface ExaminedRow extends OrderDigest {
  isWhole: boolean;
}

/** How a copy can differ from the truth. */
export const DRIFT_KINDS = ['missing', 'behind', 'wrong', 'extra'] as const;
/** `wrong`: another status under the same version, or a version that the truth has not reached. */
export type DriftKind = (typeof DRIFT_KINDS)[number];

export interface Drift {
  orderId: string;
  kind: DriftKind;
  /** Null: there is no such row. */
  copy: { version: number; status: string } | null;
  truth: { version: number; status: string } | null;
}
