import type { OrderCard } from '#contracts/crm';
import type { PackAnswer, PackingOrder } from '#contracts/mes';
import type { OrderHistory, OrderView } from '#contracts/orders';
import type { PartnerModel, PartnerOrderAnswer, PartnerOrderPage, PartnerQuote } from '#contracts/partners';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { driveFloor, driveSales } from '../demo/drive.ts';
import { eventually, Refused } from '../visitor.ts';
import type { Cast } from './demo-people.ts';

const EXTERNAL = '/api/external/v1';
const ORDERS = '/api/internal/v1/orders';
const CRM = '/api/internal/v1/crm';
const MES = '/api/internal/v1/mes';
const READ_MODELS_WITHIN_MS = 10_000;

export type Tell = (text: string) => void;

export interface ReadModels {
  crm: number;
  mes: number;
  partners: number;
}

/** A partner uploads a ring, gets its price and orders it with their key. Answers the order's id. */
export async function partnerOrders({ partner }: Cast, tell: Tell): Promise<string> {
  const ring = makeRing({ diameter: 17, width: 4, thickness: 1.8 });
  const model = await partner.call<PartnerModel>(`${EXTERNAL}/models?fileName=${encodeURIComponent(ring.fileName)}`, {
    method: 'POST',
    body: ring.stl,
  });
  tell(`A partner uploaded ${ring.fileName}: ${ring.triangles} triangles`);
  const terms = { currency: 'RUB', leadTier: 'standard', rush: false } as const;
  const item = { modelId: model.id, unit: 'mm', material: 'silver-925', quantity: 2 } as const;
  const asked = await partner.call<PartnerQuote>(`${EXTERNAL}/quotes`, {
    method: 'POST',
    body: { ...terms, items: [item] },
  });
  const quote = await eventually('the quote is ready', async () => {
    const seen = await partner.call<PartnerQuote>(`${EXTERNAL}/quotes/${asked.id}`);
    if (seen.state === 'failed') throw new Error(`The quote failed: ${JSON.stringify(seen.items)}`);
    return seen.state === 'ready' ? seen : null;
  });
  tell(`The quote: ${(quote.total!.minor / 100).toFixed(2)} ${quote.total!.currency}`);
  const placed = await partner.call<PartnerOrderAnswer>(`${EXTERNAL}/orders`, {
    method: 'POST',
    headers: { 'idempotency-key': newId() },
    body: {
      ...terms,
      quoteId: quote.id,
      accept: true,
      reference: 'PO-2026-1',
      contact: { name: 'Demo Jewellers', email: 'orders@jewellers.example' },
      deliveryAddress: {
        recipient: 'Demo Jewellers',
        line1: 'Bolshaya Konyushennaya 1',
        line2: '',
        city: 'Saint Petersburg',
        postcode: '191186',
        country: 'RU',
      },
    },
  });
  tell(`The order ${placed.number} is ${placed.status}`);
  return placed.id;
}

/** Staff take the order from its approval to the parcel, each at their own desk. */
export async function staffMakes(cast: Cast, orderId: string, tell: Tell): Promise<void> {
  await driveSales(cast, orderId, 'shipped');
  tell('A seller approved it');
  await floorMakes(cast, orderId, tell);
}

/** The floor's part, from wherever the order is in it. */
export async function floorMakes(cast: Cast, orderId: string, tell: Tell): Promise<void> {
  await driveFloor(cast, new Map([[orderId, 'shipped']]));
  tell('Operators made it, quality passed it');
  const { packer } = cast;
  const atPacking = (status: string) =>
    eventually(`the packers see the order as ${status}`, async () => {
      const order = await packer.call<PackingOrder>(`${MES}/orders/${orderId}`);
      return order.status === status ? order : null;
    });
  const { version } = await atPacking('produced');
  await packer.call<PackAnswer>(`${MES}/orders/${orderId}/pack`, {
    method: 'POST',
    body: { commandId: newId(), version },
  });
  const packed = await atPacking('packed');
  await packer.call<PackAnswer>(`${MES}/orders/${orderId}/ship`, {
    method: 'POST',
    body: { commandId: newId(), version: packed.version, carrier: 'CDEK', trackingNumber: 'FL0000000001' },
  });
  tell('A packer packed and shipped it');
}

export interface Truth {
  order: OrderView['order'];
  history: OrderHistory['entries'];
}

/** What the orders room says. */
export async function readTruth({ seller }: Cast, orderId: string): Promise<Truth> {
  const { order } = await seller.call<OrderView>(`${ORDERS}/${orderId}`);
  const { entries } = await seller.call<OrderHistory>(`${ORDERS}/${orderId}/history`);
  return { order, history: entries };
}

/** Versions of the read models once all have reached `version`. Throws, naming them, when one does not. */
export async function readModelsAt(cast: Cast, orderId: string, version: number): Promise<ReadModels> {
  let seen: ReadModels | undefined;
  try {
    return await eventually(
      `every read model has version ${version}`,
      async () => {
        seen = await readModels(cast, orderId);
        return Object.values(seen).every((one) => one === version) ? seen : null;
      },
      READ_MODELS_WITHIN_MS,
    );
  } catch (cause) {
    throw new Error(`The read models stayed at ${JSON.stringify(seen)}; the order has version ${version}`, { cause });
  }
}

async function readModels({ seller, packer, partner }: Cast, orderId: string): Promise<ReadModels> {
  const [card, floor, page] = await Promise.all([
    seller.call<OrderCard>(`${CRM}/orders/${orderId}`).catch(nothingYet),
    packer.call<PackingOrder>(`${MES}/orders/${orderId}`).catch(nothingYet),
    partner.call<PartnerOrderPage>(`${EXTERNAL}/orders`),
  ]);
  return {
    // A card that was completed from the truth says nothing about the read model.
    crm: card && !card.merged ? card.order.version : 0,
    mes: floor?.version ?? 0,
    partners: page.items.find(({ id }) => id === orderId)?.version ?? 0,
  };
}

function nothingYet(error: unknown): null {
  if (error instanceof Refused && error.status === 404) return null;
  throw error;
}
