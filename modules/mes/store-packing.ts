import type { PackingOrder, Parcel } from '#contracts/mes';
import type { Address } from '#contracts/orders';
import type { Sql } from '#platform/database';
import type { Urgency } from './store-lists.ts';

interface PackingColumns {
  order_id: string;
  number: string;
  version: number;
  status: PackingOrder['status'];
  hold: string | null;
  rush: boolean;
  rank: number;
  due_at: string;
  placed_at: string;
  buyer_name: string;
  delivery_address: Address;
  items: PackingOrder['items'];
  parcels: Parcel[];
}

export interface ListedOrder {
  order: PackingOrder;
  urgency: Urgency;
}

const selectOrders = (sql: Sql) => sql`
  select floor_order.*, items, parcels,
    coalesce(hold_reason, held_items.reason) as hold
  from floor_order
  cross join lateral (
    select jsonb_agg(jsonb_build_object('itemId', item_id, 'line', line, 'fileName', file_name, 'material', material,
      'finish', finish, 'quantity', quantity, 'made', made, 'packed', packed, 'shipped', shipped) order by line) as items
    from floor_item where floor_item.order_id = floor_order.order_id
  ) as listed
  cross join lateral (
    select min(hold_reason) as reason from floor_item where floor_item.order_id = floor_order.order_id
  ) as held_items
  cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object('id', id, 'carrier', carrier, 'trackingNumber', tracking_number,
      'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'by', packed_by, 'lines', lines)
      order by at), '[]') as parcels
    from parcel where parcel.order_id = floor_order.order_id
  ) as sent`;

/** Orders to be packed or shipped, urgent first. */
export async function listPacking(sql: Sql, after: Urgency | null, limit: number): Promise<ListedOrder[]> {
  const further = after
    ? sql`and (rank, due_at, placed_at, order_id)
        > (${after[0]}::smallint, ${after[1]}::timestamptz, ${after[2]}::timestamptz, ${after[3]}::uuid)`
    : sql``;
  const rows = await sql<PackingColumns[]>`
    ${selectOrders(sql)} where status in ('produced', 'packed') ${further}
    order by rank, due_at, placed_at, order_id limit ${limit}`;
  return rows.map((row) => ({
    order: toOrder(row),
    urgency: [row.rank, row.due_at, row.placed_at, row.order_id] as Urgency,
  }));
}

export async function readPackingOrder(sql: Sql, orderId: string): Promise<PackingOrder | null> {
  const [row] = await sql<PackingColumns[]>`${selectOrders(sql)} where order_id = ${orderId}`;
  return row ? toOrder(row) : null;
}

export async function orderIdOf(sql: Sql, number: string): Promise<string | null> {
  const [row] = await sql<{ order_id: string }[]>`select order_id from floor_order where number = ${number}`;
  return row?.order_id ?? null;
}

export interface NewParcel {
  id: string;
  orderId: string;
  personId: string;
  commandId: string;
  packedBy: string;
  carrier: string;
  trackingNumber: string;
  lines: Parcel['lines'];
}

/** The parcel of this command: the one that is there already when the command is repeated. Returns its id. */
export async function insertParcel(tx: Sql, parcel: NewParcel): Promise<string> {
  const { id, orderId, personId, commandId, packedBy, carrier, trackingNumber, lines } = parcel;
  const [row] = await tx<{ id: string }[]>`
    insert into parcel (id, order_id, person_id, command_id, packed_by, carrier, tracking_number, lines)
    values (${id}, ${orderId}, ${personId}, ${commandId}, ${packedBy}, ${carrier}, ${trackingNumber}, ${tx.json(lines)})
    on conflict (person_id, command_id) do update set carrier = parcel.carrier
    returning id`;
  return row!.id;
}

export async function readParcel(sql: Sql, parcelId: string): Promise<{ orderId: string; parcel: Parcel } | null> {
  const [row] = await sql<(Omit<Parcel, 'lines'> & { orderId: string; lines: Parcel['lines'] })[]>`
    select order_id as "orderId", id, carrier, tracking_number as "trackingNumber", at, packed_by as by, lines
    from parcel where id = ${parcelId}`;
  if (!row) return null;
  const { orderId, ...parcel } = row;
  return { orderId, parcel };
}

function toOrder(row: PackingColumns): PackingOrder {
  return {
    orderId: row.order_id,
    number: row.number,
    version: row.version,
    status: row.status,
    hold: row.hold,
    rush: row.rush,
    dueAt: row.due_at === 'infinity' ? null : row.due_at,
    placedAt: row.placed_at,
    buyerName: row.buyer_name,
    deliveryAddress: row.delivery_address,
    items: row.items,
    parcels: row.parcels,
  };
}
