import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Money } from '#contracts/basics';
import type { Order } from '#contracts/orders';
import { csvLine } from './csv.ts';
import { exampleItem, exampleOrder, exampleQuote } from './order-examples.ts';
import { proForma, proFormaPdf } from './pro-forma.ts';

const roubles = (minor: number): Money => ({ minor, currency: 'RUB' });
const priced = (parts: Partial<Order> = {}) => exampleOrder(parts) as Order & { total: Money };
const plain = (text: string) => text.replaceAll(/\s/g, ' ');
const defaults = {
  quote: null,
  catalogue: null,
  timeZone: 'Europe/Moscow',
  today: new Date('2026-03-02T22:30:00.000Z'),
} as const;

test('a Russian pro forma adds up and is dated by the shop floor', () => {
  const order = priced({ reference: 'PO-7' });
  const content = proForma({ ...defaults, order, quote: exampleQuote(order), language: 'ru' });
  assert.equal(content.title, `Счёт-проформа ${order.number}`);
  assert.deepEqual(content.facts[0], ['Дата', '3 марта 2026 г.']);
  assert.deepEqual(content.facts.at(-1), ['Ваш номер заказа', 'PO-7']);
  assert.deepEqual(content.lines[0]?.cells.map(plain), ['1', '3', '1 500,00 ₽', '4 500,00 ₽']);
  assert.deepEqual(
    content.sums.map(([label, sum]) => [label, plain(sum)]),
    [
      ['Доставка', '200,00 ₽'],
      ['Налог', '100,00 ₽'],
    ],
  );
  assert.deepEqual(content.total.map(plain), ['Итого', '4 800,00 ₽']);
});

test('what the quote does not explain is one sum, and nothing is no line', () => {
  const order = priced();
  const english = { ...defaults, language: 'en' } as const;
  assert.deepEqual(proForma({ ...english, order }).sums, [['Shipping and tax', 'RUB 300.00'.replace(' ', '\u00a0')]]);
  const otherwise = exampleQuote(order, { tax: roubles(1) });
  assert.equal(proForma({ ...english, order, quote: otherwise }).sums[0]?.[0], 'Shipping and tax');
  assert.deepEqual(proForma({ ...english, order: priced({ total: roubles(450_000) }) }).sums, []);
});

test('the validity of the price is told while it is an offer', () => {
  const offer = { quoteExpiresAt: '2026-03-16T09:00:00.000Z' };
  const labels = (order: Order & { total: Money }) =>
    proForma({ ...defaults, order, language: 'en' }).facts.map(([label]) => label);
  assert.ok(labels(priced({ ...offer, status: 'priced' })).includes('Valid until'));
  assert.ok(!labels(priced({ ...offer, status: 'approved' })).includes('Valid until'));
});

test('many parts take several pages, with Cyrillic letters embedded', async () => {
  const items = Array.from({ length: 60 }, (_, index) =>
    exampleItem(`кольцо с очень длинным именем файла ${index}.stl`),
  );
  const pdf = (await buffer(proFormaPdf(proForma({ ...defaults, order: priced({ items }), language: 'ru' })))).toString(
    'latin1',
  );
  const pages = pdf.match(/\/Type \/Page\b/g)!.length;
  assert.ok(pages >= 4 && pages <= 8, `${pages} pages`);
  assert.match(pdf, /DejaVuSans/);
});

test('a spreadsheet reads back what was written, and takes nothing for a formula', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'ж', '"', ',', ';', '\n', '\r', '=', '+', '-', '@', ' ') });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1 }), fc.constantFrom(',', ';'), (values, separator) => {
      const read = readCsvLine(csvLine(values, separator), separator);
      assert.deepEqual(
        read.map((value) => value.replace(/^'(?=[=+\-@\t\r])/, '')),
        values,
      );
      assert.ok(read.every((value) => !/^[=+\-@\t\r]/.test(value)));
    }),
  );
});

/** RFC 4180, one record. */
function readCsvLine(line: string, separator: string): string[] {
  const values: string[] = [];
  let at = 0;
  while (at < line.length) {
    const quoted = line[at] === '"';
    const cell = quoted ? /"((?:[^"]|"")*)"/y : new RegExp(`([^${separator}\r\n]*)`, 'y');
    cell.lastIndex = at;
    const [whole, text] = cell.exec(line)!;
    values.push(quoted ? text!.replaceAll('""', '"') : text!);
    at += whole.length;
    if (line.startsWith('\r\n', at)) break;
    at += 1;
  }
  return values;
}
