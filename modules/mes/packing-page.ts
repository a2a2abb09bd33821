import { COMMON_ERRORS } from '#contracts/errors';
import type { PackingOrder, PackingPage } from '#contracts/mes';
import { Fault } from '#platform/http';
import { pageOf, urgencyAfter } from './cursor.ts';
import type { Floor } from './floor.ts';
import { readNow } from './store.ts';
import { listPacking, orderIdOf, readPackingOrder } from './store-packing.ts';

export async function packingPage(
  { sql }: Floor,
  { cursor, limit }: { cursor?: string; limit: number },
): Promise<PackingPage> {
  const asOf = await readNow(sql);
  const rows = await listPacking(sql, urgencyAfter(cursor), limit + 1);
  const { items, next } = pageOf(rows, limit, ({ urgency }) => urgency);
  return { items: items.map(({ order }) => order), next, asOf };
}

export async function packingOrder({ sql }: Floor, orderId: string): Promise<PackingOrder> {
  const order = await readPackingOrder(sql, orderId);
  if (!order) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return order;
}

/** By what a scanner reads or a person types: `FL-100042`, or a traveller's `FL-100042/1/2`. */
export async function lookUpOrder(floor: Floor, code: string): Promise<PackingOrder> {
  const [number = ''] = code.trim().toUpperCase().split('/');
  const orderId = await orderIdOf(floor.sql, number);
  if (!orderId) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return packingOrder(floor, orderId);
}
