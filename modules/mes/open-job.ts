import type { JobKind } from '#contracts/mes';
import { newId } from '#platform/clock';
import type { Change, Work } from './floor.ts';
import { planJob } from './job.ts';
import { type RouteStep, routeOf } from './routes.ts';
import { type ItemRecord, insertJob, readItem, setRoute } from './store-orders.ts';

export interface JobWish {
  readonly kind: JobKind;
  readonly quantity: number;
  /** Number of the first step, from 1. */
  readonly fromStep: number;
  readonly parentJobId: string | null;
  readonly reason: string;
}

/** Opens a job of a locked item; its first operation is in the queue at once. Returns the job's id. */
export async function openJob(work: Work, itemId: string, wish: JobWish): Promise<string> {
  const route = await routeOfItem(work, await readItem(work.tx, itemId));
  const plan = planJob(route, wish.quantity, wish.fromStep);
  // Sorted ids keep the steps of one job in order wherever nothing else tells operations apart.
  const ids = plan.map(() => newId()).sort();
  const operations = plan.map((operation, index) => ({ ...operation, id: ids[index]! }));
  const job = { id: newId(), itemId, kind: wish.kind, parentJobId: wish.parentJobId, reason: wish.reason };
  const because = { name: wish.kind, by: work.by, text: wish.reason };
  const added: Change[] = await insertJob(work.tx, job, operations, because);
  work.changed.push(...added);
  return job.id;
}

/** An item keeps the route of its first job, whatever later releases make of it. */
async function routeOfItem(work: Work, item: ItemRecord): Promise<readonly RouteStep[]> {
  if (item.route) return item.route;
  const { steps } = routeOf(item.process);
  await setRoute(work.tx, item.itemId, steps);
  return steps;
}
