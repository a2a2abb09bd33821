import { setImmediate as breath } from 'node:timers/promises';
import type { Money } from '#contracts/basics';
import type { Recheck } from '#contracts/price-lists';
import type { Quote } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import { priceTogether } from './price.ts';
import type { PriceList } from './price-list.ts';
import { lineRequest, pricedAgain } from './quote.ts';
import { FIRST_ID } from './store.ts';
import { findPriceList, quotesAfter } from './store-price-lists.ts';

const CHUNK = 20;
const MOST_SHOWN = 100;

/**
 * Calculates stored ready quotes again from what they keep, each by its own price list, and compares the cents of the total
 * and of every line. In order of their ids, from `after` on; `next` is where to go on.
 */
export async function recheckQuotes(
  sql: Sql,
  { after = FIRST_ID, limit = 2_000 }: { after?: string | undefined; limit?: number | undefined } = {},
): Promise<Recheck> {
  const lists = new Map<string, PriceList>();
  const differing: Recheck['differing'] = [];
  let checked = 0;
  let last = after;
  while (checked < limit) {
    const wanted = Math.min(CHUNK, limit - checked);
    const chunk = await quotesAfter(sql, last, wanted);
    for (const quote of chunk) {
      const list = lists.get(quote.priceListVersion) ?? (await findPriceList(sql, quote.priceListVersion));
      lists.set(list.version, list);
      const again = calculatedAgain(quote, list);
      if (!again.same && differing.length < MOST_SHOWN) {
        differing.push({ quoteId: quote.id, stored: quote.total!, again: again.total, list: list.version });
      }
      await breath();
    }
    checked += chunk.length;
    last = chunk.at(-1)?.id ?? last;
    if (chunk.length < wanted) return { checked, differing, next: null };
  }
  return { checked, differing, next: last };
}

function calculatedAgain(quote: Quote, list: PriceList): { same: boolean; total: Money | null } {
  if (quote.items.some((item) => !item.report || !lineRequest(item, quote, list))) return { same: false, total: null };
  const lines = quote.items.map((item) => pricedAgain(item, quote, list));
  const { total } = priceTogether(lines, list);
  const linesAgree = quote.items.every(({ total: stored }, i) => stored?.minor === lines[i]!.total.minor);
  return { same: linesAgree && total.minor === quote.total!.minor, total };
}
