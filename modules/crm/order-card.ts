import { setTimeout as wait } from 'node:timers/promises';
import type { OrderCard } from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import type { HistoryEntry, OrderHistory, OrderView } from '#contracts/orders';
import type { Sql } from '#platform/database';
import { Fault, type RoomClient } from '#platform/http';
import {
  findOrder,
  freshness,
  readComments,
  readProduction,
  readQuote,
  readTimeline,
  type StoredCard,
  versionOf,
} from './store-orders.ts';

export interface CardAsked {
  orderId: string;
  /** The version that the caller has already seen in an answer; nothing older is given. */
  version?: number | undefined;
  actorToken: string;
}

/** An order that the read model may have still to hear of: it is waited for, then asked of `orders`. */
export async function orderCard(needs: { sql: Sql; orders: RoomClient }, asked: CardAsked): Promise<OrderCard> {
  const { sql } = needs;
  const { orderId, version = 0 } = asked;
  if (version > 0) await waitForVersion(sql, orderId, version);
  const stored = await findOrder(sql, orderId);
  const isBehind = (stored?.order.version ?? 0) < Math.max(version, 1);
  const current = isBehind ? await fromOrders(needs.orders, asked, stored) : await fromReadModel(sql, stored!);

  const [production, comments, quote, asOf] = await Promise.all([
    readProduction(sql, orderId),
    readComments(sql, orderId),
    current.order.quoteId === null ? null : readQuote(sql, current.order.quoteId),
    freshness(sql),
  ]);
  return { ...current, production, comments, quote, merged: isBehind, asOf };
}

type Current = Pick<OrderCard, 'order' | 'statusSince' | 'timeline' | 'assignment'>;

async function fromReadModel(sql: Sql, stored: StoredCard): Promise<Current> {
  return { ...stored, timeline: await readTimeline(sql, stored.order.id) };
}

async function fromOrders(orders: RoomClient, asked: CardAsked, stored: StoredCard | null): Promise<Current> {
  const path = `/api/internal/v1/orders/${asked.orderId}`;
  const { actorToken } = asked;
  const [view, history] = await Promise.all([
    orders.call<OrderView>({ method: 'GET', path, actorToken }),
    orders.call<OrderHistory>({ method: 'GET', path: `${path}/history`, actorToken }),
  ]);
  if (view.status !== 200 || history.status !== 200) throw new Fault(COMMON_ERRORS['resource.not_found']);
  const { order } = view.body;
  // Both were asked at once: a version that came in between is not told of yet.
  const timeline = history.body.entries.filter(({ version }) => version <= order.version);
  return {
    order,
    timeline,
    statusSince: lastStatusChange(timeline) ?? order.placedAt,
    assignment: stored?.assignment ?? { assignee: null, by: null, at: null },
  };
}

function lastStatusChange(timeline: readonly HistoryEntry[]): string | undefined {
  return timeline.findLast((entry) => entry.from !== entry.status)?.at;
}

/** Milliseconds between looks; 300 in all. */
const LOOKS = [5, 10, 20, 40, 75, 150];

async function waitForVersion(sql: Sql, orderId: string, version: number): Promise<void> {
  for (const pause of LOOKS) {
    if ((await versionOf(sql, orderId)) >= version) return;
    await wait(pause);
  }
}
