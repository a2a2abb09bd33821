import type { World } from './world.ts';

const EVERY_STEPS = 20;

/** Looks into the read models now and again, as somebody who keeps a screen open, and writes down what changed. */
export function watchModels({ database, ledger, scheduler }: World): (now?: boolean) => Promise<void> {
  const last = new Map<string, number>();
  let next = EVERY_STEPS;
  return async (now = false) => {
    if (!now && scheduler.steps < next) return;
    next = scheduler.steps + EVERY_STEPS;
    const rows = await database.admin<{ model: string; id: string; version: number }[]>`
      select 'crm' as model, id, version from crm.order_row
      union all select 'shop', id, version from shop.order_view
      union all select 'mes', order_id, version from mes.floor_order
      union all select 'partners', id, version from partners.order_view
      union all select 'orders', id, version from orders.orders`;
    for (const { model, id, version } of rows) {
      const key = `${model} ${id}`;
      if (last.get(key) === version) continue;
      last.set(key, version);
      ledger.watched.push({ model, orderId: id, version });
    }
  };
}
