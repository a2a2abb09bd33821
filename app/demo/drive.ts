import type { OperationPage, OperationRow } from '#contracts/mes';
import type { CommandAnswer, Order, OrderView, PlaceOrder } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { command, eventually, type Visitor } from '../visitor.ts';
import type { DemoOrder, Goal } from './plan.ts';

/** The people who take the demo's orders through their life. */
export interface Crew {
  seller: Visitor;
  leadSeller: Visitor;
  /** Operators and quality: between them every operation has somebody who may do it. */
  makers: readonly Visitor[];
  packer: Visitor;
}

const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
const MES = '/api/internal/v1/mes';

/** Uploads, asks a price and places. Accepts it too, unless the goal lies before that. */
export async function placeDemoOrder(
  buyer: Visitor,
  contact: PlaceOrder['contact'],
  wanted: DemoOrder,
): Promise<string> {
  const upload = `${PRICING}/models?fileName=${encodeURIComponent(wanted.model.fileName)}`;
  const model = await buyer.call<Model>(upload, { method: 'POST', body: wanted.model.stl });
  const item = { modelId: model.id, unit: 'mm', material: wanted.material, quantity: wanted.quantity } as const;
  const terms = { currency: 'RUB', leadTier: wanted.leadTier, rush: wanted.rush } as const;
  const placement: PlaceOrder = {
    commandId: newId(),
    ...terms,
    reference: wanted.reference,
    contact,
    deliveryAddress: {
      recipient: contact.name,
      line1: 'Литейный проспект, 12',
      line2: '',
      city: 'Санкт-Петербург',
      postcode: '191028',
      country: 'RU',
    },
  };
  if (wanted.goal === 'needs_review' || wanted.goal === 'rejected') {
    return send(buyer, { ...placement, items: [item] });
  }
  const asked = await buyer.call<Quote>(`${PRICING}/quotes`, { method: 'POST', body: { ...terms, items: [item] } });
  const quote = await eventually(`quote ${asked.id} is ready`, async () => {
    const seen = await buyer.call<Quote>(`${PRICING}/quotes/${asked.id}`);
    return seen.state === 'ready' ? seen : null;
  });
  return send(buyer, { ...placement, quoteId: quote.id, accept: wanted.goal !== 'priced' });
}

async function send(buyer: Visitor, body: PlaceOrder): Promise<string> {
  return (await buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body })).orderId;
}

async function see(who: Visitor, orderId: string): Promise<Order> {
  return (await who.call<OrderView>(`${ORDERS}/${orderId}`)).order;
}

async function act(who: Visitor, orderId: string, verb: string, body: object = {}): Promise<void> {
  const { version } = await see(who, orderId);
  await who.call(`${ORDERS}/${orderId}/${verb}`, { method: 'POST', body: { ...command(version), ...body } });
}

const REACHES_PRODUCTION: ReadonlySet<Goal> = new Set(['in_production', 'produced', 'packed', 'shipped', 'closed']);

/** Takes a placed order up to the shop floor, or to the end that it has before it. */
export async function driveSales(crew: Crew, orderId: string, goal: Goal): Promise<void> {
  if (goal === 'needs_review' || goal === 'priced' || goal === 'confirmed') return;
  if (goal === 'cancelled') return act(crew.seller, orderId, 'cancel', { reason: 'Покупатель передумал' });
  if (goal === 'rejected') {
    await eventually(`order ${orderId} has a price or a question`, async () => {
      const { status } = await see(crew.seller, orderId);
      return status === 'submitted' ? null : status;
    });
    return act(crew.seller, orderId, 'reject', { reason: 'Стенка тоньше, чем можно отлить' });
  }
  await act(crew.seller, orderId, 'record-payment', { state: 'recorded', reference: `ПП-${orderId.slice(-6)}` });
  await act(crew.seller, orderId, 'approve');
  if (goal === 'held') await act(crew.seller, orderId, 'hold', { reason: 'Уточняем размер у покупателя' });
}

/** Works through the queue until every order has as many finished operations as it should. */
export async function driveFloor(crew: Crew, goals: ReadonlyMap<string, Goal>): Promise<void> {
  const left = new Map<string, number>();
  for (const [orderId, goal] of goals) {
    if (REACHES_PRODUCTION.has(goal)) left.set(orderId, goal === 'in_production' ? 2 : Number.POSITIVE_INFINITY);
  }
  await eventually(
    'every demo order is made',
    async () => {
      for (const maker of crew.makers) await workOnce(maker, left);
      for (const [orderId, count] of left) {
        if (count === Number.POSITIVE_INFINITY && (await see(crew.seller, orderId)).status === 'produced')
          left.delete(orderId);
      }
      return left.size === 0 ? true : null;
    },
    120_000,
  );
}

/** Does what one maker can start now, of the orders that still have something to be done. */
async function workOnce(maker: Visitor, left: Map<string, number>): Promise<void> {
  const page = await maker.call<OperationPage>(`${MES}/queue?limit=200`);
  for (const operation of page.items) {
    const count = left.get(operation.orderId);
    if (count === undefined || count === 0) continue;
    await doOperation(maker, operation);
    if (count === 1) left.delete(operation.orderId);
    else left.set(operation.orderId, count - 1);
  }
}

async function doOperation(maker: Visitor, { id, quantity }: OperationRow): Promise<void> {
  const verb = (name: string, body: object = {}) =>
    maker.call(`${MES}/operations/${id}/${name}`, { method: 'POST', body: { commandId: newId(), ...body } });
  await verb('claim');
  await verb('start');
  await verb('finish', { good: quantity, scrapped: 0 });
}

/** Packs, ships and closes what should be. */
export async function driveDelivery(crew: Crew, orderId: string, goal: Goal): Promise<void> {
  if (goal !== 'packed' && goal !== 'shipped' && goal !== 'closed') return;
  await act(crew.packer, orderId, 'pack');
  if (goal === 'packed') return;
  await act(crew.packer, orderId, 'ship', { carrier: 'СДЭК', trackingNumber: `FL${orderId.slice(-10).toUpperCase()}` });
  if (goal === 'closed') await act(crew.seller, orderId, 'close');
}
