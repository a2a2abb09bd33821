import { setTimeout as wait } from 'node:timers/promises';
import { type BucketDigest, MOST_IDS } from '#contracts/order-truth';
import type { OrderDigest } from '#contracts/orders';
import type { Drift, DriftKind, ReadModel, Truth } from './contract.ts';
import { digestsOfBuckets, digestsOfIds, readBuckets } from './digests.ts';

/** Buckets compared row by row at once: at a million orders some thirty thousand rows. */
const BUCKETS_AT_ONCE = 8;
/** Milliseconds between looks whether the copy has caught up. */
const LOOK_EVERY_MS = 50;

export interface Comparison {
  /** Orders in the truth. */
  compared: number;
  /** Which buckets differ. */
  buckets: number[];
}

/** Compares all of them at the price of one scan on each side. What is merely under way differs too. */
export async function compareBuckets(model: ReadModel, truth: Truth): Promise<Comparison> {
  const [{ items: theirs }, ours] = await Promise.all([
    truth.buckets(model.scope),
    readBuckets(model.sql, model.table),
  ]);
  return { compared: theirs.reduce((sum, { rows }) => sum + rows, 0), buckets: unequal(theirs, ours) };
}

function unequal(theirs: readonly BucketDigest[], ours: readonly BucketDigest[]): number[] {
  const byNumber = new Map(ours.map((one) => [one.bucket, one]));
  const numbers = new Set([...theirs, ...ours].map(({ bucket }) => bucket));
  for (const { bucket, rows, digest } of theirs) {
    const own = byNumber.get(bucket);
    if (own?.rows === rows && own.digest === digest) numbers.delete(bucket);
  }
  return [...numbers].sort((a, b) => a - b);
}

export interface Findings {
  drift: Drift[];
  /** Orders that differed and whose events the copy has still to take. */
  underWay: number;
}

/**
 * Tells drift from what is under way, bucket by bucket: only what still differs after the copy has passed the moment of
 * the comparison is drift. Waits for that at most `patienceMs` in all; what was not passed by then counts as under way.
 */
export async function* findDrift(
  model: ReadModel,
  truth: Truth,
  { buckets, patienceMs }: { buckets: readonly number[]; patienceMs: number },
): AsyncGenerator<Findings> {
  const deadline = Date.now() + patienceMs;
  for (let at = 0; at < buckets.length; at += BUCKETS_AT_ONCE) {
    const some = buckets.slice(at, at + BUCKETS_AT_ONCE);
    const { items, asOf } = await truth.digests(model.scope, { buckets: some });
    const copies = await digestsOfBuckets(model.sql, model.table, some);
    const suspects = differences(items, copies);
    if (suspects.length === 0) continue;
    // Only what the copy lacks may still come.
    const passed = suspects.some(isLate) && (await passes(model, asOf, deadline));
    for (let from = 0; from < suspects.length; from += MOST_IDS) {
      yield confirm(model, truth, suspects.slice(from, from + MOST_IDS), passed);
    }
  }
}

async function passes(model: ReadModel, moment: string, deadline: number): Promise<boolean> {
  for (;;) {
    const asOf = await model.asOf();
    if (asOf !== null && Date.parse(asOf) > Date.parse(moment)) return true;
    if (Date.now() >= deadline) return false;
    await wait(LOOK_EVERY_MS);
  }
}

/** The copy is read before the truth: what it has by then, the truth has too. */
async function confirm(model: ReadModel, truth: Truth, suspects: readonly Drift[], passed: boolean): Promise<Findings> {
  const ids = suspects.map(({ orderId }) => orderId);
  const copies = byId(await digestsOfIds(model.sql, model.table, ids));
  const truths = byId((await truth.digests(model.scope, { ids })).items);
  const drift: Drift[] = [];
  let underWay = 0;
  for (const { orderId, truth: before } of suspects) {
    const copy = copies.get(orderId) ?? null;
    const now = truths.get(orderId) ?? null;
    const kind = kindOf(copy, now);
    if (kind === null) continue;
    // It may have changed again since: the copy owes only the version that was there when it was first compared.
    const isOwed = !isLate({ kind }) || (passed && before !== null && (copy?.version ?? 0) < before.version);
    if (isOwed) drift.push({ orderId, kind, copy, truth: now });
    else underWay += 1;
  }
  return { drift, underWay };
}

function isLate({ kind }: Pick<Drift, 'kind'>): boolean {
  return kind === 'missing' || kind === 'behind';
}

/** How the copies differ from the truths; null entries left out. */
export function differences(truths: readonly OrderDigest[], copies: readonly OrderDigest[]): Drift[] {
  const ours = byId(copies);
  const theirs = byId(truths);
  const ids = [...theirs.keys(), ...[...ours.keys()].filter((id) => !theirs.has(id))];
  return ids.flatMap((orderId): Drift[] => {
    const copy = ours.get(orderId) ?? null;
    const truth = theirs.get(orderId) ?? null;
    const kind = kindOf(copy, truth);
    return kind === null ? [] : [{ orderId, kind, copy, truth }];
  });
}

type State = { version: number; status: string };

function kindOf(copy: State | null, truth: State | null): DriftKind | null {
  if (!truth) return copy ? 'extra' : null;
  if (!copy) return 'missing';
  if (copy.version < truth.version) return 'behind';
  return copy.version > truth.version || copy.status !== truth.status ? 'wrong' : null;
}

function byId(digests: readonly OrderDigest[]): Map<string, State> {
  return new Map(digests.map(({ id, version, status }) => [id, { version, status }]));
}
