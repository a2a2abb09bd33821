import { type Clock, isoTime } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { Log } from '#platform/telemetry';
import { announceQuotes, publishQuote } from './desk.ts';
import type { PriceList } from './price-list.ts';
import { type News, settleQuote } from './quote.ts';
import type { PricingRules } from './rules.ts';
import { FIRST_ID, lockPendingQuotes, type StoredQuote, updateQuote } from './store.ts';
import { finishJob, type LeasedJob, type SettledJob, settleLater, takeUnsettled } from './store-leases.ts';
import type { Outcome } from './store-outcomes.ts';
import { findPriceList } from './store-price-lists.ts';

/** What is needed to tell quotes the news of their models. */
export interface Settler {
  sql: Sql;
  clock: Clock;
  log: Log;
  rules: PricingRules;
}

/** That a calculation has begun is news for people who watch; a job with thousands of quotes is measured first. */
const MOST_TOLD_OF_BEGINNING = 100;
/** Whoever settles has this long for it until somebody else comes to help: each quote is settled by one of them. */
const CLAIM_MS = 6_000;
/** A quote that cannot be settled is tried again after so long. */
const AGAIN_MS = 60_000;

/** Tells the tenant's waiting quotes that their model is being measured. It is no harm when that fails: they wait on. */
export async function tellOfBeginning(settler: Settler, { tenant, sha256 }: LeasedJob): Promise<void> {
  const limit = MOST_TOLD_OF_BEGINNING;
  try {
    const { changed } = await settler.sql.begin((tx) =>
      settleNext(settler, tx, { tenant, sha256, outcome: null }, { after: FIRST_ID, limit }),
    );
    await announceQuotes(settler.sql, changed);
  } catch (err) {
    settler.log.warn({ err, sha256, event: 'quote.begin' }, 'Quotes could not be told that their model is measured');
  }
}

/**
 * Writes a run's outcome under the job's fence, and settles the quotes that wait for it: the first of them in the same
 * transaction, thousands more in others, which somebody else takes over if this worker dies. False when the fence is old:
 * then nothing is written.
 */
export async function finish(settler: Settler, job: LeasedJob, outcome: Outcome): Promise<boolean> {
  const { sql, rules } = settler;
  const limit = rules.settleBatch;
  const done = await sql.begin(async (tx) => {
    const stands = await finishJob(tx, job, outcome);
    if (!stands) return null;
    const news = { ...job, outcome: stands };
    try {
      // In a savepoint: a quote that cannot be settled must not cost the run.
      const batch = await tx.begin((inner) => settleNext(settler, inner, news, { after: FIRST_ID, limit }));
      if (batch.last) await settleLater(tx, job.id, CLAIM_MS);
      return { ...batch, news };
    } catch (err) {
      logStuck(settler, job, err);
      await settleLater(tx, job.id, CLAIM_MS);
      return { changed: [], last: FIRST_ID, news };
    }
  });
  if (!done) return false;
  await announceQuotes(sql, done.changed);
  if (done.last) await settleRest(settler, job, done.news, done.last);
  return true;
}

/** Settles quotes whose model is measured, and whose worker died or failed before it had told all of them. */
export async function settleLeftOver(settler: Settler): Promise<void> {
  for (const { job, outcome } of await takeUnsettled(settler.sql, CLAIM_MS)) {
    await settleRest(settler, job, { ...job, outcome }, FIRST_ID);
  }
}

async function settleRest(settler: Settler, job: SettledJob, news: NewsOfFile, from: string): Promise<void> {
  const { sql, rules } = settler;
  let isStuck = false;
  let limit = rules.settleBatch;
  for (let after: string | null = from; after !== null; ) {
    const range: Range = { after, limit };
    try {
      const batch: Batch = await sql.begin((tx) => settleNext(settler, tx, news, range));
      await announceQuotes(sql, batch.changed);
      after = batch.last;
    } catch (err) {
      if (limit > 1) {
        // One of them cannot be settled: each by itself from here on.
        limit = 1;
        continue;
      }
      isStuck = true;
      logStuck(settler, job, err);
      after = await idAfter(sql, news, range.after);
    }
  }
  await settleLater(sql, job.id, isStuck ? AGAIN_MS : null);
}

function logStuck({ log }: Settler, { sha256 }: Pick<SettledJob, 'sha256'>, err: unknown): void {
  log.error({ err, sha256, event: 'quote.stuck' }, 'A quote could not be settled; it is tried again');
}

/** The id of the quote that could not be settled: go on behind it. */
async function idAfter(sql: Sql, news: NewsOfFile, after: string): Promise<string | null> {
  const [stuck] = await sql.begin((tx) => lockPendingQuotes(tx, news, { after, limit: 1 }));
  return stuck?.quote.id ?? null;
}

interface NewsOfFile {
  tenant: string;
  sha256: string;
  /** Null: it is being measured. */
  outcome: Outcome | null;
}

interface Range {
  after: string;
  limit: number;
}

interface Batch {
  /** Ids of the quotes that changed. */
  changed: string[];
  /** The last one that was looked at, when there may be more. */
  last: string | null;
}

/** Brings the next of the tenant's waiting quotes up to what is known of this file. */
async function settleNext(
  settler: Settler,
  tx: Sql,
  { tenant, sha256, outcome }: NewsOfFile,
  range: Range,
): Promise<Batch> {
  const news: News = { outcomes: new Map(outcome ? [[sha256, outcome]] : []), running: new Set([sha256]) };
  const lists = new Map<string, PriceList>();
  const waiting = await lockPendingQuotes(tx, { tenant, sha256 }, range);
  const changed: string[] = [];
  for (const stored of waiting) {
    const version = stored.quote.priceListVersion;
    const list = lists.get(version) ?? (await findPriceList(tx, version));
    lists.set(version, list);
    if (await settleOne(settler, tx, stored, news, list)) changed.push(stored.quote.id);
  }
  return { changed, last: waiting.length < range.limit ? null : waiting.at(-1)!.quote.id };
}

async function settleOne(
  { clock, log, rules }: Settler,
  tx: Sql,
  { quote, traceparent }: StoredQuote,
  news: News,
  list: PriceList,
): Promise<boolean> {
  const settled = settleQuote(quote, news, list, isoTime(clock), rules.quoteDays);
  if (settled === quote) return false;
  await updateQuote(tx, settled);
  await publishQuote(tx, { quote: settled, traceparent });
  const { id: quoteId, orderId, state } = settled;
  log.info({ quoteId, ...(orderId && { orderId }), event: `quote.${state}` }, 'Quote settled');
  return true;
}
