import type { RoomName } from '#app/rooms';
import type { OrderCommandName } from '#contracts/orders';
import type { Sql } from '#platform/database';

/** A breach of an invariant, as its check saw it. */
export interface Violation {
  invariant: string;
  orderId?: string;
  detail: string;
}

/** What clients were told while the faults struck: promises that must be kept. */
export interface Ledger {
  answers: Answered[];
  /** What somebody was shown of an order; `readerId` is the buyer's in whose name they looked. */
  shown: { readerId: string; orderId: string; buyerId: string; where: string }[];
  /** Versions of an order in a room's read model as a watcher saw them, in time's order. */
  watched: { model: string; orderId: string; version: number }[];
  /** Whether somebody who wrote something, and says how far it got, was shown it by the next read. */
  ownWrites: { writerId: string; what: string; isShown: boolean }[];
  /** Leases in the order in which they were handed out, and effects in the order in which they were accepted. */
  fences: { resource: string; fence: number; what: 'handed out' | 'effect' }[];
  /** Failures (5xx) for which no injected fault accounts. */
  unexplained: string[];
  /** Events that cannot be handled, and the consumers that have to set them aside. */
  poison: { eventId: string; consumers: readonly string[] }[];
}

/** An answer to a command: the client may repeat it and rely on it. */
export interface Answered {
  room: 'orders' | 'mes';
  name: 'place' | OrderCommandName | 'claim' | 'start' | 'pause' | 'release' | 'finish' | 'scrap';
  commandId: string;
  actorId: string;
  /** The order's, or the operation's. */
  subjectId: string;
  /** The version that the command named; null for those that name none. */
  sentVersion: number | null;
  /** The version in the answer. */
  version: number;
  /** The answer's text, without what tells a repeat from the first. */
  text: string;
}

/** Everything that checks may look at: databases from outside, and what clients wrote down. */
export interface Witness {
  /** As administrator, in the database where this room lives. */
  database(room: RoomName): Sql;
  ledger: Ledger;
  /** How events travel: the feed is the log, or it is emptied into a broker. */
  transport: 'postgres' | 'rabbitmq';
}

export function emptyLedger(): Ledger {
  return { answers: [], shown: [], watched: [], ownWrites: [], fences: [], unexplained: [], poison: [] };
}
