import type { Static } from 'typebox';
import { COMMON_ERRORS, type ErrorKind } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import type { PackAnswer, PackOrder, Parcel, ShipOrder } from '#contracts/mes';
import type { CommandAnswer, OrderHistory, OrderView } from '#contracts/orders';
import { newId } from '#platform/clock';
import { Fault, type Problem } from '#platform/http';
import { type Floor, onFloor } from './floor.ts';
import { insertParcel, readPackingOrder } from './store-packing.ts';

/** Who packs, with the token that `orders` is asked with. */
export interface Packer {
  actor: Actor;
  actorToken: string;
}

/** Packing and shipping are decided by `orders`, at once; its refusals reach the packer as they are. */
export async function packOrder(
  floor: Floor,
  packer: Packer,
  orderId: string,
  body: Static<typeof PackOrder>,
): Promise<PackAnswer> {
  const answer = await askOrders(floor, packer, orderId, 'pack', body);
  return answerOf(answer, null);
}

/** Only what `orders` has accepted as shipped gets a parcel, and with it a label. Repeating the command finds both. */
export async function shipOrder(
  floor: Floor,
  packer: Packer,
  orderId: string,
  body: Static<typeof ShipOrder>,
): Promise<PackAnswer> {
  if (!(await readPackingOrder(floor.sql, orderId))) throw new Fault(COMMON_ERRORS['resource.not_found']);
  const answer = await askOrders(floor, packer, orderId, 'ship', body);
  const lines = body.lines ?? (await shippedLines(floor, packer, answer));
  const { actor } = packer;
  const parcelId = await onFloor(floor, { id: actor.id, name: actor.name }, async (work) => {
    work.changedOrders.push({ id: orderId, version: answer.version });
    return insertParcel(work.tx, {
      id: newId(),
      orderId,
      personId: actor.id,
      commandId: body.commandId,
      packedBy: actor.name,
      carrier: body.carrier,
      trackingNumber: body.trackingNumber,
      lines,
    });
  });
  const told = { orderId, event: 'mes.ship', orderVersion: answer.version, actorId: actor.id };
  floor.log.info(told, `Order ${answer.number} left as parcel ${parcelId}`);
  return answerOf(answer, parcelId);
}

/**
 * The lines that `orders` wrote with this version. Our own copy of the order does not tell them: it may be older, and when a
 * command is repeated it may be newer, with nothing left to ship.
 */
async function shippedLines(
  floor: Floor,
  { actorToken }: Packer,
  { orderId, version }: CommandAnswer,
): Promise<Parcel['lines']> {
  const path = `/api/internal/v1/orders/${orderId}`;
  const [view, history] = await Promise.all([
    floor.orders.call<OrderView>({ method: 'GET', path, actorToken }),
    floor.orders.call<OrderHistory>({ method: 'GET', path: `${path}/history`, actorToken }),
  ]);
  if (view.status === 200 && history.status === 200) {
    const entry = history.body.entries.find((one) => one.version === version);
    const shipment = view.body.order.shipments.find(({ at }) => at === entry?.at);
    if (shipment) return shipment.lines;
  }
  throw new Fault(COMMON_ERRORS['room.unavailable'], { internal: `The shipment of ${orderId} cannot be read` });
}

async function askOrders(floor: Floor, packer: Packer, orderId: string, verb: string, body: object) {
  const { status, body: answer } = await floor.orders.call<CommandAnswer | Problem>({
    method: 'POST',
    path: `/api/internal/v1/orders/${orderId}/${verb}`,
    actorToken: packer.actorToken,
    body,
  });
  if (status >= 200 && status < 300) return answer as CommandAnswer;
  throw passedOn(answer as Problem);
}

/** The same refusal, from us. */
function passedOn({ code, status, title, hint, detail, type: _, requestId: __, ...members }: Problem): Fault {
  const kind: ErrorKind = { code, status, title, hint };
  return new Fault(kind, { members, ...(detail === undefined ? {} : { detail }) });
}

function answerOf({ orderId, number, version, status }: CommandAnswer, parcelId: string | null): PackAnswer {
  return { orderId, number, version, status, parcelId };
}
