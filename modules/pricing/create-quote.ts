import { type Actor, tenantOf } from '#contracts/identity';
import type { Order, Specification } from '#contracts/orders';
import { PRICING_ERRORS, type Quote, type RequestQuote } from '#contracts/pricing';
import { isoTime, newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { currentTraceparent } from '#platform/telemetry';
import { admit, requestAnalysis } from './admit.ts';
import { announceQuotes, type Desk, mayRead, publishQuote, wakeWorkers } from './desk.ts';
import { KERNEL_VERSION } from './geometry/index.ts';
import { findFinish, findMaterial, type PriceList } from './price-list.ts';
import { isPending, newQuote, type QuoteRequest, settleQuote } from './quote.ts';
import type { Lane } from './rules.ts';
import { countPendingQuotes, findModels, insertQuote, type UploadedModel } from './store.ts';
import { livePriceList } from './store-price-lists.ts';
import { areAskedFor, lockOutcomes } from './store-queue.ts';

/**
 * Prices models of the actor's tenant (a seller: of anybody): at once where their geometry is known, else when it is.
 * @throws Fault `quote.model_unknown`, `quote.material_unknown`, `pricing.backlog_full`
 */
export async function createQuote(desk: Desk, actor: Actor, request: RequestQuote): Promise<Quote> {
  const models = new Map(
    (await findModels(desk.sql, [...new Set(request.items.map(({ modelId }) => modelId))])).map((model) => [
      model.id,
      model,
    ]),
  );
  const list = await livePriceList(desk.sql, request.currency);
  const items = request.items.map((item) => ({
    id: newId(desk.clock),
    specification: specificationOf(item, models.get(item.modelId), actor, list),
  }));
  await refuseHoarding(desk, tenantOf(actor));
  const lane = await laneFor(desk, actor, items);
  const { currency, leadTier, rush = false } = request;
  const asked = { id: newId(desk.clock), tenant: tenantOf(actor), orderId: null, items, currency, leadTier, rush };
  const quote = await desk.sql.begin((tx) =>
    writeQuote(desk, tx, { ...asked, kernelVersion: KERNEL_VERSION }, { list, lane, orderVersion: null }),
  );
  await tell(desk, quote!);
  return quote!;
}

/** All quotes that wait for a model are settled in one transaction: their number has to be bounded. */
async function refuseHoarding({ sql, rules }: Desk, tenant: string): Promise<void> {
  const limit = rules.pendingQuotesPerTenant;
  const waiting = await countPendingQuotes(sql, tenant, limit);
  if (waiting < limit) return;
  throw new Fault(PRICING_ERRORS['pricing.backlog_full'], { retryAfterSeconds: 5, members: { waiting, limit } });
}

/** A quote for models that are in the queue anyway adds nothing to it. */
async function laneFor(desk: Desk, actor: Actor, items: readonly { specification: Specification }[]): Promise<Lane> {
  const hashes = items.map(({ specification }) => specification.sha256);
  if (await areAskedFor(desk.sql, tenantOf(actor), hashes, KERNEL_VERSION)) return 'interactive';
  return admit(desk.sql, actor, desk.rules);
}

function specificationOf(
  item: RequestQuote['items'][number],
  model: UploadedModel | undefined,
  actor: Actor,
  list: PriceList,
): Specification {
  if (!model || !mayRead(actor, model.tenant)) {
    throw new Fault(PRICING_ERRORS['quote.model_unknown'], { members: { modelId: item.modelId } });
  }
  const material = findMaterial(list, item.material);
  const finish = material && findFinish(material, item.finish);
  if (!finish) {
    const possible = material ? material.finishes.map(({ id }) => id) : list.materials.map(({ id }) => id);
    throw new Fault(PRICING_ERRORS['quote.material_unknown'], {
      detail: material ? `${material.id} does not come ${item.finish}` : `${item.material} is not in the price list`,
      members: { possible },
    });
  }
  return {
    modelId: model.id,
    sha256: model.sha256,
    fileName: model.fileName,
    unit: item.unit,
    material: item.material,
    process: material.process,
    finish: finish.id,
    quantity: item.quantity,
    note: item.note ?? '',
  };
}

/**
 * The calculation of an order that was placed without a price, in the order's own transaction of being heard. Always
 * taken, whatever the backlog. Null when this version of the order has its quote already.
 */
export async function quoteOrder(desk: Desk, tx: Sql, order: Order): Promise<Quote | null> {
  const list = await livePriceList(tx, order.currency);
  const lane: Lane = order.buyer.kind === 'partner' ? 'partner' : 'interactive';
  const items = order.items.map(({ id, specification }) => ({ id, specification }));
  const { currency, leadTier, rush } = order;
  const asked = { id: newId(desk.clock), tenant: order.buyer.id, orderId: order.id, items, currency, leadTier, rush };
  const about = { list, lane, orderVersion: order.version };
  return writeQuote(desk, tx, { ...asked, kernelVersion: KERNEL_VERSION }, about);
}

/** Jobs first, then their locks, then the quote: nothing can be finished in between and be missed. */
async function writeQuote(
  desk: Desk,
  tx: Sql,
  request: QuoteRequest,
  { list, lane, orderVersion }: { list: PriceList; lane: Lane; orderVersion: number | null },
): Promise<Quote | null> {
  const { tenant } = request;
  const specifications = request.items.map(({ specification }) => specification);
  const sizes = await sizesOf(tx, specifications);
  const hashes = [...new Set(specifications.map(({ sha256 }) => sha256))].sort();
  for (const sha256 of hashes) await requestAnalysis(tx, { tenant, sha256, bytes: sizes.get(sha256) ?? 0, lane });
  const news = await lockOutcomes(tx, tenant, hashes, KERNEL_VERSION);
  const now = isoTime(desk.clock);
  const quote = settleQuote(newQuote(request, list, now), news, list, now, desk.rules.quoteDays);
  const first: Quote = { ...quote, version: 1 };
  const traceparent = currentTraceparent();
  if (!(await insertQuote(tx, first, { traceparent, orderVersion }))) return null;
  await publishQuote(tx, { quote: first, traceparent });
  return first;
}

async function sizesOf(tx: Sql, specifications: Specification[]): Promise<Map<string, number>> {
  const models = await findModels(tx, [...new Set(specifications.map(({ modelId }) => modelId))]);
  return new Map(models.map(({ sha256, bytes }) => [sha256, bytes]));
}

/** After the commit. */
export async function tell(desk: Desk, quote: Quote): Promise<void> {
  desk.bus.hint();
  await announceQuotes(desk.sql, [quote.id]);
  if (isPending(quote)) await wakeWorkers(desk.sql);
  const { id: quoteId, orderId, state } = quote;
  desk.log.info({ quoteId, ...(orderId && { orderId }), event: `quote.${state}` }, 'Quote made');
}
