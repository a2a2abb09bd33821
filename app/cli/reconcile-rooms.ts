import { MOST_IDS } from '#contracts/order-truth';
import { readModel as crmModel } from '#crm';
import { readModel as mesModel } from '#mes';
import { auditOrders, orderTruth, restoreOrders } from '#orders';
import { readModel as partnersModel } from '#partners';
import { consumerAsOf, type Transport } from '#platform/bus';
import type { Sql } from '#platform/database';
import { liveChanges } from '#platform/live';
import {
  type CheckResult,
  type CopyNeeds,
  check,
  type Drift,
  findIncomplete,
  type ReadModel,
  rebuild,
  repair,
  type Truth,
} from '#platform/read-model';
import type { Log } from '#platform/telemetry';
import { unknownQuotes } from '#pricing';
import { readModel as shopModel } from '#shop';

/** What can be compared: the truth with itself, what it refers to, and its copies. */
export const RECONCILED = ['orders', 'pricing', 'crm', 'shop', 'mes', 'partners'] as const;
export type ReconciledRoom = (typeof RECONCILED)[number];

export interface Difference {
  kind: 'missing' | 'behind' | 'wrong' | 'extra';
  /** The order's id; for pricing too. */
  orderId: string;
  /** For a person. */
  what: string;
}

export interface RoomReport {
  room: ReconciledRoom;
  compared: number;
  missing: number;
  behind: number;
  wrong: number;
  extra: number;
  repaired: number;
  /** Orders whose events the copy had not taken when the wait was over. */
  underWay: number;
  /** Differences that are still there. */
  left: number;
  /** The first ones. */
  differences: Difference[];
}

export interface Reconciling {
  sql(room: ReconciledRoom): Sql;
  act: 'compare' | 'repair' | 'rebuild';
  patienceMs: number;
  limit: number;
  over: Transport['name'];
  log: Log;
}

export function reconcileRoom(room: ReconciledRoom, reconciling: Reconciling): Promise<RoomReport> {
  if (room === 'orders') return reconcileOrders(reconciling);
  if (room === 'pricing') return reconcileQuotes(reconciling);
  return reconcileCopy(room, reconciling);
}

type Found = Difference & { isRepaired: boolean };

/** Counts everything and keeps the first. */
function report(room: ReconciledRoom, limit: number) {
  const counted: RoomReport = {
    room,
    compared: 0,
    missing: 0,
    behind: 0,
    wrong: 0,
    extra: 0,
    repaired: 0,
    underWay: 0,
    left: 0,
    differences: [],
  };
  return {
    counted,
    add({ isRepaired, ...difference }: Found): void {
      counted[difference.kind] += 1;
      counted[isRepaired ? 'repaired' : 'left'] += 1;
      if (counted.differences.length < limit) counted.differences.push(difference);
    },
  };
}

async function reconcileOrders({ sql, act, limit }: Reconciling): Promise<RoomReport> {
  const { counted, add } = report('orders', limit);
  for await (const { compared, broken } of auditOrders(sql('orders'))) {
    counted.compared += compared;
    const mendable = broken.filter((one) => one.mendable).map(({ orderId }) => orderId);
    const repairs = act !== 'compare' && mendable.length > 0;
    const mended = new Set(repairs ? await restoreOrders(sql('orders'), mendable) : []);
    for (const { orderId, kind, problem } of broken) {
      add({ kind, orderId, what: problem, isRepaired: mended.has(orderId) });
    }
  }
  return counted;
}

async function reconcileQuotes({ sql, limit }: Reconciling): Promise<RoomReport> {
  const { counted, add } = report('pricing', limit);
  for await (const { quotes } of auditOrders(sql('orders'))) {
    counted.compared += quotes.length;
    const ids = quotes.map(({ quoteId }) => quoteId);
    const unknown = new Set(ids.length > 0 ? await unknownQuotes(sql('pricing'), ids) : []);
    for (const { orderId, quoteId } of quotes.filter((one) => unknown.has(one.quoteId))) {
      add({ kind: 'missing', orderId, what: `There is no quote ${quoteId}`, isRepaired: false });
    }
  }
  return counted;
}

type CopyingRoom = Exclude<ReconciledRoom, 'orders' | 'pricing'>;

async function reconcileCopy(room: CopyingRoom, reconciling: Reconciling): Promise<RoomReport> {
  const { sql, act, limit, log } = reconciling;
  const { counted, add } = report(room, limit);
  const model = modelOf(room, reconciling);
  const truth = orderTruth(sql('orders'));
  if (act === 'rebuild') await rebuild({ model, truth, log });
  const found = await compareCopy(model, truth, reconciling, act !== 'compare');
  const isMending = act !== 'compare' && found.drift.length > 0;
  // What was mended is looked at again: only what is right then counts as repaired.
  const after = isMending ? await compareCopy(model, truth, reconciling, false) : found;
  const wrongStill = new Set(after.drift.map(({ orderId }) => orderId));
  for (const drift of found.drift) {
    add({ kind: drift.kind, orderId: drift.orderId, what: told(drift), isRepaired: !wrongStill.has(drift.orderId) });
  }
  counted.compared = after.compared;
  counted.underWay = after.underWay;
  return counted;
}

/** By digests, and then everything that belongs to each row. */
async function compareCopy(
  model: ReadModel,
  truth: Truth,
  { patienceMs, log }: Pick<Reconciling, 'patienceMs' | 'log'>,
  repairs: boolean,
): Promise<Omit<CheckResult, 'repaired' | 'beyondMending'>> {
  const most = Number.POSITIVE_INFINITY;
  const { compared, drift, underWay } = await check({ model, truth, repairs, patienceMs, most, log });
  const known = new Set(drift.map(({ orderId }) => orderId));
  for await (const incomplete of findIncomplete(model)) {
    const news = incomplete.filter(({ orderId }) => !known.has(orderId));
    drift.push(...news);
    for (let at = 0; repairs && at < news.length; at += MOST_IDS) {
      await repair(model, truth, news.slice(at, at + MOST_IDS));
    }
  }
  return { compared, drift, underWay };
}

function told({ kind, copy, truth }: Drift): string {
  const state = (one: Drift['copy']) => (one ? `version ${one.version} (${one.status})` : 'nothing');
  if (kind === 'extra') return 'The orders know no such order';
  const isAlike = copy?.version === truth?.version && copy?.status === truth?.status;
  return isAlike ? 'Not all that belongs to it is there' : `It has ${state(copy)}, the truth is ${state(truth)}`;
}

function modelOf(room: CopyingRoom, { sql: databaseOf, over, log }: Reconciling): ReadModel {
  const sql = databaseOf(room);
  const live = liveChanges({ sql, room, log });
  const asOf: CopyNeeds['asOf'] = (heard) => consumerAsOf(sql, { ...heard, over });
  const needs = { sql, live, log, asOf };
  switch (room) {
    case 'crm':
      return crmModel(needs);
    case 'shop':
      return shopModel(needs);
    case 'mes':
      return mesModel(needs);
    case 'partners':
      return partnersModel(needs);
  }
}
