import type { OrderRow } from '#contracts/crm';

export type Language = 'en' | 'ru';

const HEADERS: Record<Language, readonly string[]> = {
  en: [
    'Number',
    'Status',
    'Since',
    'Placed',
    'Due',
    'Rush',
    'On hold',
    'Buyer',
    'Items',
    'Pieces',
    'Files',
    'Total',
    'Currency',
    'Payment',
    'Source',
    'Assignee',
  ],
  ru: [
    'Номер',
    'Статус',
    'С какого времени',
    'Оформлен',
    'Срок',
    'Срочный',
    'На удержании',
    'Покупатель',
    'Позиций',
    'Штук',
    'Файлы',
    'Сумма',
    'Валюта',
    'Оплата',
    'Источник',
    'Ответственный',
  ],
};

/** Spreadsheets take what begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * The export page by page, the head with the first: UTF-8 with a mark, because Excel takes it for the system's old encoding
 * otherwise.
 */
export async function* csvPages(pages: AsyncIterable<OrderRow[]>, language: Language): AsyncGenerator<string> {
  const separator = language === 'ru' ? ';' : ',';
  let head = `\uFEFF${csvLine(HEADERS[language], separator)}`;
  for await (const rows of pages) {
    yield head + rows.map((row) => csvLine(cells(row, language), separator)).join('');
    head = '';
  }
  if (head) yield head;
}

function cells(row: OrderRow, language: Language): string[] {
  const yes = language === 'ru' ? 'да' : 'yes';
  return [
    row.number,
    row.status,
    row.statusSince,
    row.placedAt,
    row.dueAt ?? '',
    row.rush ? yes : '',
    row.onHold ? yes : '',
    row.buyer.name,
    String(row.items),
    String(row.pieces),
    row.files.join(', '),
    row.total ? decimal(row.total.minor, language) : '',
    row.total?.currency ?? '',
    row.payment,
    row.source,
    row.assignee?.name ?? '',
  ];
}

function decimal(minor: number, language: Language): string {
  const text = (minor / 100).toFixed(2);
  return language === 'ru' ? text.replace('.', ',') : text;
}

/** One line, quoted by RFC 4180, ended by CRLF. */
export function csvLine(values: readonly string[], separator: string): string {
  return `${values.map((value) => csvCell(value, separator)).join(separator)}\r\n`;
}

function csvCell(value: string, separator: string): string {
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /["\r\n]/.test(harmless) || harmless.includes(separator) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
