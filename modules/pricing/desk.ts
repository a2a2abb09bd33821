import { type Actor, tenantOf } from '#contracts/identity';
import type { Blobs } from '#platform/blobs';
import { appendEvents, type Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import type { Sql } from '#platform/database';
import { type Log, type Metrics, span } from '#platform/telemetry';
import type { PricingRules } from './rules.ts';
import type { StoredQuote } from './store.ts';

/** What every verb of the room works with. */
export interface Desk {
  sql: Sql;
  bus: Bus;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rules: PricingRules;
}

/** Channels that wake, never carry: what is true stands in the tables. */
export const JOBS_CHANNEL = 'pricing_jobs';
export const QUOTES_CHANNEL = 'pricing_quotes';
export const PROGRESS_CHANNEL = 'pricing_progress';

/** Outside of transactions only: a NOTIFY inside one serialises its commit with all others. */
export async function wakeWorkers(sql: Sql): Promise<void> {
  await sql`select pg_notify(${JOBS_CHANNEL}, '')`;
}

/** Tells the workers which runs nobody wants any more. */
export async function stopJobs(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql`select pg_notify(${JOBS_CHANNEL}, id) from unnest(${ids}::text[]) as id`;
}

/** The payload by which a tenant's run of a file is known on the channel of progress. */
export function runKey({ tenant, sha256 }: { tenant: string; sha256: string }): string {
  return `${tenant} ${sha256}`;
}

export async function announceProgress(sql: Sql, run: { tenant: string; sha256: string }): Promise<void> {
  await sql`select pg_notify(${PROGRESS_CHANNEL}, ${runKey(run)})`;
}

export async function announceQuotes(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql`select pg_notify(${QUOTES_CHANNEL}, id) from unnest(${ids}::text[]) as id`;
}

/** Publishes the quote as it is now, in the trace of whoever asked for it. In the caller's transaction. */
export async function publishQuote(tx: Sql, { quote, traceparent }: StoredQuote): Promise<void> {
  const type = EVENT_OF_STATE[quote.state];
  if (!type) return;
  await span(type, { kind: 'producer', parent: traceparent, attributes: quoteAttributes(quote) }, () =>
    appendEvents(tx, [{ type, key: quote.id, data: { quote } }]),
  );
}

const EVENT_OF_STATE = {
  queued: 'quote.queued',
  calculating: 'quote.progress',
  ready: 'quote.ready',
  needs_review: 'quote.needs_review',
  failed: 'quote.failed',
  cancelled: null,
} as const;

function quoteAttributes({ id, orderId }: StoredQuote['quote']): Record<string, string> {
  return { 'quote.id': id, ...(orderId ? { 'order.id': orderId } : {}) };
}

const STAFF = new Set(['seller', 'lead_seller', 'admin']);

/** Sellers and admins see everybody's models and quotes; others those of their tenant, and what they made as themselves before. */
export function mayRead(actor: Actor, tenant: string): boolean {
  return tenantOf(actor) === tenant || actor.id === tenant || actor.roles.some((role) => STAFF.has(role));
}
