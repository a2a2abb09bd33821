import type { CommandAnswer, HistoryEntry, Order, OrderDigest } from '#contracts/orders';
import type { Sql } from '#platform/database';
import { currentTraceparent } from '#platform/telemetry';
import type { Step } from './order.ts';
import { nextTimer, type Rules } from './transitions.ts';

/** A command as it is remembered: who asked for what, and what they were told. */
export interface AnsweredCommand {
  id: string;
  fingerprint: string;
  answer: CommandAnswer;
}

interface Remembered {
  fingerprint: string | null;
  answer: CommandAnswer | null;
}

export type Known = Pick<AnsweredCommand, 'fingerprint' | 'answer'> | null;

/** The order and what this command id was answered before, in one round trip. */
export async function loadForCommand(
  sql: Sql,
  orderId: string,
  commandId: string,
): Promise<{ order: Order | null; known: Known }> {
  const [row] = await sql<(Remembered & { body: Order | null })[]>`
    select o.body, c.fingerprint, c.answer
    from (select ${orderId}::uuid as order_id, ${commandId}::uuid as command_id) asked
    left join orders o on o.id = asked.order_id
    left join command c on c.id = asked.command_id`;
  return { order: row!.body, known: asKnown(row!) };
}

/** What this command id was answered before; when never, the number for a new order (numbers may have gaps). */
export async function beginPlacing(sql: Sql, commandId: string): Promise<{ known: Known; number: string }> {
  const [row] = await sql<(Remembered & { number: string | null })[]>`
    select c.fingerprint, c.answer, case when c.id is null then 'FL-' || nextval('order_number') end as number
    from (select ${commandId}::uuid as command_id) asked left join command c on c.id = asked.command_id`;
  return { known: asKnown(row!), number: row!.number ?? '' };
}

function asKnown({ fingerprint, answer }: Remembered): Known {
  return fingerprint !== null && answer !== null ? { fingerprint, answer } : null;
}

/** Inserts a new order. False: this command id was answered meanwhile, nothing was written. */
export async function insertOrder(
  sql: Sql,
  steps: readonly Step[],
  rules: Rules,
  command: AnsweredCommand,
): Promise<boolean> {
  const order = steps.at(-1)!.order;
  return writeSteps(sql, steps, command, () => {
    return sql`
      insert into orders (id, number, version, status, timer_at, body)
      select ${order.id}, ${order.number}, ${order.version}, ${order.status}, ${timerAt(order, rules)}, body
      from last_step returning id`;
  });
}

/** Writes an order's next versions if it still has the version before them. False: it has not, nothing was written. */
export async function updateOrder(
  sql: Sql,
  steps: readonly Step[],
  rules: Rules,
  command: AnsweredCommand | null,
): Promise<boolean> {
  const order = steps.at(-1)!.order;
  const versionBefore = steps[0]!.order.version - 1;
  return writeSteps(sql, steps, command, () => {
    return sql`
      update orders
      set version = ${order.version}, status = ${order.status}, timer_at = ${timerAt(order, rules)}, body = last_step.body
      from last_step
      where id = ${order.id} and version = ${versionBefore} returning id`;
  });
}

function timerAt(order: Order, rules: Rules): string | null {
  return nextTimer(order, rules)?.at ?? null;
}

/** One statement for row, history, outbox and answer: they are all there, or none. The row's lock keeps the outbox in order. */
async function writeSteps(
  sql: Sql,
  steps: readonly Step[],
  command: AnsweredCommand | null,
  saving: () => ReturnType<Sql>,
): Promise<boolean> {
  const answering = command
    ? sql`, answered as (
        insert into command (id, order_id, fingerprint, answer)
        select ${command.id}, id, ${command.fingerprint}, ${JSON.stringify(command.answer)}::text::json from saved)`
    : sql``;
  try {
    const [row] = await sql<{ count: number }[]>`
      with steps as (
        select position, step -> 'order' as body, step -> 'change' as change, step ->> 'eventType' as topic
        from jsonb_array_elements(${sql.json(steps as never)}) with ordinality as given (step, position)
      ), last_step as (
        select body from steps order by position desc limit 1
      ), saved as (${saving()})
      , logged as (
        insert into history (order_id, version, change, state)
        select saved.id, (change ->> 'version')::int, change, body from steps, saved
      )${answering}, told as (
        insert into bus.feed (topic, key, body, traceparent)
        select topic, saved.id::text, jsonb_build_object('order', body, 'change', change), ${currentTraceparent()}
        from steps, saved order by position
      )
      select count(*) from saved`;
    return row!.count === 1;
  } catch (error) {
    if (isAnsweredMeanwhile(error)) return false;
    throw error;
  }
}

function isAnsweredMeanwhile(error: unknown): boolean {
  const { code, constraint_name: constraint } = error as { code?: string; constraint_name?: string };
  return code === '23505' && constraint === 'command_pkey';
}

export async function findOrder(sql: Sql, orderId: string): Promise<Order | null> {
  const [row] = await sql<{ body: Order }[]>`select body from orders where id = ${orderId}`;
  return row?.body ?? null;
}

/** The orders, held until the transaction ends; in the order of ids, so that two who lock several never wait for each other. */
export async function lockOrders(tx: Sql, orderIds: readonly string[]): Promise<Map<string, Order>> {
  if (orderIds.length === 0) return new Map();
  const rows = await tx<{ body: Order }[]>`
    select body from orders where id = any (${orderIds as string[]}::uuid[]) order by id for update`;
  return new Map(rows.map(({ body }) => [body.id, body]));
}

/** An order whose timer is due, held until the transaction ends; those that others hold are passed over. */
export async function lockDueOrder(tx: Sql): Promise<{ order: Order; now: string } | null> {
  const [row] = await tx<{ body: Order; now: string }[]>`
    select body, platform.now() as now from orders
    where timer_at <= platform.now() order by timer_at limit 1 for update skip locked`;
  return row ? { order: row.body, now: new Date(row.now).toISOString() } : null;
}

/** Sets the timer to what the present rules say: they may have changed since the order was saved. */
export async function resetTimer(tx: Sql, order: Order, rules: Rules): Promise<void> {
  await tx`update orders set timer_at = ${timerAt(order, rules)} where id = ${order.id}`;
}

export async function findHistory(sql: Sql, orderId: string): Promise<HistoryEntry[]> {
  const rows = await sql<{ change: HistoryEntry }[]>`
    select change from history where order_id = ${orderId} order by version`;
  return rows.map(({ change }) => change);
}

/** Id, version and status of the orders after `after`, by id. */
export async function listDigests(sql: Sql, after: string | null, limit: number): Promise<OrderDigest[]> {
  return sql<OrderDigest[]>`
    select id, version, status from orders
    where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}`;
}

export async function countActive(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) from orders where status not in ('closed', 'cancelled', 'rejected')`;
  return row!.count;
}
