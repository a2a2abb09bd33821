import { setImmediate as breath } from 'node:timers/promises';
import type { Currency, Money } from '#contracts/basics';
import { MOST_QUOTES_TRIED, PRICE_LIST_ERRORS, type WhatIf } from '#contracts/price-lists';
import type { Quote } from '#contracts/pricing';
import { isoTime } from '#platform/clock';
import { Fault } from '#platform/http';
import { checkPriceList } from './check-price-list.ts';
import type { Desk } from './desk.ts';
import { judgeItem } from './judge-item.ts';
import { type PricedLine, priceTogether } from './price.ts';
import type { PriceList } from './price-list.ts';
import { lineRequest } from './quote.ts';
import { findDraft, readyQuotes } from './store-price-lists.ts';

/** Bodies with their reports are large: this many are in memory at a time. */
const CHUNK = 20;
const MOST_SHOWN = 10;
/** Bounds of relative change; the outermost bins have no end. */
const EDGES: readonly number[] = [-0.5, -0.2, -0.1, -0.05, -0.01, 0.01, 0.05, 0.1, 0.2, 0.5];
/** One at a time in this process: it is an admin's, and it is all computation. */
let isTrying = false;

/**
 * Replays a draft over the newest ready quotes of its currency.
 * @throws Fault `price_list.not_found`, `price_list.invalid`, `price_list.busy`
 */
export async function tryDraft(desk: Desk, id: string, quotes = MOST_QUOTES_TRIED): Promise<WhatIf> {
  const draft = await findDraft(desk.sql, id);
  if (!draft) throw new Fault(PRICE_LIST_ERRORS['price_list.not_found']);
  const now = isoTime(desk.clock);
  const problems = checkPriceList(draft.body, now);
  if (problems.length > 0) throw new Fault(PRICE_LIST_ERRORS['price_list.invalid'], { members: { problems } });
  if (isTrying) throw new Fault(PRICE_LIST_ERRORS['price_list.busy'], { retryAfterSeconds: 5 });
  isTrying = true;
  try {
    const list: PriceList = { ...draft.body, version: draft.name, currency: draft.currency, validFrom: now };
    return await replay(desk, list, quotes);
  } finally {
    isTrying = false;
  }
}

async function replay({ sql }: Desk, list: PriceList, most: number): Promise<WhatIf> {
  const tally = new Tally(list.currency);
  let before: string | undefined;
  for (let left = most; left > 0; left -= CHUNK) {
    const chunk = await readyQuotes(sql, list.currency, { before, limit: Math.min(CHUNK, left) });
    for (const quote of chunk) {
      tally.add(quote, totalUnder(quote, list));
      // Between quotes others are served.
      await breath();
    }
    before = chunk.at(-1)?.id;
    if (chunk.length < CHUNK) break;
  }
  return tally.result();
}

/** What the quote would cost under this list, or the code of the reason why it would have no price. */
export function totalUnder(quote: Quote, list: PriceList): Money | string {
  const lines: PricedLine[] = [];
  for (const item of quote.items) {
    const request = lineRequest(item, quote, list);
    if (!request) return 'quote.material_unknown';
    const judged = judgeItem(item.report!, item.specification.unit, request, list);
    if (!judged.line) return judged.problem.code;
    lines.push(judged.line);
  }
  const { total } = priceTogether(lines, list);
  return Number.isSafeInteger(total.minor) ? total : 'quote.too_large';
}

class Tally {
  readonly #currency: Currency;
  readonly #bins = new Array<number>(EDGES.length + 1).fill(0);
  readonly #lostQuotes: WhatIf['lostQuotes'] = [];
  #movers: WhatIf['movers'] = [];
  #quotes = 0;
  #priced = 0;
  #unchanged = 0;
  // Thousands of safe integers may add up to one that is not.
  #before = 0n;
  #after = 0n;

  constructor(currency: Currency) {
    this.#currency = currency;
  }

  add(quote: Quote, after: Money | string): void {
    this.#quotes += 1;
    const about = {
      quoteId: quote.id,
      createdAt: quote.createdAt,
      fileName: quote.items[0]?.specification.fileName ?? '',
    };
    if (typeof after === 'string') {
      if (this.#lostQuotes.length < MOST_SHOWN) this.#lostQuotes.push({ ...about, code: after });
      return;
    }
    const before = quote.total!;
    const change = after.minor / before.minor - 1;
    this.#priced += 1;
    this.#before += BigInt(before.minor);
    this.#after += BigInt(after.minor);
    this.#bins[EDGES.filter((edge) => change >= edge).length]! += 1;
    if (after.minor === before.minor) this.#unchanged += 1;
    else this.#remember({ ...about, before, after, change });
  }

  #remember(mover: WhatIf['movers'][number]): void {
    this.#movers.push(mover);
    this.#movers.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
    this.#movers = this.#movers.slice(0, MOST_SHOWN);
  }

  result(): WhatIf {
    return {
      quotes: this.#quotes,
      priced: this.#priced,
      unchanged: this.#unchanged,
      lost: this.#quotes - this.#priced,
      before: { minor: Number(this.#before), currency: this.#currency },
      after: { minor: Number(this.#after), currency: this.#currency },
      histogram: this.#bins.map((quotes, i) => ({ from: EDGES[i - 1] ?? null, to: EDGES[i] ?? null, quotes })),
      movers: this.#movers,
      lostQuotes: this.#lostQuotes,
    };
  }
}
