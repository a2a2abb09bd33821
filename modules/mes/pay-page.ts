import { AsyncResource } from 'node:async_hooks';
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
  { reads, settings }: Floor,
  personId: string,
  { period, cursor, limit }: PayWish,
): Promise<PayPage> {
  const during = { month: period, timeZone: settings.timeZone };
  const after = momentAfter(cursor);
  const [rows, minor] = await reads.read((sql) =>
    Promise.all([listPay(sql, personId, during, after, limit + 1), sumPay(sql, personId, during)]),
  );
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
export async function* payCsv({ reads, settings }: Floor, period: string): AsyncGenerator<string> {
  const month = { month: period, timeZone: settings.timeZone };
  // Later pages are asked for by whoever takes the stream; each has to know what the caller knows.
  const read = AsyncResource.bind((after: ExportRow | null) =>
    reads.read((sql) => exportPay(sql, month, { after: after && momentOf(after), limit: BATCH })),
  );
  let head = `${COLUMNS.join(',')}\r\n`;
  for (let last: ExportRow | null = null; ; ) {
    const rows: ExportRow[] = await read(last);
    if (rows.length > 0 || head) yield head + rows.map((row) => `${csvRow(row)}\r\n`).join('');
    if (rows.length < BATCH) return;
    head = '';
    last = rows.at(-1)!;
  }
}

function momentOf({ entry: { at, id } }: ExportRow): { at: string; id: string } {
  return { at, id };
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
