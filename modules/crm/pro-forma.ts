import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import type { Money } from '#contracts/basics';
import type { Order } from '#contracts/orders';
import type { Catalogue, Quote } from '#contracts/pricing';

export type Language = 'en' | 'ru';

const WORDS = {
  en: {
    title: 'Pro forma invoice',
    date: 'Date',
    validUntil: 'Valid until',
    buyer: 'Buyer',
    deliverTo: 'Deliver to',
    reference: 'Your reference',
    columns: ['No.', 'Part', 'Quantity', 'Unit price', 'Amount'],
    shipping: 'Shipping',
    tax: 'Tax',
    rest: 'Shipping and tax',
    total: 'Total',
    purpose: (number: string) => `Purpose of payment: order ${number}`,
    note: 'This is not a tax document. Production starts once the payment has been recorded.',
  },
  ru: {
    title: 'Счёт-проформа',
    date: 'Дата',
    validUntil: 'Действителен до',
    buyer: 'Покупатель',
    deliverTo: 'Адрес доставки',
    reference: 'Ваш номер заказа',
    columns: ['№', 'Изделие', 'Количество', 'Цена', 'Сумма'],
    shipping: 'Доставка',
    tax: 'Налог',
    rest: 'Доставка и налог',
    total: 'Итого',
    purpose: (number: string) => `Назначение платежа: заказ ${number}`,
    note: 'Документ не является налоговым. Производство начинается после поступления оплаты.',
  },
} as const;

export interface ProForma {
  title: string;
  facts: readonly (readonly [label: string, value: string])[];
  columns: readonly string[];
  lines: readonly { name: string; detail: string; cells: readonly string[] }[];
  sums: readonly (readonly [label: string, value: string])[];
  total: readonly [label: string, value: string];
  notes: readonly string[];
}

export interface ProFormaInput {
  /** Priced: its total is known. */
  order: Order & { total: Money };
  quote: Quote | null;
  /** Names of materials and finishes; without it their ids stand. */
  catalogue: Catalogue | null;
  language: Language;
  timeZone: string;
  today: Date;
}

/** Everything the document says, as text. */
export function proForma({ order, quote, catalogue, language, timeZone, today }: ProFormaInput): ProForma {
  const words = WORDS[language];
  const date = (moment: Date) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(moment);
  const money = ({ minor, currency }: Money) =>
    new Intl.NumberFormat(language, { style: 'currency', currency }).format(minor / 100);
  const { deliveryAddress: to, buyer } = order;
  const facts: [string, string][] = [
    [words.date, date(today)],
    ...(order.quoteExpiresAt && order.status === 'priced'
      ? [[words.validUntil, date(new Date(order.quoteExpiresAt))] as [string, string]]
      : []),
    [words.buyer, [buyer.name, buyer.email, buyer.phone].filter(Boolean).join(', ')],
    [words.deliverTo, [to.recipient, to.line1, to.line2, to.city, to.postcode, to.country].filter(Boolean).join(', ')],
    ...(order.reference ? [[words.reference, order.reference] as [string, string]] : []),
  ];
  return {
    title: `${words.title} ${order.number}`,
    facts,
    columns: words.columns,
    lines: order.items.map(({ line, specification, unitPrice, total }) => ({
      name: specification.fileName,
      detail: partName(specification, catalogue, language),
      cells: [
        String(line),
        new Intl.NumberFormat(language).format(specification.quantity),
        unitPrice ? money(unitPrice) : '–',
        total ? money(total) : '–',
      ],
    })),
    sums: extraSums(order, quote).map(([kind, amount]) => [words[kind], money(amount)]),
    total: [words.total, money(order.total)],
    notes: [words.purpose(order.number), words.note],
  };
}

function partName(
  { material, finish }: { material: string; finish: string },
  catalogue: Catalogue | null,
  language: Language,
): string {
  const known = catalogue?.materials.find((one) => one.id === material);
  const knownFinish = known?.finishes.find((one) => one.id === finish);
  return [known?.name[language] ?? material, knownFinish?.name[language] ?? finish].filter(Boolean).join(', ');
}

/** What stands between the parts and the total. Taken apart as the quote says, if that adds up. */
function extraSums(order: ProFormaInput['order'], quote: Quote | null): ['shipping' | 'tax' | 'rest', Money][] {
  const { currency } = order.total;
  const parts = order.items.reduce((sum, item) => sum + (item.total?.minor ?? 0), 0);
  const rest = order.total.minor - parts;
  if (rest === 0) return [];
  const shipping = quote?.shipping?.minor ?? 0;
  const tax = quote?.tax?.minor ?? 0;
  if (shipping + tax !== rest) return [['rest', { minor: rest, currency }]];
  const sums: ['shipping' | 'tax', Money][] = [
    ['shipping', { minor: shipping, currency }],
    ['tax', { minor: tax, currency }],
  ];
  return sums.filter(([, amount]) => amount.minor !== 0);
}

const { resolve } = createRequire(import.meta.url);
const FONT = resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const BOLD = resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

/** Points. A4 is 595 wide. */
const LEFT = 56;
const RIGHT = 539;
const BOTTOM = 770;
const GREY = '#5b6470';
/** Left edge and width of number, part, quantity, unit price, amount. */
const COLUMNS = [
  { x: LEFT, width: 24, align: 'left' },
  { x: LEFT + 28, width: 200, align: 'left' },
  { x: LEFT + 232, width: 66, align: 'right' },
  { x: LEFT + 302, width: 85, align: 'right' },
  { x: LEFT + 391, width: RIGHT - LEFT - 391, align: 'right' },
] as const;

/** The document as a PDF stream, A4. */
export function proFormaPdf(content: ProForma): NodeJS.ReadableStream {
  const pdf = new PDFDocument({ size: 'A4', margin: LEFT, info: { Title: content.title, Producer: 'Forgeline' } });
  pdf.font(BOLD).fontSize(18).text(content.title, LEFT, 60).moveDown(1);
  for (const [label, value] of content.facts) writeFact(pdf, label, value);
  pdf.moveDown(1.5);
  writeHeader(pdf, content.columns);
  for (const line of content.lines) writeLine(pdf, line, content.columns);
  for (const sum of content.sums) writeSum(pdf, sum, FONT);
  writeSum(pdf, content.total, BOLD);
  pdf.moveDown(2).font(FONT).fontSize(9).fillColor(GREY);
  for (const note of content.notes) pdf.text(note, LEFT, pdf.y, { width: RIGHT - LEFT }).moveDown(0.3);
  pdf.end();
  return pdf;
}

type Pdf = InstanceType<typeof PDFDocument>;

function writeFact(pdf: Pdf, label: string, value: string): void {
  const { y } = pdf;
  pdf.font(FONT).fontSize(9).fillColor(GREY).text(label, LEFT, y, { width: 120 });
  pdf.fillColor('black').text(value, LEFT + 128, y, { width: RIGHT - LEFT - 128 });
  pdf.moveDown(0.4);
}

function writeHeader(pdf: Pdf, columns: readonly string[]): void {
  const { y } = pdf;
  pdf.font(FONT).fontSize(8).fillColor(GREY);
  columns.forEach((name, index) => {
    const { x, width, align } = COLUMNS[index]!;
    pdf.text(name, x, y, { width, align, lineBreak: false });
  });
  pdf.y = y + 14;
  rule(pdf);
}

function writeLine(pdf: Pdf, { name, detail, cells }: ProForma['lines'][number], columns: readonly string[]): void {
  const part = COLUMNS[1];
  pdf.font(FONT).fontSize(9);
  const height = pdf.heightOfString(name, part) + pdf.heightOfString(detail, part);
  if (pdf.y + height > BOTTOM) {
    pdf.addPage();
    writeHeader(pdf, columns);
  }
  const { y } = pdf;
  pdf.fillColor('black').text(name, part.x, y, part);
  pdf.fillColor(GREY).text(detail, part.x, pdf.y, part);
  const below = pdf.y;
  pdf.fillColor('black');
  [COLUMNS[0], COLUMNS[2], COLUMNS[3], COLUMNS[4]].forEach(({ x, width, align }, index) => {
    pdf.text(cells[index]!, x, y, { width, align, lineBreak: false });
  });
  pdf.y = below + 5;
  rule(pdf);
}

function writeSum(pdf: Pdf, [label, value]: readonly [string, string], font: string): void {
  if (pdf.y + 20 > BOTTOM) pdf.addPage();
  const { y } = pdf;
  const amount = COLUMNS[4];
  pdf
    .font(font)
    .fontSize(font === BOLD ? 11 : 9)
    .fillColor('black');
  pdf.text(label, LEFT + 128, y, { width: amount.x - LEFT - 140, align: 'right', lineBreak: false });
  pdf.text(value, amount.x, y, { width: amount.width, align: 'right', lineBreak: false });
  pdf.y = y + 18;
}

function rule(pdf: Pdf): void {
  pdf.moveTo(LEFT, pdf.y).lineTo(RIGHT, pdf.y).lineWidth(0.5).strokeColor('#d5d9de').stroke();
  pdf.y += 6;
}
