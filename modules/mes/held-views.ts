import type { Actor } from '#contracts/identity';
import type { OperationRow } from '#contracts/mes';
import type { Filled, View } from '#platform/cache';
import type { Sql } from '#platform/database';
import { pageOf, urgencyAfter } from './cursor.ts';
import type { FloorSettings } from './floor.ts';
import { PLACES } from './routes.ts';
import { FLOOR, personScope, queueScope, RATES, waitingScope } from './scopes.ts';
import {
  type CentreCounts,
  countByCentre,
  listFinishedToday,
  listHeldBy,
  listInWork,
  listReady,
  listWaiting,
  nextLateMs,
  untilMidnightMs,
} from './store-lists.ts';
import { readOperatorSettings } from './store-operators.ts';

/** Counts of the whole floor are the dearest reads: they may be this much older than the lists. */
const COUNTS_LAG_MS = 1_000;
const SHOWN_PER_CENTRE = 50;

/** How a person stands; hidden: the work centres that the foreman has narrowed them to. */
export function personView(actor: Actor, { claimCap }: FloorSettings): View<{ workCentres: string[] | null }> {
  return {
    name: 'person',
    key: actor.id,
    scopes: [personScope(actor.id)],
    async read(tx) {
      const { claims, claimCap: cap, workCentres } = await readOperatorSettings(tx, actor.id, claimCap);
      return { members: { claims, cap }, hidden: { workCentres } };
    },
  };
}

const LISTS = {
  queue: { scope: queueScope, read: listReady },
  waiting: { scope: waitingScope, read: listWaiting },
} as const;

export interface ListedPage {
  workCentres: readonly string[];
  cursor: string | undefined;
  limit: number;
}

/** A page of what can be claimed, or not yet, at these work centres: the same for all who work there. */
export function operationsView(list: keyof typeof LISTS, { workCentres, cursor, limit }: ListedPage): View {
  const { scope, read } = LISTS[list];
  const centres = [...workCentres].sort();
  return {
    name: list,
    key: JSON.stringify([centres, cursor, limit]),
    scopes: [RATES, ...centres.map(scope)],
    async read(tx) {
      const rows = await read(tx, { workCentres: centres, after: urgencyAfter(cursor), limit: limit + 1 });
      const { items, next } = pageOf(rows, limit, ({ urgency }) => urgency);
      return { members: { items: items.map(({ row }) => row), next }, hidden: undefined };
    },
  };
}

/** What a person has in hand, and has finished today: until the floor's next midnight. */
export function workView({ id }: Actor, { timeZone }: FloorSettings): View {
  return {
    name: 'my_work',
    key: id,
    scopes: [personScope(id), RATES],
    isTimed: true,
    async read(tx) {
      const [held, finished, { day, leftMs }] = await Promise.all([
        listHeldBy(tx, id),
        listFinishedToday(tx, id, timeZone),
        untilMidnightMs(tx, timeZone),
      ]);
      return { members: { held, finished }, hidden: undefined, rightForMs: leftMs, moment: day };
    },
  };
}

/** Counts of open operations by work centre. */
export const centreCountsView: View<CentreCounts[]> = {
  name: 'centre_counts',
  key: '',
  scopes: [FLOOR],
  mayLagMs: COUNTS_LAG_MS,
  async read(tx) {
    return { members: {}, hidden: await countByCentre(tx) };
  },
};

/** The floor by work centre: what waits, what is free, what is late, and who has what. Right until the next is late. */
export const boardView: View = {
  name: 'board',
  key: '',
  scopes: [FLOOR, RATES],
  mayLagMs: COUNTS_LAG_MS,
  isTimed: true,
  async read(tx: Sql): Promise<Filled> {
    const [counted, inWork, lateInMs] = await Promise.all([
      countByCentre(tx),
      listInWork(tx, SHOWN_PER_CENTRE),
      nextLateMs(tx),
    ]);
    const late = counted.reduce((sum, centre) => sum + centre.late, 0);
    const members = { workCentres: centresOf(counted, inWork) };
    return { members, hidden: undefined, rightForMs: lateInMs ?? Number.POSITIVE_INFINITY, moment: String(late) };
  },
};

function centresOf(counted: readonly CentreCounts[], inWork: readonly OperationRow[]) {
  const counts = new Map(counted.map((row) => [row.workCentre, row]));
  return PLACES.map(({ id, name }) => {
    const { waiting = 0, ready = 0, held = 0, late = 0, oldestReadyAt = null } = counts.get(id) ?? {};
    const here = inWork.filter(({ workCentre }) => workCentre === id);
    return { id, name, waiting, ready, held, late, oldestReadyAt, inWork: here };
  });
}
