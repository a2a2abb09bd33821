import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type MyWork, type OperationCard, type OperationPage, type WorkCentres } from '#contracts/mes';
import { Fault } from '#platform/http';
import { pageOf, urgencyAfter } from './cursor.ts';
import type { Floor } from './floor.ts';
import { OPERATION_NAMES, PLACES, placeOf, workCentresOf } from './routes.ts';
import { readNow } from './store.ts';
import {
  type ListedOperation,
  type ListWish,
  listFinishedToday,
  listHeldBy,
  listReady,
  listWaiting,
  readCard,
} from './store-lists.ts';
import { readOperatorSettings } from './store-operators.ts';

export interface QueueWish {
  workCentre?: string;
  cursor?: string;
  limit: number;
}

type Reader = (sql: Floor['sql'], wish: ListWish) => Promise<ListedOperation[]>;

/** What this person can claim now, urgent first. */
export function queuePage(floor: Floor, actor: Actor, wish: QueueWish): Promise<OperationPage> {
  return operationPage(floor, actor, wish, listReady);
}

/** What cannot be claimed yet at this person's work centres, each with the reason. */
export function waitingPage(floor: Floor, actor: Actor, wish: QueueWish): Promise<OperationPage> {
  return operationPage(floor, actor, wish, listWaiting);
}

async function operationPage(floor: Floor, actor: Actor, wish: QueueWish, read: Reader): Promise<OperationPage> {
  const { sql, settings } = floor;
  const asOf = await readNow(sql);
  const operator = await readOperatorSettings(sql, actor.id, settings.claimCap);
  const workCentres = narrowed(workCentresOf(actor.roles, operator.workCentres), wish.workCentre);
  const rows = await read(sql, { workCentres, after: urgencyAfter(wish.cursor), limit: wish.limit + 1 });
  const { items, next } = pageOf(rows, wish.limit, ({ urgency }) => urgency);
  return { items: items.map(({ row }) => row), next, asOf, claims: operator.claims, cap: operator.claimCap };
}

function narrowed(mine: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return mine;
  if (!placeOf(asked)) throw new Fault(MES_ERRORS['work_centre.unknown']);
  return mine.filter((id) => id === asked);
}

export async function myWork(floor: Floor, actor: Actor): Promise<MyWork> {
  const { sql, settings } = floor;
  const asOf = await readNow(sql);
  const [operator, held, finished] = await Promise.all([
    readOperatorSettings(sql, actor.id, settings.claimCap),
    listHeldBy(sql, actor.id),
    listFinishedToday(sql, actor.id, settings.timeZone),
  ]);
  return { held, finished, asOf, claims: operator.claims, cap: operator.claimCap };
}

export async function operationCard(floor: Floor, operationId: string): Promise<OperationCard> {
  const card = await readCard(floor.sql, operationId);
  if (!card) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return card;
}

export async function workCentreList(floor: Floor, actor: Actor): Promise<WorkCentres> {
  const operator = await readOperatorSettings(floor.sql, actor.id, floor.settings.claimCap);
  const mine = workCentresOf(actor.roles, operator.workCentres);
  const counts = new Map((await floor.centreCounts()).map((row) => [row.workCentre, row]));
  const items = PLACES.map(({ id, name }) => {
    const { ready = 0, waiting = 0, held = 0 } = counts.get(id) ?? {};
    return { id, name, mayWork: mine.includes(id), ready, waiting: waiting + held };
  });
  const operations = Object.entries(OPERATION_NAMES).map(([code, name]) => ({ code, name }));
  return { items, operations };
}
