import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CURRENCIES, UNITS } from '#contracts/basics';
import { LEAD_TIERS } from '#contracts/orders';
import { AnalysisFailed, type FileQuote, quoteFile, samplePriceList, UnknownChoice } from '#pricing';
import { GeometryRefusal } from '#pricing/geometry';
import { progressBar } from './quote-progress.ts';
import { quotedRows } from './quote-table.ts';

const USAGE = `npm run quote -- FILE… --material ID [--unit mm|cm|m|in|ft] [--quantity N] [--finish ID]
  [--lead economy|standard|express] [--currency RUB|EUR|USD] [--json]
npm run quote -- --materials
Geometry and price of model files (or folders of them, with what is in them) by the sample price list, without a server.
Formats: STL, OBJ, PLY, 3MF, glTF, GLB, STEP, 3DM. Without --unit: what the file says, else millimetres.
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
      materials: { type: 'boolean', default: false },
      material: { type: 'string' },
      finish: { type: 'string' },
      quantity: { type: 'string', default: '1' },
      lead: { type: 'string', default: 'standard' },
      currency: { type: 'string', default: 'EUR' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) throw new UsageError('No file is named');
  if (values.material === undefined) throw new UsageError('--material is missing; --materials lists them');
  const quantity = Number(values.quantity);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100_000) {
    throw new UsageError('--quantity is a whole number from 1 to 100000');
  }
  return {
    files: positionals.flatMap(modelsOf),
    json: values.json,
    unit: values.unit === undefined ? null : oneOf('--unit', values.unit, UNITS),
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

const MODEL_NAME = /\.(stl|obj|ply|3mf|glb|gltf|step|stp|3dm)$/i;

/** A file stands for itself, a folder for the model files in it and in its folders. */
function modelsOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  // A missing one is refused in its turn: the others are quoted all the same.
  if (!found?.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => MODEL_NAME.test(name));
  return names.sort().map((name) => join(path, name));
}

async function quoteOne(file: string, request: Request): Promise<FileQuote | Refusal> {
  const bar = progressBar(file);
  try {
    if (!existsSync(file)) throw new MissingFile(file);
    return await quoteFile(file, { ...request, onProgress: bar.show });
  } catch (error) {
    return { file, ...refusal(error) };
  } finally {
    bar.clear();
  }
}

const FOR_A_PERSON = 'Upload it to the shop: a seller will price it by hand; or simplify the model.';

function refusal(error: unknown): Refusal {
  if (
    error instanceof GeometryRefusal ||
    error instanceof AnalysisFailed ||
    error instanceof UnknownChoice ||
    error instanceof UsageError ||
    error instanceof MissingFile
  ) {
    return { code: error.code, message: error.message, hint: 'hint' in error ? error.hint : FOR_A_PERSON };
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

function refusedRows(refused: Refusal): [string, string][] {
  return [
    ...(refused.file === undefined ? [] : [['file', refused.file] satisfies [string, string]]),
    ['refused', `${refused.message} (${refused.code})`],
    ['what to do', refused.hint],
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

async function main(args: string[]): Promise<number> {
  let request: Request;
  try {
    request = readArguments(args);
  } catch (error) {
    print(refusal(error), args.includes('--json'));
    return REFUSED;
  }
  let worst = PRICED;
  const ends = { priced: 0, review: 0, refused: 0 };
  const started = performance.now();
  for (const file of request.files) {
    const result = await quoteOne(file, request);
    print(result, request.json);
    const code = exitCode(result);
    ends[code === PRICED ? 'priced' : code === NEEDS_REVIEW ? 'review' : 'refused']++;
    worst = Math.max(worst, code);
  }
  if (!request.json && request.files.length > 1) {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${request.files.length} files in ${seconds} s: ${ends.priced} priced, ${ends.review} for a person, ${ends.refused} refused.`,
    );
  }
  return worst;
}

function listMaterials(): void {
  for (const { id, name, process: made, minimumWallMm, finishes } of samplePriceList('EUR').materials) {
    const choices = finishes.map((finish) => finish.id).join(', ');
    console.log(`${id.padEnd(12)}  ${name.en}, ${made}, walls from ${minimumWallMm} mm; finishes: ${choices}`);
  }
}

const given = process.argv.slice(2);
if (given.includes('--help')) console.log(USAGE);
else if (given.includes('--materials')) listMaterials();
else process.exitCode = await main(given);
