import type { OrderEvent, OrderItem, OrderStatus } from '#contracts/orders';
import { onFloor, type TakingFloor, type Work } from './floor.ts';
import { openJob } from './open-job.ts';
import { apply, isRefusal, type Person, remaining } from './operation.ts';
import { cancelledPay } from './pay.ts';
import { reworkedPieces } from './production.ts';
import { routeOf } from './routes.ts';
import { lockInWork, type OperationRecord, saveOperation, stopIdle, workedSecondsOf } from './store.ts';
import { copyUrgency, endJobsOfOrder, type ItemRecord, readItem, saveOrder, saveProduction } from './store-orders.ts';
import { insertPay } from './store-pay.ts';

type Order = OrderEvent['order'];

/** Orders that the floor has nothing to do with yet, or never will. */
export const NOT_OURS: readonly OrderStatus[] = ['submitted', 'needs_review', 'priced', 'confirmed', 'rejected'];
/** Orders of which every item has work. */
export const MAKING: readonly OrderStatus[] = ['approved', 'in_production'];

/** Takes over a newer version of an order: its facts, its jobs, its urgency and holds. Older versions change nothing. */
export async function takeOrder(floor: TakingFloor, { order, change }: OrderEvent): Promise<void> {
  if (NOT_OURS.includes(order.status)) return;
  const by: Person = { id: change.actor.id, name: change.actor.name };
  const isNews = await onFloor(floor, by, async (work) => {
    if (!(await saveOrder(work.tx, order))) return false;
    if (MAKING.includes(order.status)) await openJobs(work, order, change.reason);
    if (order.status === 'cancelled') await stopOrder(work, order.id, change.reason);
    work.changed.push(...(await copyUrgency(work.tx, order.id, { name: 'order', by, text: change.name })));
    work.changedOrders.push({ id: order.id, version: order.version });
    return true;
  });
  if (!isNews) return;
  const told = { orderId: order.id, event: 'mes.order_taken', orderVersion: order.version };
  floor.log.info(told, `The floor has order ${order.number} as ${order.status}`);
}

async function openJobs(work: Work, order: Order, reason: string): Promise<void> {
  for (const asked of order.items) {
    const item = await readItem(work.tx, asked.id);
    if (item.route === null) await openFirstJob(work, item);
    else await reopen(work, item, asked, reason);
  }
}

async function openFirstJob(work: Work, item: ItemRecord): Promise<void> {
  await openJob(work, item.itemId, {
    kind: 'original',
    quantity: item.quantity,
    fromStep: 1,
    parentJobId: null,
    reason: '',
  });
}

/** Pieces that were made and are not accepted: another job from the route's rework step. */
async function reopen(work: Work, item: ItemRecord, asked: OrderItem, reason: string): Promise<void> {
  const pieces = reworkedPieces(item, asked);
  if (pieces === 0) return;
  await saveProduction(work.tx, { ...item, made: asked.made });
  const fromStep = reworkStep(item);
  await openJob(work, item.itemId, { kind: 'rework', quantity: pieces, fromStep, parentJobId: null, reason });
}

function reworkStep(item: ItemRecord): number {
  const { reworkFrom } = routeOf(item.process);
  const index = item.route!.findIndex(({ code }) => code === reworkFrom);
  return Math.max(index, 0) + 1;
}

/** Work stops at once; what was begun is paid by the rule for cancelled work. */
async function stopOrder(work: Work, orderId: string, reason: string): Promise<void> {
  const because = { name: 'cancel', by: work.by, text: reason };
  for (const operation of await lockInWork(work.tx, orderId)) await breakOff(work, operation, reason);
  work.changed.push(...(await stopIdle(work.tx, { orderId }, because)));
  await endJobsOfOrder(work.tx, orderId);
}

async function breakOff(work: Work, operation: OperationRecord, reason: string): Promise<void> {
  const stopped = apply(operation, { name: 'stop' });
  if (isRefusal(stopped)) throw new Error(`Operation ${operation.id} in ${operation.state} cannot be stopped`);
  const because = { name: 'cancel', by: work.by, text: reason };
  const saved = await saveOperation(work.tx, operation, stopped, because, work.claimMinutes);
  work.changed.push({ id: saved.id, version: saved.version });
  work.formerHolders.push(operation.claim!.holder.id);
  await payBrokenOff(work, saved, reason);
}

async function payBrokenOff(work: Work, operation: OperationRecord, reason: string): Promise<void> {
  const { holder, rate } = operation.claim!;
  const workedSeconds = await workedSecondsOf(work.tx, operation.id, holder.id);
  const pieces = remaining(operation);
  const amountMinor = cancelledPay({
    rateMinor: rate.minor,
    remaining: pieces,
    workedSeconds,
    normSeconds: operation.normSeconds,
  });
  if (amountMinor === 0) return;
  await insertPay(work.tx, {
    kind: 'cancelled',
    person: holder,
    operationId: operation.id,
    quantity: pieces,
    rate,
    amountMinor,
    reverses: null,
    reason,
    recordedBy: work.by.name,
  });
}
