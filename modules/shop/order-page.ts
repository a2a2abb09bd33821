import { SHOP_ERRORS, type ShopOrderPage } from '#contracts/shop';
import type { View } from '#platform/cache';
import { isoTime } from '#platform/clock';
import { Fault } from '#platform/http';
import type { LiveChanges } from '#platform/live';
import { askOrder } from './ask-orders.ts';
import { type Desk, liveScope } from './desk.ts';
import { findOrder, freshness, type StoredOrder } from './store-orders.ts';

/** How long a reader waits for the read model to reach the version they know of. */
const MOST_WAIT_MS = 300;

export interface Asked {
  buyerId: string;
  token: string;
  orderId: string;
  /** What the reader knows that there is; null when they know of nothing. */
  version: number | null;
}

/** The customer's own order as the read model has it. Version 0: it has none of this number that is theirs. */
export function orderView(buyerId: string, orderId: string): View<{ version: number }> {
  return {
    name: 'my_order',
    key: `${buyerId} ${orderId}`,
    scopes: [liveScope(buyerId)],
    async read(tx) {
      const found = await findOrder(tx, buyerId, orderId);
      return { members: found ?? {}, hidden: { version: found?.order.version ?? 0 } };
    },
  };
}

/**
 * The order from the read model, or, where that is behind `version`, from `orders` itself. Throws 404 for what is not this
 * customer's. With `orders` away an older page is better than none: its `version` and `asOf` say so.
 */
export async function orderPage(desk: Desk, asked: Asked): Promise<ShopOrderPage> {
  const asOf = await freshness(desk.sql);
  const known = (await readModel(desk, asked)) ?? (await readTruth(desk, asked, asOf));
  if (!known) throw new Fault(SHOP_ERRORS['shop.order_not_found']);
  return { asOf, ...known };
}

async function readModel({ sql, live }: Desk, { buyerId, orderId, version }: Asked): Promise<StoredOrder | null> {
  const look = async () => {
    const found = await findOrder(sql, buyerId, orderId);
    return found && found.order.version >= (version ?? 1) ? found : null;
  };
  return version === null ? look() : firstSight(live, liveScope(buyerId), look);
}

async function readTruth(
  { sql, orders, clock }: Desk,
  { buyerId, orderId, token }: Asked,
  asOf: string,
): Promise<(StoredOrder & { asOf: string }) | null> {
  try {
    const truth = await askOrder(orders, buyerId, orderId, token);
    return truth && { ...truth, asOf: isoTime(clock) };
  } catch (error) {
    const older = isAway(error) ? await findOrder(sql, buyerId, orderId) : null;
    if (!older) throw error;
    return { ...older, asOf };
  }
}

function isAway(error: unknown): boolean {
  return error instanceof Fault && error.code === 'room.unavailable';
}

/** Looks at once and after every change of the list, until `look` finds something or the time is up. */
function firstSight<T>(live: LiveChanges, scope: string, look: () => Promise<T | null>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const settle = (answer: () => void) => {
      clearTimeout(timer);
      leave();
      answer();
    };
    const timer = setTimeout(() => settle(() => resolve(null)), MOST_WAIT_MS);
    const tryNow = () => {
      look().then(
        (found) => found && settle(() => resolve(found)),
        (error) => settle(() => reject(error)),
      );
    };
    const leave = live.source(scope).subscribe(null, tryNow);
    tryNow();
  });
}
