import type { Currency, Money } from '#contracts/basics';
import type { PayEntry } from '#contracts/mes';
import type { Sql } from '#platform/database';
import type { Person } from './operation.ts';
import type { Credit } from './pay.ts';

export interface NewPay {
  kind: PayEntry['kind'];
  person: Person;
  operationId: string;
  quantity: number;
  rate: Money;
  amountMinor: number;
  reverses: string | null;
  reason: string;
  recordedBy: string;
}

/** A credited entry with the pieces that were taken back from it so far. */
export interface CreditRecord extends Credit {
  readonly id: string;
  readonly operationId: string;
  readonly person: Person;
  readonly rate: Money;
  readonly reversed: number;
}

interface CreditColumns {
  id: string;
  operation_id: string;
  person_id: string;
  person_name: string;
  quantity: number;
  rate_minor: number;
  amount_minor: number;
  currency: Currency;
}

/** Appends to the ledger. A second credit of one operation is refused by the table itself. */
export async function insertPay(tx: Sql, pay: NewPay): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into pay_entry (person_id, person_name, operation_id, kind, quantity, rate_minor, amount_minor, currency,
      reverses, reason, recorded_by)
    values (${pay.person.id}, ${pay.person.name}, ${pay.operationId}, ${pay.kind}, ${pay.quantity}, ${pay.rate.minor},
      ${pay.amountMinor}, ${pay.rate.currency}, ${pay.reverses}, ${pay.reason}, ${pay.recordedBy})
    returning id`;
  return row!.id;
}

/** The credit of an operation, locked against other reversals; null when it earned nothing. */
export async function creditOf(tx: Sql, operationId: string): Promise<CreditRecord | null> {
  return lockWhere(tx, tx`operation_id = ${operationId}`);
}

export async function lockCredit(tx: Sql, entryId: string): Promise<CreditRecord | null> {
  return lockWhere(tx, tx`id = ${entryId}`);
}

async function lockWhere(tx: Sql, which: ReturnType<Sql>): Promise<CreditRecord | null> {
  const [row] = await tx<CreditColumns[]>`
    select id, operation_id, person_id, person_name, quantity, rate_minor, amount_minor, currency
    from pay_entry where ${which} and kind <> 'reversal' for update`;
  if (!row) return null;
  const [sum] = await tx<{ reversed: number }[]>`
    select coalesce(sum(quantity), 0)::int as reversed from pay_entry where reverses = ${row.id}`;
  return {
    id: row.id,
    operationId: row.operation_id,
    person: { id: row.person_id, name: row.person_name },
    quantity: row.quantity,
    rate: { minor: row.rate_minor, currency: row.currency },
    amountMinor: row.amount_minor,
    reversed: sum!.reversed,
  };
}

interface PayColumns {
  id: string;
  kind: PayEntry['kind'];
  at: string;
  operation_id: string;
  code: string;
  number: string;
  line: number;
  quantity: number;
  rate_minor: number;
  amount_minor: number;
  currency: Currency;
  reverses: string | null;
  reason: string;
  recorded_by: string;
  person_id: string;
  person_name: string;
}

const selectEntry = (sql: Sql) => sql`
  select pay_entry.*, operation.code, floor_order.number, floor_item.line
  from pay_entry join operation on operation.id = pay_entry.operation_id
  join floor_item on floor_item.item_id = operation.item_id
  join floor_order on floor_order.order_id = operation.order_id`;

export async function readPayEntry(sql: Sql, entryId: string): Promise<PayEntry> {
  const [row] = await sql<PayColumns[]>`${selectEntry(sql)} where pay_entry.id = ${entryId}`;
  return toEntry(row!);
}

/** A month on the floor's clock, e.g. `2026-11`. */
export interface Period {
  month: string;
  timeZone: string;
}

const during = (sql: Sql, { month, timeZone }: Period) => sql`
  pay_entry.at >= (${`${month}-01`}::timestamp at time zone ${timeZone})
  and pay_entry.at < ((${`${month}-01`}::timestamp + interval '1 month') at time zone ${timeZone})`;

export async function listPay(
  sql: Sql,
  personId: string,
  period: Period,
  after: { at: string; id: string } | null,
  limit: number,
): Promise<PayEntry[]> {
  const further = after ? sql`and (pay_entry.at, pay_entry.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``;
  const rows = await sql<PayColumns[]>`
    ${selectEntry(sql)} where pay_entry.person_id = ${personId} and ${during(sql, period)} ${further}
    order by pay_entry.at desc, pay_entry.id desc limit ${limit}`;
  return rows.map(toEntry);
}

/** Minor units; 0 when nothing was credited. */
export async function sumPay(sql: Sql, personId: string, period: Period): Promise<number> {
  const [row] = await sql<{ total: number }[]>`
    select coalesce(sum(amount_minor), 0)::bigint as total from pay_entry
    where person_id = ${personId} and ${during(sql, period)}`;
  return row!.total;
}

export interface ExportRow {
  person: Person;
  entry: PayEntry;
}

/** Everybody’s entries of the period, oldest first, those after `after`. */
export async function exportPay(
  sql: Sql,
  period: Period,
  { after, limit }: { after: { at: string; id: string } | null; limit: number },
): Promise<ExportRow[]> {
  const further = after ? sql`and (pay_entry.at, pay_entry.id) > (${after.at}::timestamptz, ${after.id}::uuid)` : sql``;
  const rows = await sql<PayColumns[]>`
    ${selectEntry(sql)} where ${during(sql, period)} ${further} order by pay_entry.at, pay_entry.id limit ${limit}`;
  return rows.map((row) => ({ person: { id: row.person_id, name: row.person_name }, entry: toEntry(row) }));
}

function toEntry(row: PayColumns): PayEntry {
  return {
    id: row.id,
    kind: row.kind,
    at: row.at,
    operationId: row.operation_id,
    operationCode: row.code,
    orderNumber: row.number,
    line: row.line,
    quantity: row.quantity,
    rate: { minor: row.rate_minor, currency: row.currency },
    amount: { minor: row.amount_minor, currency: row.currency },
    reverses: row.reverses,
    reason: row.reason,
    recordedBy: row.recorded_by,
  };
}
