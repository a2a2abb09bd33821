import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CURRENCIES, type Money, UNITS } from '#contracts/basics';
import { LEAD_TIERS } from '#contracts/orders';
import { type FileQuote, quoteFile, UnknownChoice } from '#pricing';
import { GeometryRefusal } from '#pricing/geometry';

const USAGE = `npm run quote -- FILE… --unit mm|cm|m|in|ft --material ID [--quantity N] [--finish ID]
  [--lead economy|standard|express] [--currency RUB|EUR|USD] [--json]
Geometry and price of STL files (or folders of them) by the sample price list, without a server.
Exit: 0 priced, 2 a person has to look first, 3 refused.`;

const PRICED = 0;
const NEEDS_REVIEW = 2;
const REFUSED = 3;

interface Refusal {
  file?: string;
  code: string;
  message: string;
  hint: string;
}

class UsageError extends Error {
  readonly code = 'request.invalid';
  readonly hint = USAGE;
}

class MissingFile extends Error {
  readonly code = 'file.not_found';
  readonly hint = 'Check the path.';

  constructor(file: string) {
    super(`There is no file ${file}`);
  }
}

type Request = ReturnType<typeof readArguments>;

function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      unit: { type: 'string' },
      material: { type: 'string' },
      finish: { type: 'string' },
      quantity: { type: 'string', default: '1' },
      lead: { type: 'string', default: 'standard' },
      currency: { type: 'string', default: 'EUR' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) throw new UsageError('No file is named');
  if (values.material === undefined) throw new UsageError('--material is missing');
  const quantity = Number(values.quantity);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100_000) {
    throw new UsageError('--quantity is a whole number from 1 to 100000');
  }
  return {
    files: positionals.flatMap(modelsOf),
    json: values.json,
    unit: oneOf('--unit', values.unit, UNITS),
    material: values.material,
    finish: values.finish,
    quantity,
    leadTier: oneOf('--lead', values.lead, LEAD_TIERS),
    currency: oneOf('--currency', values.currency, CURRENCIES),
  };
}

function oneOf<T extends string>(option: string, value: string | undefined, possible: readonly T[]): T {
  const found = possible.find((each) => each === value);
  if (!found) throw new UsageError(`${option} is one of ${possible.join(', ')}`);
  return found;
}

/** A file stands for itself, a folder for the STL files in it. */
function modelsOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  // A missing one is refused in its turn: the others are quoted all the same.
  if (!found?.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.toLowerCase().endsWith('.stl'));
  return names.sort().map((name) => join(path, name));
}

function quoteOne(file: string, request: Request): FileQuote | Refusal {
  try {
    if (!existsSync(file)) throw new MissingFile(file);
    return quoteFile(file, request);
  } catch (error) {
    return { file, ...refusal(error) };
  }
}

function refusal(error: unknown): Refusal {
  if (
    error instanceof GeometryRefusal ||
    error instanceof UnknownChoice ||
    error instanceof UsageError ||
    error instanceof MissingFile
  ) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    return { code: 'request.invalid', message: error.message, hint: USAGE };
  }
  throw error;
}

function exitCode(result: FileQuote | Refusal): number {
  if ('code' in result) return REFUSED;
  return result.price ? PRICED : NEEDS_REVIEW;
}

function money({ minor, currency }: Money): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(minor / 100);
}

function number(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 7 }).format(value);
}

function refusedRows(refused: Refusal): [string, string][] {
  return [
    ...(refused.file === undefined ? [] : [['file', refused.file] satisfies [string, string]]),
    ['refused', `${refused.message} (${refused.code})`],
    ['what to do', refused.hint],
  ];
}

function quotedRows(quote: FileQuote): [string, string][] {
  const rows: [string, string][] = [
    ['file', `${quote.file} (${quote.format}, ${number(quote.triangles)} triangles)`],
    ['sha256', quote.sha256],
    ['volume', `${number(quote.volumeMm3)} mm³`],
    ['area', `${number(quote.areaMm2)} mm²`],
    ['box', `${quote.boxMm.map(number).join(' × ')} mm`],
    ['verdict', [quote.verdict, ...quote.warnings].join(', ')],
  ];
  if (quote.problem) rows.push(['needs review', quote.problem.message], ['what to do', quote.problem.hint]);
  if (quote.price) rows.push(...priceRows(quote.price));
  rows.push(['measured in', `${quote.ms} ms by kernel ${quote.kernelVersion}`]);
  return rows;
}

function priceRows(price: NonNullable<FileQuote['price']>): [string, string][] {
  return [
    ['', ''],
    ...price.breakdown.map(({ text, amount, detail }): [string, string] => [
      text,
      `${money(amount).padStart(14)}  ${detail}`,
    ]),
    [`${price.quantity} × ${price.material}`, `${money(price.items).padStart(14)}  ${money(price.unitPrice)} each`],
    ['Shipping', money(price.shipping).padStart(14)],
    ['Tax', money(price.tax).padStart(14)],
    [
      'Total',
      `${money(price.total).padStart(14)}  price list ${price.priceListVersion}${price.sample ? ', a sample' : ''}`,
    ],
    ['', ''],
  ];
}

function print(result: FileQuote | Refusal, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  const rows = 'code' in result ? refusedRows(result) : quotedRows(result);
  const width = Math.max(...rows.map(([label]) => label.length));
  console.log(`${rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join('\n')}\n`);
}

function main(args: string[]): number {
  let request: Request;
  try {
    request = readArguments(args);
  } catch (error) {
    print(refusal(error), args.includes('--json'));
    return REFUSED;
  }
  let worst = PRICED;
  for (const file of request.files) {
    const result = quoteOne(file, request);
    print(result, request.json);
    worst = Math.max(worst, exitCode(result));
  }
  return worst;
}

const given = process.argv.slice(2);
if (given.includes('--help')) console.log(USAGE);
else process.exitCode = main(given);
