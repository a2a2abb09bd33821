import type { HistoryEntry, Order } from '#contracts/orders';
import { foldStatus } from '../../modules/orders/items.ts';
import { TRANSITIONS } from '../../modules/orders/transitions.ts';
import type { Violation, Witness } from './witness.ts';

/** Every promised order exists exactly once; the same command id always got the same answer, and was carried out once. */
export async function acceptedOnce({ database, ledger }: Witness): Promise<Violation[]> {
  const found: Violation[] = [];
  const say = (orderId: string, detail: string) => found.push({ invariant: 'accepted-once', orderId, detail });
  const first = new Map<string, string>();
  for (const { actorId, commandId, name, subjectId, text } of ledger.answers) {
    const key = `${actorId} ${commandId}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, text);
    else if (before !== text) say(subjectId, `${name} ${commandId} was answered ${before} and then ${text}`);
  }
  const placed = await database('orders')<{ id: string; commandId: string; orders: number }[]>`
    select o.id, h.change #>> '{cause,id}' as "commandId",
           count(*) over (partition by h.change #>> '{cause,id}')::int as orders
    from orders.orders o join orders.history h on h.order_id = o.id and h.version = 1`;
  const byCommand = new Map(placed.map((row) => [row.commandId, row]));
  for (const { id, commandId, orders } of placed) {
    if (orders > 1) say(id, `command ${commandId} placed ${orders} orders`);
  }
  for (const { name, commandId, subjectId } of ledger.answers) {
    if (name !== 'place') continue;
    const row = byCommand.get(commandId);
    if (!row) say(subjectId, `command ${commandId} was promised this order, and there is none`);
    else if (row.id !== subjectId) say(subjectId, `command ${commandId} was promised this order and placed ${row.id}`);
  }
  return found;
}

/** A command was carried out on the version that its sender had seen, and on no other. */
export async function seenVersion({ database, ledger }: Witness): Promise<Violation[]> {
  const rows = await database('orders')<{ orderId: string; first: number; commandId: string }[]>`
    select order_id as "orderId", min(version) as first, change #>> '{cause,id}' as "commandId"
    from orders.history where change #>> '{cause,kind}' = 'command' group by 1, 3`;
  const firstOf = new Map(rows.map((row) => [`${row.orderId} ${row.commandId}`, row.first]));
  return ledger.answers.flatMap(({ room, name, subjectId, commandId, sentVersion }) => {
    if (room !== 'orders' || sentVersion === null) return [];
    const made = firstOf.get(`${subjectId} ${commandId}`);
    if (made === sentVersion + 1) return [];
    const detail = `${name} ${commandId} named version ${sentVersion} and made ${made ?? 'none'}`;
    return [{ invariant: 'seen-version', orderId: subjectId, detail }];
  });
}

interface Told {
  orderId: string;
  version: number;
  change: HistoryEntry;
  state: Order;
}

/** History is contiguous 1..n, every edge is in the table, the row is the last entry and the fold of its items. */
export async function historyWhole({ database }: Witness): Promise<Violation[]> {
  const found: Violation[] = [];
  const say = (orderId: string, detail: string) => found.push({ invariant: 'history-whole', orderId, detail });
  const sql = database('orders');
  const entries = await sql<Told[]>`
    select order_id as "orderId", version, change, state from orders.history order by order_id, version`;
  const rows = await sql<{ id: string; version: number; status: string; isLast: boolean }[]>`
    select o.id, o.version, o.status, o.body = h.state as "isLast"
    from orders.orders o left join orders.history h on h.order_id = o.id and h.version = o.version`;
  const byOrder = Map.groupBy(entries, ({ orderId }) => orderId);
  for (const { id, version, status, isLast } of rows) {
    const told = byOrder.get(id) ?? [];
    byOrder.delete(id);
    for (const problem of problemsOf(told)) say(id, problem);
    const last = told.at(-1);
    if (last?.version !== version) say(id, `the row has version ${version}, the history ends with ${last?.version}`);
    else if (!isLast || last.state.status !== status) say(id, 'the row is not the last state of its history');
  }
  for (const id of byOrder.keys()) say(id, 'there is a history and no order');
  return found;
}

function problemsOf(told: readonly Told[]): string[] {
  let before: HistoryEntry['status'] | null = null;
  return told.flatMap(({ version, change, state }, index) => {
    const problems = [];
    if (version !== index + 1) problems.push(`version ${version} stands where ${index + 1} belongs`);
    if (change.version !== version || state.version !== version) problems.push(`${version} holds another version`);
    if (change.from !== before) problems.push(`${version} comes from ${change.from}, and it was ${before}`);
    if (change.status !== state.status) problems.push(`${version} says ${change.status} and is ${state.status}`);
    if (!isLegal(change)) problems.push(`${version}: ${change.name} leads from ${change.from} to ${change.status}`);
    const folded = foldStatus(state.status, state.items);
    if (folded !== state.status) problems.push(`${version} is ${state.status}, its items say ${folded}`);
    before = change.status;
    return problems;
  });
}

/** A machine's fact may come where its edge is closed: then the status stays and a person decides. */
function isLegal({ name, from, status }: HistoryEntry): boolean {
  if (name.startsWith('production_') && from === status) return true;
  return TRANSITIONS.some(
    (row) =>
      row.name === name &&
      (from === null ? row.from.length === 0 : row.from.includes(from)) &&
      row.to.includes(status) &&
      (row.to !== row.from || from === status),
  );
}
