import type { OperationAnswer } from '#contracts/mes';
import type { Bus } from '#platform/bus';
import type { AnswerCache } from '#platform/cache';
import type { Reads, Sql } from '#platform/database';
import type { RoomClient } from '#platform/http';
import type { LiveChanges, News } from '#platform/live';
import type { Log } from '#platform/telemetry';
import type { FloorMetrics } from './metrics.ts';
import type { Person } from './operation.ts';
import { FLOOR, personScope, scopesOf } from './scopes.ts';

/** The shop floor's rules that a site may set. */
export interface FloorSettings {
  /** Operations that one person may hold at once, until the foreman sets another number for them. */
  readonly claimCap: number;
  /** How long a claimed operation may stand unstarted. */
  readonly claimMinutes: number;
  /** IANA name; days and pay periods are counted by it. */
  readonly timeZone: string;
}

export const DEFAULT_SETTINGS: FloorSettings = { claimCap: 3, claimMinutes: 30, timeZone: 'Europe/Moscow' };

/** What every verb of the room works with. */
export interface Floor {
  readonly sql: Sql;
  /** For what is only shown, and decides nothing. */
  readonly reads: Reads;
  readonly bus: Pick<Bus, 'hint'>;
  readonly live: Pick<LiveChanges, 'announceAll'>;
  readonly orders: RoomClient;
  readonly log: Log;
  readonly metrics: FloorMetrics;
  readonly settings: FloorSettings;
  readonly cache: AnswerCache;
}

/** So much of it is needed to take over what happened elsewhere. */
export type TakingFloor = Pick<Floor, 'sql' | 'bus' | 'live' | 'log' | 'settings'>;

export interface Change {
  readonly id: string;
  readonly version: number;
}

/** One transaction on the floor: who acts, and which operations and orders it has changed so far. */
export interface Work {
  readonly tx: Sql;
  readonly by: Person;
  readonly claimMinutes: number;
  readonly changed: Change[];
  readonly changedOrders: Change[];
  /** Ids of people who had a changed operation before. */
  readonly formerHolders: string[];
}

/** Runs `act` in a transaction that also announces what it changed; readers of the bus are woken after the commit. */
export async function onFloor<T>(floor: TakingFloor, by: Person, act: (work: Work) => Promise<T>): Promise<T> {
  const result = await floor.sql.begin(async (tx) => {
    const { claimMinutes } = floor.settings;
    const work: Work = { tx, by, claimMinutes, changed: [], changedOrders: [], formerHolders: [] };
    const made = await act(work);
    await floor.live.announceAll(tx, await news(work));
    return made;
  });
  floor.bus.hint();
  return result;
}

/** What a command adds to the state of its operation in the answer. */
export type Outcome = Partial<Pick<OperationAnswer, 'credited' | 'next' | 'openedJobId'>>;

async function news({ tx, changed, changedOrders, formerHolders }: Work): Promise<News[]> {
  if (changed.length === 0 && changedOrders.length === 0) return [];
  const told = [
    { scope: FLOOR, changes: lastOfEach(changed) },
    { scope: 'packing', changes: lastOfEach(changedOrders) },
  ].filter(({ changes }) => changes.length > 0);
  const operations = changed.map(({ id }) => id);
  const orders = changedOrders.map(({ id }) => id);
  const scopes = [...(await scopesOf(tx, { operations, orders })), ...formerHolders.map(personScope)];
  return [...told, ...[...new Set(scopes)].map((scope) => ({ scope }))];
}

function lastOfEach(changes: readonly Change[]): Change[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return [...byId.values()];
}
