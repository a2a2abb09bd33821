import { setTimeout as wait } from 'node:timers/promises';
import type { Order, OrderStatus } from '#contracts/orders';
import { crm, readModel as crmModel } from '#crm';
import { mes, readModel as mesModel } from '#mes';
import { DEFAULT_RULES, orderTruth } from '#orders';
import { partners, readModel as partnersModel } from '#partners';
import { consumerAsOf, openBus, postgresTransport } from '#platform/bus';
import { newId, systemClock } from '#platform/clock';
import type { RoomSpec, Sql } from '#platform/database';
import { roomClient } from '#platform/http';
import { liveChanges } from '#platform/live';
import type { CopyNeeds, ReadModel } from '#platform/read-model';
import { createLog, createMetrics } from '#platform/telemetry';
import { testDatabase } from '#platform/testing';
import { shop, readModel as shopModel } from '#shop';
import { ROOMS } from '../../app/rooms.ts';
import { exampleOrder } from '../../modules/crm/order-examples.ts';
import type { Step } from '../../modules/orders/order.ts';
import { insertOrder, updateOrder } from '../../modules/orders/store.ts';

const ABOUT = { service: 'forgeline', role: 'test', version: '0' };
const LIFE: readonly OrderStatus[] = [
  'submitted',
  'priced',
  'confirmed',
  'approved',
  'in_production',
  'produced',
  'packed',
  'shipped',
  'closed',
];

/** Orders as their room writes them, and the four rooms that copy them by events; no HTTP between them. */
export async function openHouse() {
  const rooms: RoomSpec[] = Object.values(ROOMS).map((room) => ({ ...room, hears: [...room.hears] }));
  const database = await testDatabase({ rooms, ownServer: true });
  const log = createLog({ ...ABOUT, level: 'silent' });
  const metrics = createMetrics(ABOUT);
  const transport = postgresTransport();
  const truthSql = database.sql('orders');
  const parts: { start?(): Promise<void>; stop?(): Promise<void> }[] = [];
  const nobody = roomClient({ origin: 'http://127.0.0.1:1', log });

  const housing = (name: string) => {
    const sql = database.sql(name);
    const bus = openBus({ room: name, sql, transport, log, metrics });
    return { sql, bus, clock: systemClock, log, metrics };
  };
  const models: Record<'crm' | 'shop' | 'partners' | 'mes', ReadModel> = {
    crm: crmModel(needs('crm')),
    shop: shopModel(needs('shop')),
    partners: partnersModel(needs('partners')),
    mes: mesModel(needs('mes')),
  };
  function needs(room: string) {
    const sql = database.sql(room);
    const asOf: CopyNeeds['asOf'] = (heard) => consumerAsOf(sql, { ...heard, over: 'postgres' });
    return { sql, log, live: liveChanges({ sql, room, log }), asOf };
  }

  const orders = housing('orders');
  const own = {
    crm: housing('crm'),
    shop: housing('shop'),
    partners: housing('partners'),
    mes: housing('mes'),
  };
  parts.push(
    orders.bus,
    crm({
      ...own.crm,
      rooms: { orders: nobody, identity: nobody, pricing: nobody },
      timeZone: 'UTC',
      keeping: { truth: orderTruth(truthSql), everySeconds: 0 },
    }),
    shop({ ...own.shop, rooms: { orders: nobody } }),
    partners({ ...own.partners, rooms: { orders: nobody, identity: nobody, pricing: nobody }, exchangeProof: 'x' }),
    mes({ ...own.mes, rooms: { orders: nobody } }),
    ...Object.values(own).map(({ bus }) => bus),
  );
  for (const part of parts) await part.start?.();

  /** One more version: the next status, or the same. */
  async function change(order: Order, to: OrderStatus = nextOf(order)): Promise<Order> {
    const next = stepOf(order, to);
    const isSaved = await updateOrder(truthSql, [next], DEFAULT_RULES, null);
    orders.bus.hint();
    return isSaved ? next.order : order;
  }

  return {
    database,
    log,
    models,
    truth: orderTruth(truthSql),
    truthSql,
    change,
    /** A new order; every third is a partner's. */
    async place(parts: Partial<Order> = {}): Promise<Order> {
      const order = await insertNew(truthSql, parts);
      orders.bus.hint();
      return order;
    },
    /** Resolves once every model has taken every event there is. */
    async settled(): Promise<void> {
      for (;;) {
        const now = Date.now();
        const ages = await Promise.all(Object.values(models).map((model) => model.asOf()));
        if (ages.every((asOf) => Date.parse(asOf ?? '') > now)) return;
        await wait(5);
      }
    },
    async close() {
      for (const part of parts.reverse()) await part.stop?.();
      await database.close();
    },
  };
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/** As the orders room writes it; nobody is woken. */
export async function insertNew(sql: Sql, parts: Partial<Order> = {}): Promise<Order> {
  const template = exampleOrder(parts);
  const order = { ...template, version: 0, status: 'submitted' as const, number: `FL-${template.id}` };
  const first = stepOf(order, 'submitted', null);
  const { id } = first.change.cause;
  const answer = { orderId: order.id, number: order.number, version: 1, status: 'submitted' as const };
  const remembered = { ...answer, possible: [], repeated: false };
  await insertOrder(sql, [first], DEFAULT_RULES, { id, fingerprint: 'x', answer: remembered });
  return first.order;
}

export function partnerBuyer(): Order['buyer'] {
  return { kind: 'partner', id: newId(), name: 'Client', email: 'client@example.com', phone: '' };
}

function nextOf({ status }: Order): OrderStatus {
  return LIFE[Math.min(LIFE.indexOf(status) + 1, LIFE.length - 1)]!;
}

function stepOf(before: Order, status: OrderStatus, from: OrderStatus | null = before.status): Step {
  const at = new Date().toISOString();
  const order: Order = { ...before, version: before.version + 1, status, updatedAt: at };
  return {
    order,
    eventType: from === status ? 'order.amended' : `order.${status}`,
    change: {
      version: order.version,
      at,
      name: from === null ? 'place' : 'change',
      from,
      status,
      actor: { id: order.buyer.id, name: order.buyer.name, role: order.buyer.kind },
      cause: { kind: 'command', id: newId() },
      reason: '',
    },
  };
}

/** Everything that a model holds, in an order that does not depend on how it came about. */
export async function contentOf(sql: Sql, tables: readonly string[]): Promise<Record<string, unknown[]>> {
  const content: Record<string, unknown[]> = {};
  for (const table of tables) {
    const rows = await sql<{ row: unknown }[]>`
      select to_jsonb(t) as row from ${sql(table)} t order by to_jsonb(t)::text`;
    content[table] = rows.map(({ row }) => row);
  }
  return content;
}
