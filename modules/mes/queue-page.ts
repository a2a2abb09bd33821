import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type OperationCard, type WorkCentres } from '#contracts/mes';
import type { View } from '#platform/cache';
import { Fault } from '#platform/http';
import type { Floor } from './floor.ts';
import { centreCountsView, operationsView, personView } from './held-views.ts';
import { OPERATION_NAMES, PLACES, placeOf, workCentresOf } from './routes.ts';
import { readCard } from './store-lists.ts';

export interface QueueWish {
  workCentre?: string;
  cursor?: string;
  limit: number;
}

/** A page of what this person can claim now, or not yet, urgent first, beside how they stand. */
export async function operationViews(
  { cache, settings }: Floor,
  actor: Actor,
  list: 'queue' | 'waiting',
  { workCentre, cursor, limit }: QueueWish,
): Promise<View<unknown>[]> {
  const person = personView(actor, settings);
  const operator = await cache.hidden(person);
  const workCentres = narrowed(workCentresOf(actor.roles, operator.workCentres), workCentre);
  return [operationsView(list, { workCentres, cursor, limit }), person];
}

function narrowed(mine: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return mine;
  if (!placeOf(asked)) throw new Fault(MES_ERRORS['work_centre.unknown']);
  return mine.filter((id) => id === asked);
}

export async function operationCard(floor: Floor, operationId: string): Promise<OperationCard> {
  const card = await readCard(floor.sql, operationId);
  if (!card) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return card;
}

export async function workCentreList({ cache, settings }: Floor, actor: Actor): Promise<WorkCentres> {
  const [operator, counted] = await Promise.all([
    cache.hidden(personView(actor, settings)),
    cache.hidden(centreCountsView),
  ]);
  const mine = workCentresOf(actor.roles, operator.workCentres);
  const counts = new Map(counted.map((row) => [row.workCentre, row]));
  const items = PLACES.map(({ id, name }) => {
    const { ready = 0, waiting = 0, held = 0 } = counts.get(id) ?? {};
    return { id, name, mayWork: mine.includes(id), ready, waiting: waiting + held };
  });
  const operations = Object.entries(OPERATION_NAMES).map(([code, name]) => ({ code, name }));
  return { items, operations };
}
