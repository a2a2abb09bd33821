import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { toBuffer } from 'qrcode';
import type { OperationCard, PackingOrder, Parcel } from '#contracts/mes';
import { OPERATION_NAMES, placeOf } from './routes.ts';

export type Language = 'en' | 'ru';

const font = (file: string) => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${file}`);
const REGULAR = font('DejaVuSans.ttf');
const BOLD = font('DejaVuSans-Bold.ttf');
const MM = 72 / 25.4;
/** Millimetres. */
const LABEL = { width: 100, height: 150, margin: 6, code: 34 };
const TRAVELLER = { width: 148, height: 210, margin: 10, code: 30 };

const TEXT = {
  en: {
    to: 'To',
    order: 'Order',
    parcel: 'Parcel',
    tracking: 'Tracking',
    pieces: 'pcs',
    rush: 'RUSH',
    traveller: 'Job traveller',
    due: 'Due',
    material: 'Material',
    finish: 'Finish',
    quantity: 'Quantity',
    file: 'Model',
    note: 'Note',
    reason: 'Reason',
    step: 'Step',
    place: 'Work centre',
    done: 'Good / scrap / signature',
  },
  ru: {
    to: 'Кому',
    order: 'Заказ',
    parcel: 'Посылка',
    tracking: 'Трек-номер',
    pieces: 'шт.',
    rush: 'СРОЧНО',
    traveller: 'Маршрутный лист',
    due: 'Срок',
    material: 'Материал',
    finish: 'Отделка',
    quantity: 'Количество',
    file: 'Модель',
    note: 'Примечание',
    reason: 'Причина',
    step: 'Операция',
    place: 'Участок',
    done: 'Годных / брак / подпись',
  },
} as const;

/** The shipping label, 100 × 150 mm. Its code holds the order's number, as `lookup` reads it. */
export async function shippingLabel(order: PackingOrder, parcel: Parcel, language: Language): Promise<Buffer> {
  const text = TEXT[language];
  const code = await toBuffer(order.number, { errorCorrectionLevel: 'M', margin: 0, scale: 8 });
  return pdf(LABEL, `${order.number} ${parcel.trackingNumber}`, (page) => {
    const { deliveryAddress: to } = order;
    page.font(BOLD).fontSize(20).text(parcel.carrier);
    page.font(REGULAR).fontSize(9).text(text.tracking);
    page.font(BOLD).fontSize(14).text(parcel.trackingNumber);
    rule(page, LABEL);
    page.font(REGULAR).fontSize(9).text(text.to);
    page.font(BOLD).fontSize(15).text(to.recipient);
    page.font(REGULAR).fontSize(13).text(to.line1);
    if (to.line2) page.text(to.line2);
    page.text(`${to.postcode} ${to.city}`);
    page.font(BOLD).text(to.country);
    rule(page, LABEL);
    const top = (LABEL.height - LABEL.margin - LABEL.code) * MM;
    page.image(code, LABEL.margin * MM, top, { width: LABEL.code * MM });
    const left = (LABEL.margin * 2 + LABEL.code) * MM;
    page.font(REGULAR).fontSize(9).text(text.order, left, top);
    page.font(BOLD).fontSize(16).text(order.number, left);
    page.font(REGULAR).fontSize(10).moveDown(0.4);
    for (const line of parcel.lines.slice(0, 4)) {
      const item = order.items.find(({ itemId }) => itemId === line.itemId);
      if (item) page.text(`${item.line}. ${shortened(item.fileName, 20)} × ${line.quantity}`, left);
    }
    if (parcel.lines.length > 4) page.text('…', left);
  });
}

/** The sheet that goes with the pieces, A5. Its code holds order/line/job, as `lookup` reads it. */
export async function jobTraveller(card: OperationCard, language: Language, timeZone: string): Promise<Buffer> {
  const text = TEXT[language];
  const { operation } = card;
  const job = `${operation.orderNumber}/${operation.line}/${operation.jobSerial}`;
  const code = await toBuffer(job, { errorCorrectionLevel: 'M', margin: 0, scale: 8 });
  return pdf(TRAVELLER, job, (page) => {
    const right = (TRAVELLER.width - TRAVELLER.margin - TRAVELLER.code) * MM;
    page.image(code, right, TRAVELLER.margin * MM, { width: TRAVELLER.code * MM });
    page.font(REGULAR).fontSize(10).text(text.traveller);
    page.font(BOLD).fontSize(22).text(job);
    if (operation.rush) page.fontSize(14).text(text.rush);
    page.y = Math.max(page.y, (TRAVELLER.margin + TRAVELLER.code + 4) * MM);
    const facts: [string, string][] = [
      [text.due, operation.dueAt ? dayOf(operation.dueAt, language, timeZone) : '—'],
      [text.quantity, `${operation.quantity} ${text.pieces}`],
      [text.material, operation.material],
      [text.finish, operation.finish],
      [text.file, shortened(operation.fileName, 48)],
      [text.note, shortened(card.note, 300)],
      [text.reason, shortened(card.jobReason, 200)],
    ];
    for (const [name, value] of facts.filter(([, given]) => given !== '')) factLine(page, name, value);
    rule(page, TRAVELLER);
    stepLine(page, [text.step, text.place, text.done], BOLD);
    for (const step of card.route) {
      const place = placeOf(step.workCentre)?.name[language] ?? step.workCentre;
      stepLine(page, [`${step.step}. ${OPERATION_NAMES[step.code]?.[language] ?? step.code}`, place, ''], REGULAR);
    }
  });
}

type Page = InstanceType<typeof PDFDocument>;
interface Sheet {
  width: number;
  height: number;
  margin: number;
}

async function pdf(sheet: Sheet, title: string, draw: (page: Page) => void): Promise<Buffer> {
  const page = new PDFDocument({
    size: [sheet.width * MM, sheet.height * MM],
    margin: sheet.margin * MM,
    font: REGULAR,
    info: { Title: title, Producer: 'Forgeline' },
  });
  const chunks: Buffer[] = [];
  page.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => page.once('end', resolve).once('error', reject));
  draw(page);
  page.end();
  await ended;
  return Buffer.concat(chunks);
}

function rule(page: Page, sheet: Sheet): void {
  page.moveDown(0.6);
  page
    .moveTo(sheet.margin * MM, page.y)
    .lineTo((sheet.width - sheet.margin) * MM, page.y)
    .lineWidth(0.7)
    .stroke();
  page.moveDown(0.6);
}

function factLine(page: Page, name: string, value: string): void {
  const left = TRAVELLER.margin * MM;
  const top = page.y;
  page
    .font(REGULAR)
    .fontSize(9)
    .fillColor('#555555')
    .text(name, left, top + 1, { width: 30 * MM });
  page
    .font(REGULAR)
    .fontSize(11)
    .fillColor('black')
    .text(value, left + 32 * MM, top, { width: 94 * MM });
  page.x = left;
  page.moveDown(0.2);
}

function stepLine(page: Page, [step, place, done]: readonly [string, string, string], face: string): void {
  const left = TRAVELLER.margin * MM;
  const top = page.y;
  page
    .font(face)
    .fontSize(10)
    .text(step, left, top, { width: 52 * MM });
  page.text(place, left + 54 * MM, top, { width: 34 * MM });
  page.text(done, left + 90 * MM, top, { width: 38 * MM });
  page.y = top + 9 * MM;
  page
    .moveTo(left, page.y - 2 * MM)
    .lineTo(left + 128 * MM, page.y - 2 * MM)
    .lineWidth(0.3)
    .stroke();
  page.x = left;
}

function dayOf(iso: string, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(new Date(iso));
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
