import type { Assignment, Customer, Person, PutView, SavedView, ViewQuery } from '#contracts/crm';
import type { Sql } from '#platform/database';
import type { ChangedRow } from './scopes.ts';
import { changedColumns } from './store-orders.ts';

/**
 * Gives an order to somebody, or to nobody, if `seen` is still who has it. Answers the assignment that stands now, and what
 * was changed, null when it is somebody else's; null where there is no such order.
 */
export async function assignOrder(
  tx: Sql,
  orderId: string,
  { assignee, seen, by }: { assignee: Person | null; seen: string | null; by: Person },
): Promise<{ assignment: Assignment; changed: ChangedRow | null } | null> {
  const [order] = await tx<{ holder: string | null }[]>`
    select assignee_id as holder from order_row where id = ${orderId} for update`;
  if (!order) return null;
  let changed: ChangedRow | null = null;
  if (order.holder === seen) {
    const id = assignee?.id ?? null;
    const name = assignee?.name ?? null;
    [changed = null] = await tx<ChangedRow[]>`
      with given as (
        insert into assignment (order_id, assignee_id, assignee_name, by_id, by_name)
        values (${orderId}, ${id}, ${name}, ${by.id}, ${by.name})
        on conflict (order_id) do update set assignee_id = excluded.assignee_id, assignee_name = excluded.assignee_name,
          by_id = excluded.by_id, by_name = excluded.by_name, at = excluded.at
      )
      update order_row set assignee_id = ${id}, assignee_name = ${name} where id = ${orderId}
      returning ${changedColumns(tx)}`;
  }
  return { assignment: await readAssignment(tx, orderId), changed };
}

async function readAssignment(sql: Sql, orderId: string): Promise<Assignment> {
  const [row] = await sql<
    { assignee_id: string | null; assignee_name: string | null; by_id: string; by_name: string; at: string }[]
  >`select assignee_id, assignee_name, by_id, by_name, at from assignment where order_id = ${orderId}`;
  if (!row) return { assignee: null, by: null, at: null };
  return {
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name! },
    by: { id: row.by_id, name: row.by_name },
    at: row.at,
  };
}

export async function listViews(sql: Sql, ownerId: string): Promise<SavedView[]> {
  return sql<SavedView[]>`
    select ${viewColumns(sql)} from saved_view where owner_id = ${ownerId}
    union all
    (select ${viewColumns(sql)} from saved_view where shared and owner_id <> ${ownerId} order by name limit 200)
    order by name, id`;
}

export async function countViews(sql: Sql, ownerId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from saved_view where owner_id = ${ownerId}`;
  return row!.count;
}

/** Makes or replaces a view of this owner. False where the view is somebody else's. */
export async function putView(sql: Sql, id: string, owner: Person, { name, shared, query }: PutView): Promise<boolean> {
  const rows = await sql`
    insert into saved_view as known (id, owner_id, owner_name, name, shared, query)
    values (${id}, ${owner.id}, ${owner.name}, ${name}, ${shared}, ${sql.json(query as ViewQuery & object)})
    on conflict (id) do update set name = excluded.name, shared = excluded.shared, query = excluded.query,
      changed_at = platform.now()
    where known.owner_id = excluded.owner_id returning 1`;
  return rows.length > 0;
}

/** False where this owner has no such view. */
export async function deleteView(sql: Sql, id: string, ownerId: string): Promise<boolean> {
  const rows = await sql`delete from saved_view where id = ${id} and owner_id = ${ownerId} returning 1`;
  return rows.length > 0;
}

function viewColumns(sql: Sql) {
  return sql`id, name, shared, query, jsonb_build_object('id', owner_id, 'name', owner_name) as owner`;
}

export async function findCustomers(sql: Sql, search: string): Promise<Customer[]> {
  const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<Customer[]>`
    select id, name, email, phone, last_order_at as "lastOrderAt" from customer
    where search like ${pattern} order by last_order_at desc limit 20`;
}

export async function findCustomer(sql: Sql, id: string): Promise<Customer | null> {
  const [row] = await sql<Customer[]>`
    select id, name, email, phone, last_order_at as "lastOrderAt" from customer where id = ${id}`;
  return row ?? null;
}
