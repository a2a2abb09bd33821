import type { ToldOrder } from '#contracts/order-truth';
import type { Sql } from '#platform/database';
import type { Drift, ReadModel, Truth } from './contract.ts';
import { digestsOfIds } from './digests.ts';

/**
 * Puts right what still is as it was found, under the rows' locks: each order is asked for again and projected as its events
 * are. Answers the ids of those that are right now. At most MOST_IDS at once.
 */
export async function repair(model: ReadModel, truth: Truth, drift: readonly Drift[]): Promise<string[]> {
  if (drift.length === 0) return [];
  const ids = drift.map(({ orderId }) => orderId);
  const { items: told } = await truth.replay(model.scope, { ids, limit: ids.length });
  return model.sql.begin(async (tx) => {
    const rows = new Map((await digestsOfIds(tx, model.table, ids, true)).map((row) => [row.id, row]));
    const asFound = drift.filter(({ orderId, copy }) => {
      const row = rows.get(orderId);
      return copy ? row?.version === copy.version && row.status === copy.status : !row;
    });
    return putRight(tx, model, asFound, told);
  });
}

async function putRight(tx: Sql, model: ReadModel, drift: readonly Drift[], told: readonly ToldOrder[]) {
  const real = new Map(told.map((one) => [one.order.id, one]));
  const extra = drift.filter(({ kind, orderId }) => kind === 'extra' && !real.has(orderId)).map(idOf);
  const known = drift.filter(({ orderId }) => real.has(orderId));
  const gone = model.remove ? extra : [];
  if (gone.length + known.length === 0) return [];
  if (gone.length > 0) await model.remove!(tx, gone);
  const wrong = known.filter(({ kind }) => kind === 'wrong' || kind === 'extra').map(idOf);
  if (wrong.length > 0) await model.giveWay(tx, wrong);
  await model.project(
    tx,
    known.map(({ orderId }) => real.get(orderId)!),
  );
  await model.announce(tx);
  return [...gone, ...known.map(idOf)];
}

function idOf({ orderId }: Drift): string {
  return orderId;
}
