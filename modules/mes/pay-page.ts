import type { PayEntry, PayPage } from '#contracts/mes';
import { momentAfter, pageOf } from './cursor.ts';
import type { Floor } from './floor.ts';
import { PAY_CURRENCY } from './pay.ts';
import { type ExportRow, exportPay, listPay, sumPay } from './store-pay.ts';

export interface PayWish {
  /** A month of the floor's calendar, e.g. `2026-11`. */
  period: string;
  cursor?: string;
  limit: number;
}

export async function payPage(
  { sql, settings }: Floor,
  personId: string,
  { period, cursor, limit }: PayWish,
): Promise<PayPage> {
  const during = { month: period, timeZone: settings.timeZone };
  const [rows, minor] = await Promise.all([
    listPay(sql, personId, during, momentAfter(cursor), limit + 1),
    sumPay(sql, personId, during),
  ]);
  const { items, next } = pageOf(rows, limit, ({ at, id }) => [at, id]);
  return { personId, period, total: { minor, currency: PAY_CURRENCY }, items, next };
}

const COLUMNS = [
  'entry',
  'at',
  'person',
  'name',
  'kind',
  'order',
  'line',
  'operation',
  'quantity',
  'rate_minor',
  'amount_minor',
  'currency',
  'reverses',
  'reason',
  'recorded_by',
];
const BATCH = 500;

/** Everybody's entries of the period as CSV (RFC 4180), amounts in whole minor units; written as it is read, the head with the first page. */
export async function* payCsv({ sql, settings }: Floor, period: string): AsyncGenerator<string> {
  let head = `${COLUMNS.join(',')}\r\n`;
  for await (const rows of exportPay(sql, { month: period, timeZone: settings.timeZone }, BATCH)) {
    yield head + rows.map((row) => `${csvRow(row)}\r\n`).join('');
    head = '';
  }
  if (head) yield head;
}

function csvRow({ person, entry }: ExportRow): string {
  return [entry.id, entry.at, person.id, person.name, ...amounts(entry)].map(cell).join(',');
}

function amounts(entry: PayEntry): (string | number)[] {
  return [
    entry.kind,
    entry.orderNumber,
    entry.line,
    entry.operationCode,
    entry.quantity,
    entry.rate.minor,
    entry.amount.minor,
    entry.amount.currency,
    entry.reverses ?? '',
    entry.reason,
    entry.recordedBy,
  ];
}

/** A text that a spreadsheet would run as a formula is kept a text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
