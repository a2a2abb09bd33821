import { appendEvents } from '#platform/bus';
import type { Work } from './floor.ts';
import { type Fact, tell } from './production.ts';
import { hasOpenJob, readItem, saveProduction } from './store-orders.ts';

/** Records a fact about a locked item and appends its event, in the same transaction. */
export async function tellFact(work: Work, itemId: string, fact: Fact): Promise<void> {
  const before = await readItem(work.tx, itemId);
  const isDone = !(await hasOpenJob(work.tx, itemId));
  const { production, event } = tell(before, fact, work.by, isDone);
  await saveProduction(work.tx, production);
  await appendEvents(work.tx, [{ type: event.type, key: production.orderId, data: event.data }]);
}
