import type { OrderEvent } from '#contracts/orders';
import type { Sql } from '#platform/database';
import type { PlannedOperation } from './job.ts';
import type { Production } from './production.ts';
import type { RouteStep } from './routes.ts';
import type { Because } from './store.ts';

type Order = OrderEvent['order'];

/** One item of an order as the floor keeps it. `route` is null until its first job. */
export interface ItemRecord extends Production {
  readonly process: string;
  readonly quantity: number;
  readonly route: RouteStep[] | null;
}

/** Keeps the higher version of the order and its items; false when this one is not news. Locks order and items. */
export async function saveOrder(tx: Sql, order: Order): Promise<boolean> {
  const [saved] = await tx`
    insert into floor_order
      (order_id, number, version, status, hold_reason, rush, due_at, placed_at, buyer_name, delivery_address)
    values (${order.id}, ${order.number}, ${order.version}, ${order.status}, ${order.hold?.reason ?? null}, ${order.rush},
      ${order.dueAt ?? 'infinity'}, ${order.placedAt}, ${order.buyer.name}, ${tx.json(order.deliveryAddress)})
    on conflict (order_id) do update set
      version = excluded.version, status = excluded.status, hold_reason = excluded.hold_reason, rush = excluded.rush,
      due_at = excluded.due_at, buyer_name = excluded.buyer_name, delivery_address = excluded.delivery_address,
      changed_at = platform.now()
    where floor_order.version < excluded.version
    returning 1`;
  if (!saved) return false;
  const items = order.items.map((item) => ({
    item_id: item.id,
    line: item.line,
    model_id: item.specification.modelId,
    sha256: item.specification.sha256,
    file_name: item.specification.fileName,
    unit: item.specification.unit,
    material: item.specification.material,
    process: item.specification.process,
    finish: item.specification.finish,
    quantity: item.specification.quantity,
    note: item.specification.note,
    hold_reason: item.hold?.reason ?? null,
    packed: item.packed,
    shipped: item.shipped,
  }));
  await tx`
    insert into floor_item (item_id, order_id, line, model_id, sha256, file_name, unit, material, process, finish,
      quantity, note, hold_reason, packed, shipped)
    select item_id, ${order.id}, line, model_id, sha256, file_name, unit, material, process, finish,
      quantity, note, hold_reason, packed, shipped
    from jsonb_to_recordset(${tx.json(items)}) as given (item_id uuid, line integer, model_id uuid, sha256 text,
      file_name text, unit text, material text, process text, finish text, quantity integer, note text,
      hold_reason text, packed integer, shipped integer)
    order by item_id
    on conflict (item_id) do update set
      line = excluded.line, model_id = excluded.model_id, sha256 = excluded.sha256, file_name = excluded.file_name,
      unit = excluded.unit, material = excluded.material, process = excluded.process, finish = excluded.finish,
      quantity = excluded.quantity, note = excluded.note, hold_reason = excluded.hold_reason,
      packed = excluded.packed, shipped = excluded.shipped`;
  return true;
}

export async function readItem(tx: Sql, itemId: string): Promise<ItemRecord> {
  const [row] = await tx<ItemRecord[]>`
    select order_id as "orderId", item_id as "itemId", process, quantity, route, version,
      started_at as "startedAt", made, scrapped
    from floor_item where item_id = ${itemId}`;
  if (!row) throw new Error(`No item ${itemId}`);
  return row;
}

export async function setRoute(tx: Sql, itemId: string, route: readonly RouteStep[]): Promise<void> {
  await tx`update floor_item set route = ${tx.json(route as never)} where item_id = ${itemId}`;
}

export async function saveProduction(tx: Sql, production: Production): Promise<void> {
  await tx`
    update floor_item set version = ${production.version}, started_at = ${production.startedAt},
      made = ${production.made}, scrapped = ${production.scrapped}
    where item_id = ${production.itemId}`;
}

export async function hasOpenJob(tx: Sql, itemId: string): Promise<boolean> {
  const [row] = await tx<{ open: boolean }[]>`
    select exists (select from job where item_id = ${itemId} and state = 'open') as open`;
  return row!.open;
}

export interface NewJob {
  id: string;
  itemId: string;
  kind: 'original' | 'remake' | 'rework' | 'split';
  parentJobId: string | null;
  reason: string;
}

/** A job with its operations, placed in the queue by its order's urgency and hold; returns the operations. */
export async function insertJob(
  tx: Sql,
  job: NewJob,
  operations: readonly (PlannedOperation & { id: string })[],
  because: Because,
): Promise<{ id: string; version: number }[]> {
  await tx`
    insert into job (id, item_id, serial, kind, parent_job_id, reason)
    select ${job.id}, ${job.itemId}, coalesce(max(serial), 0) + 1, ${job.kind}, ${job.parentJobId}, ${job.reason}
    from job where item_id = ${job.itemId}`;
  const rows = operations.map((operation) => ({ ...operation }));
  return tx<{ id: string; version: number }[]>`
    with added as (
      insert into operation (id, job_id, item_id, order_id, step, code, work_centre, norm_seconds, state, quantity,
        held, rank, due_at, placed_at, ready_at)
      select given.id, ${job.id}, item_id, order_id, step, code, "workCentre", "normSeconds", state, given.quantity,
        num_nonnulls(floor_order.hold_reason, floor_item.hold_reason) > 0, rank, due_at, placed_at,
        case when state = 'ready' then platform.now() end
      from jsonb_to_recordset(${tx.json(rows as never)}) as given (id uuid, step smallint, code text, "workCentre" text,
          "normSeconds" integer, state text, quantity integer),
        floor_item join floor_order using (order_id)
      where item_id = ${job.itemId}
      returning id, version
    ), logged as (
      insert into operation_log (operation_id, version, name, actor_id, actor_name, text)
      select id, version, ${because.name}, ${because.by.id}, ${because.by.name}, ${because.text ?? ''} from added
    )
    select id, version from added`;
}

/** Brings urgency and hold of the order's unfinished operations up to date; returns those that changed. */
export async function copyUrgency(tx: Sql, orderId: string, because: Because) {
  return tx<{ id: string; version: number }[]>`
    with wanted as (
      select operation.id, num_nonnulls(floor_order.hold_reason, floor_item.hold_reason) > 0 as held,
        floor_order.rank, floor_order.due_at
      from operation join floor_item using (item_id) join floor_order on floor_order.order_id = operation.order_id
      where operation.order_id = ${orderId} and operation.state not in ('done', 'stopped')
    ), changed as (
      update operation set held = wanted.held, rank = wanted.rank, due_at = wanted.due_at, version = version + 1
      from wanted
      where operation.id = wanted.id
        and (operation.held, operation.rank, operation.due_at) is distinct from (wanted.held, wanted.rank, wanted.due_at)
      returning operation.id, operation.version
    ), logged as (
      insert into operation_log (operation_id, version, name, actor_id, actor_name, text)
      select id, version, ${because.name}, ${because.by.id}, ${because.by.name}, ${because.text ?? ''} from changed
    )
    select id, version from changed`;
}

export async function endJobsOfOrder(tx: Sql, orderId: string): Promise<void> {
  await tx`
    update job set state = 'stopped', ended_at = platform.now()
    from floor_item
    where job.item_id = floor_item.item_id and floor_item.order_id = ${orderId} and job.state = 'open'`;
}
