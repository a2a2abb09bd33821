import type { Currency } from '#contracts/basics';
import type { LeadTier, Specification } from '#contracts/orders';
import type { LeadTierTotal, Quote, QuoteItem } from '#contracts/pricing';
import { judgeItem, type Problem } from './judge-item.ts';
import { figuresInMillimetres, type LineRequest, type PricedLine, priceLine, priceTogether } from './price.ts';
import { findFinish, findMaterial, type PriceList } from './price-list.ts';
import { aroundQuantity } from './quantity-prices.ts';
import type { Outcome } from './store-queue.ts';

const DAY_MS = 86_400_000;

export interface QuoteRequest {
  id: string;
  tenant: string;
  orderId: string | null;
  items: { id: string; specification: Specification }[];
  currency: Currency;
  leadTier: LeadTier;
  rush: boolean;
  kernelVersion: string;
}

/** A quote in which nothing is known yet. */
export function newQuote(request: QuoteRequest, list: PriceList, now: string): Quote {
  const { items, ...head } = request;
  return {
    ...head,
    version: 1,
    state: 'queued',
    items: items.map(
      ({ id, specification }): QuoteItem => ({
        id,
        specification: completed(specification, list),
        state: 'queued',
        problem: null,
        report: null,
        unitPrice: null,
        total: null,
        breakdown: [],
      }),
    ),
    shipping: null,
    tax: null,
    total: null,
    priceListVersion: list.version,
    createdAt: now,
    readyAt: null,
    expiresAt: null,
    queue: null,
  };
}

/** Process and finish follow from the material where the buyer did not choose. */
function completed(specification: Specification, list: PriceList): Specification {
  const material = findMaterial(list, specification.material);
  const finish = specification.finish || material?.finishes[0]?.id || '';
  return { ...specification, process: material?.process ?? specification.process, finish };
}

export function isPending({ state }: Pick<Quote | QuoteItem, 'state'>): boolean {
  return state === 'queued' || state === 'calculating';
}

export interface News {
  outcomes: ReadonlyMap<string, Outcome>;
  /** Files that a worker has begun with. */
  running: ReadonlySet<string>;
}

/** The quote with what is known by now. The same quote when there is nothing new. */
export function settleQuote(quote: Quote, news: News, list: PriceList, now: string, quoteDays: number): Quote {
  const items = quote.items.map((item) => settleItem(item, quote, news, list));
  if (items.every((item, i) => item.state === quote.items[i]!.state)) return quote;
  const state = foldStates(items);
  const settled: Quote = { ...quote, version: quote.version + 1, items, state };
  if (isPending(settled)) return settled;
  const finished: Quote = { ...settled, readyAt: now };
  if (state !== 'ready') return finished;
  const sums = priceTogether(
    finished.items.map((item) => pricedAgain(item, quote, list)),
    list,
  );
  if (!Number.isSafeInteger(sums.total.minor)) return tooLargeToAddUp(finished);
  return {
    ...finished,
    ...sums,
    items: finished.items.map((item) => withQuantities(item, quote, list)),
    leadTiers: leadTierTotals(finished, list),
    expiresAt: new Date(Date.parse(now) + quoteDays * DAY_MS).toISOString(),
  };
}

function withQuantities(item: QuoteItem, quote: Quote, list: PriceList): QuoteItem {
  const figures = figuresInMillimetres(item.report!, item.specification.unit);
  return { ...item, quantities: aroundQuantity(figures, lineRequest(item, quote, list)!, list) };
}

/** What the quote would cost at each delivery time; at its own, exactly its total. */
export function leadTierTotals(quote: Quote, list: PriceList): LeadTierTotal[] {
  return list.leadTiers.map(({ id, workingDays }) => {
    const lines = quote.items.map((item) => pricedAgain(item, { ...quote, leadTier: id }, list));
    const { total } = priceTogether(lines, list);
    return { id, workingDays, total: Number.isSafeInteger(total.minor) ? total : null };
  });
}

/** Each line can be told to the cent, their sum cannot: a person prices it. */
function tooLargeToAddUp(quote: Quote): Quote {
  const items = quote.items.map((item) => ({
    ...withoutPrice(item, TOO_LARGE),
    unitPrice: null,
    total: null,
    breakdown: [],
  }));
  return { ...quote, state: 'needs_review', items };
}

const TOO_LARGE: Problem = {
  code: 'quote.too_large',
  message: 'The price is too large to be added up',
  hint: 'Check the units and the quantities; or wait for a seller to look at it.',
};

function settleItem(item: QuoteItem, quote: Quote, { outcomes, running }: News, list: PriceList): QuoteItem {
  if (!isPending(item)) return item;
  const outcome = outcomes.get(item.specification.sha256);
  if (!outcome) return running.has(item.specification.sha256) ? { ...item, state: 'calculating' } : item;
  if (outcome.failure) return withoutPrice(item, outcome.failure);
  const request = lineRequest(item, quote, list);
  if (!request) return { ...withoutPrice(item, NOT_IN_LIST), report: outcome.report };
  const judged = judgeItem(outcome.report, item.specification.unit, request, list);
  const { state, problem, thickness, unitQuestion, warnings } = judged;
  const known = { ...item, state, problem, thickness, unitQuestion, warnings, report: outcome.report };
  if (!judged.line) return known;
  const { total, unitPrice, breakdown } = judged.line;
  return { ...known, total, unitPrice, breakdown };
}

const NOT_IN_LIST: Problem = {
  code: 'quote.material_unknown',
  message: 'The price list has no such material or finish',
  hint: 'Choose another one; or wait for a seller to look at it.',
};

/** A file that is no model has failed; one that the kernel could not finish is for a person. */
function withoutPrice(item: QuoteItem, problem: Problem): QuoteItem {
  const isSetAside = problem.code.startsWith('analysis.') || problem.code.startsWith('quote.');
  return { ...item, state: isSetAside ? 'needs_review' : 'failed', problem };
}

export function lineRequest(item: QuoteItem, quote: Quote, list: PriceList): LineRequest | null {
  const { material: id, finish: finishId, quantity } = item.specification;
  const material = findMaterial(list, id);
  const finish = material && findFinish(material, finishId || undefined);
  if (!finish) return null;
  return { material, finish, quantity, leadTier: quote.leadTier, rush: quote.rush };
}

/** Of an item that has a price: the line, calculated again from what the quote keeps. The same cents, always. */
export function pricedAgain(item: QuoteItem, quote: Quote, list: PriceList): PricedLine {
  return priceLine(figuresInMillimetres(item.report!, item.specification.unit), lineRequest(item, quote, list)!, list);
}

function foldStates(items: readonly QuoteItem[]): Quote['state'] {
  if (items.every(({ state }) => state === 'queued')) return 'queued';
  if (items.some(isPending)) return 'calculating';
  if (items.some(({ state }) => state === 'failed')) return 'failed';
  return items.some(({ state }) => state === 'needs_review') ? 'needs_review' : 'ready';
}
