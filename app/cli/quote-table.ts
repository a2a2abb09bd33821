import { styleText } from 'node:util';
import type { Money } from '#contracts/basics';
import type { FilePrice, FileQuote } from '#pricing';
import {
  FORMATS,
  number,
  percent,
  printable,
  repairInWords,
  UNIT_FROM,
  VERDICTS,
  warningInWords,
} from './quote-words.ts';

/** Why there is nothing to show of a file, or no quote at all. */
export interface Refusal {
  file?: string;
  code: string;
  message: string;
  hint: string;
}

export type Result = FileQuote | Refusal;
export type Standing = 'priced' | 'review' | 'refused';

export interface Told {
  result: Result;
  standing: Standing;
}

type Row = [label: string, value: string];

const LABEL_WIDTH = 13;
const AMOUNT_WIDTH = 14;
const CURVE_WIDTH = 12;

/** Everything about one file, for a person. */
export function card({ result, standing }: Told): string {
  if ('code' in result) return refusalCard(result, standing);
  const { price, problem } = result;
  const lines = [
    bold(printable(result.file)),
    headline(result, standing),
    ...(problem ? rows([['what to do', problem.hint]]) : []),
    '',
    ...rows(figureRows(result)),
  ];
  if (price) lines.push('', ...priceRows(price), '', ...curveRows(price), '', ...leadRows(price));
  return `${lines.join('\n')}\n`;
}

function refusalCard({ file, code, message, hint }: Refusal, standing: Standing): string {
  const title = standing === 'review' ? 'Needs review' : 'Refused';
  return `${[
    ...(file === undefined ? [] : [bold(printable(file))]),
    `${badge(standing, title)}: ${printable(message)} (${code})`,
    ...rows([['what to do', printable(hint)]]),
  ].join('\n')}\n`;
}

function headline({ price, problem }: FileQuote, standing: Standing): string {
  if (!price) return `${badge(standing, 'Needs review')}: ${problem!.message} (${problem!.code})`;
  return `${badge(standing, 'Priced')}: ${money(price.total)} for ${price.quantity} × ${price.material}, ${price.finish}`;
}

function figureRows(quote: FileQuote): Row[] {
  const uncertain = quote.volumeUncertaintyMm3 > 0 ? ` ± ${number(quote.volumeUncertaintyMm3)}` : '';
  return [
    ['format', `${FORMATS[quote.format]}, ${number(quote.triangles)} triangles`],
    ['unit', `${quote.unit}, ${UNIT_FROM[quote.unitFrom]}${unitAdvice(quote)}`],
    ['volume', `${number(quote.volumeMm3)}${uncertain} mm³`],
    ['area', `${number(quote.areaMm2)} mm²`],
    ['box', `${quote.boxMm.map(number).join(' × ')} mm`],
    ['verdict', VERDICTS[quote.verdict]],
    ...several(
      'repairs',
      quote.repairs.map((repair) => repairInWords(repair)),
    ),
    ['surface', surface(quote)],
    ['walls', walls(quote)],
    ...several(
      'thin places',
      (quote.thickness?.patches ?? []).map(
        ({ at, areaMm2, thinnestMm }) =>
          `${number(thinnestMm)} mm on ${number(areaMm2)} mm² at ${at.map((each) => number(each)).join(', ')} in the file`,
      ),
    ),
    ...(quote.overhangMm2 === null
      ? []
      : [['overhangs', `${number(quote.overhangMm2)} mm² face down by more than 45°, built along z`] satisfies Row]),
    ...several('mind', quote.warnings.map(warningInWords)),
    ['sha256', quote.sha256],
    ['measured', `in ${number(quote.ms)} ms by kernel ${quote.kernelVersion}`],
  ];
}

function unitAdvice({ unitQuestion: question }: FileQuote): string {
  return question
    ? `; in ${question.suggested} its longest side would be ${number(question.suggestedLongestMm)} mm`
    : '';
}

function surface({ shells, openEdges, nonManifoldEdges, cavities }: FileQuote): string {
  if (shells === null) return 'its triangles do not hang together';
  return [
    shells === 1 ? '1 shell' : `${number(shells)} shells`,
    `${number(openEdges ?? 0)} open edges`,
    `${number(nonManifoldEdges ?? 0)} non-manifold edges`,
    ...(cavities ? [`${number(cavities)} closed hollow${cavities === 1 ? '' : 's'}`] : []),
  ].join(', ');
}

function walls({ thickness }: FileQuote): string {
  if (!thickness) return 'not measured: there is no inside';
  const { limitMm, shareBelow, p01Mm } = thickness;
  const thin =
    shareBelow === 0
      ? `all ${number(limitMm)} mm or thicker, as the material needs`
      : `${percent(shareBelow)} of the surface is thinner than the ${number(limitMm)} mm that the material needs`;
  return `${thin}; all but a thousandth over ${number(p01Mm)} mm`;
}

function priceRows(price: FilePrice): string[] {
  const line = (label: string, amount: Money, detail = ''): string =>
    `  ${label.padEnd(22)}${money(amount).padStart(AMOUNT_WIDTH)}  ${dim(detail)}`.trimEnd();
  return [
    heading('Price'),
    ...price.breakdown.map(({ text, amount, detail }) => line(text, amount, detail)),
    line(`${price.quantity} × ${price.material}`, price.items, `${money(price.unitPrice)} each`),
    line('Shipping', price.shipping),
    line('Tax', price.tax),
    bold(line('Total', price.total, `price list ${price.priceListVersion}${price.sample ? ', a sample' : ''}`)),
  ];
}

function curveRows({ quantities }: FilePrice): string[] {
  return [
    columns(
      bold('Quantity'),
      quantities.map(({ quantity }) => number(quantity)),
    ),
    columns(
      '  each',
      quantities.map(({ unitPrice }) => money(unitPrice)),
    ),
    columns(
      '  together',
      quantities.map(({ items }) => money(items)),
    ),
  ];
}

function leadRows({ leadTiers, quantity }: FilePrice): string[] {
  return [
    columns(
      bold('Delivery'),
      leadTiers.map(({ id }) => id),
    ),
    columns(
      '  working days',
      leadTiers.map(({ workingDays }) => number(workingDays)),
    ),
    columns(
      `  ${quantity} together`,
      leadTiers.map(({ items }) => money(items)),
    ),
  ];
}

/** One row for each file, and how many came out how. */
export function overview(told: readonly Told[], ms: number): string {
  const width = Math.min(40, Math.max(...told.map(({ result }) => printable(result.file ?? '').length)));
  const lines = told.map(({ result, standing }) => {
    const name = printable(result.file ?? '');
    const shown = name.length > width ? `…${name.slice(1 - width)}` : name.padEnd(width);
    const outcome = 'code' in result ? result.code : result.price ? money(result.price.total) : result.problem!.code;
    const volume = 'code' in result ? '' : `${number(result.volumeMm3)} mm³`;
    return `  ${shown}  ${badge(standing, standing.padEnd(7))}  ${volume.padStart(18)}  ${outcome}`;
  });
  return `${[heading('All'), ...lines, bold(summary(told, ms))].join('\n')}\n`;
}

export function summary(told: readonly Told[], ms: number): string {
  const count = (each: Standing) => told.filter(({ standing }) => standing === each).length;
  return `${told.length} files: ${count('priced')} priced, ${count('review')} need review, ${count('refused')} refused, ${number(Math.round(ms))} ms`;
}

export function money({ minor, currency }: Money): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(minor / 100);
}

/** A label may be styled: it is padded by what is seen of it. */
function columns(label: string, cells: readonly string[]): string {
  const seen = label.replace(ESCAPES, '').length;
  return `${label}${' '.repeat(Math.max(0, 16 - seen))}${cells.map((cell) => cell.padStart(CURVE_WIDTH)).join('')}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const ESCAPES = /\u001b\[\d+m/g;

function rows(all: readonly Row[]): string[] {
  return all.map(([label, value]) => `  ${dim(label.padEnd(LABEL_WIDTH))}${value}`);
}

/** The first has the label, the others stand below it. */
function several(label: string, values: readonly string[]): Row[] {
  return values.map((value, n) => [n === 0 ? label : '', value]);
}

const COLOURS = { priced: 'green', review: 'yellow', refused: 'red' } as const;

function badge(standing: Standing, text: string): string {
  return styleText(['bold', COLOURS[standing]], text, { stream: process.stdout });
}

function heading(text: string): string {
  return bold(text);
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function dim(text: string): string {
  return text === '' ? '' : styleText('dim', text, { stream: process.stdout });
}
