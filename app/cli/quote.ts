/** `npm run quote`: geometry and price of files and folders; `USAGE` says how it is asked. */
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AnalysisFailed, type FileQuote, FileRefused, quoteFile, samplePriceList, UnknownChoice } from '#pricing';
import { type Command, type QuoteRequest, readCommand, USAGE, UsageError } from './quote-arguments.ts';
import { progressBar } from './quote-progress.ts';
import { card, overview, type Refusal, type Standing, summary, type Told } from './quote-table.ts';

const EXIT: Record<Standing, number> = { priced: 0, review: 2, refused: 3 };

class MissingFile extends Error {
  readonly code = 'file.not_found';
  readonly hint = 'Check the path.';
}

class UnreadableFile extends Error {
  readonly code = 'file.unreadable';
  readonly hint = 'Check that you may read it.';
}

class PictureNotWritten extends Error {
  readonly code = 'picture.not_written';
  readonly hint = 'Choose another path for --picture.';
}

const AFTER_FAILURE: Record<AnalysisFailed['code'], string> = {
  'analysis.too_long': 'Simplify the model, or export it as 3MF or binary STL; or ask us to look at it.',
  'analysis.too_much_memory': 'Simplify the model, or export it as 3MF or binary STL; or ask us to look at it.',
  'analysis.crashed': 'Try again; if it happens again, export the model as 3MF or binary STL.',
  'analysis.stopped': 'Start it again.',
};

async function quoteOne(file: string, request: QuoteRequest, title: string): Promise<Told> {
  const bar = progressBar(process.stderr, title);
  try {
    checkFile(file);
    const withPicture = request.picture !== undefined;
    const { quote, picture } = await quoteFile(file, request, { withPicture, onProgress: bar.hear });
    if (withPicture) keepPicture(request.picture!, picture);
    return { result: quote, standing: standingOf(quote) };
  } catch (error) {
    return refused(error, file);
  } finally {
    bar.done();
  }
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new MissingFile(`There is no file ${file}`);
  if (!found.isFile()) throw new MissingFile(`${file} is no file`);
}

function standingOf(quote: FileQuote): Standing {
  return quote.price ? 'priced' : 'review';
}

function keepPicture(to: string, picture: Buffer | null): void {
  if (!picture) throw new PictureNotWritten('There is nothing to draw: the model has no inside');
  try {
    writeFileSync(to, picture);
  } catch (cause) {
    throw new PictureNotWritten(`The picture could not be written to ${to}`, { cause });
  }
}

/** What ran over its limits is for a person to look at; everything else that is expected is refused. */
function refused(error: unknown, file?: string): Told {
  const named = file === undefined ? {} : { file };
  if (error instanceof AnalysisFailed) {
    const { code, message } = error;
    return { standing: 'review', result: { ...named, code, message, hint: AFTER_FAILURE[code] } };
  }
  return { standing: 'refused', result: { ...named, ...refusalOf(error) } };
}

function refusalOf(error: unknown): Refusal {
  if (
    error instanceof FileRefused ||
    error instanceof UnknownChoice ||
    error instanceof UsageError ||
    error instanceof MissingFile ||
    error instanceof PictureNotWritten
  ) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof Error && 'syscall' in error) {
    const { code, message, hint } = new UnreadableFile(error.message);
    return { code, message, hint };
  }
  throw error;
}

function tell(told: Told, json: boolean): void {
  console.log(json ? JSON.stringify(told.result) : card(told));
}

async function quoteAll(request: QuoteRequest): Promise<number> {
  const started = performance.now();
  const all: Told[] = [];
  for (const [n, file] of request.files.entries()) {
    const count = request.files.length === 1 ? '' : `${n + 1}/${request.files.length} `;
    const told = await quoteOne(file, request, `${count}${path.basename(file)}`);
    tell(told, request.json);
    all.push(told);
  }
  const ms = performance.now() - started;
  if (all.length > 1) {
    if (!request.json) console.log(overview(all, ms));
    else if (process.stderr.isTTY) console.error(summary(all, ms));
  }
  return Math.max(...all.map(({ standing }) => EXIT[standing]));
}

function listMaterials({ currency, json }: Extract<Command, { kind: 'materials' }>): void {
  const { materials, version } = samplePriceList(currency);
  for (const { id, name, process: made, minimumWallMm, finishes } of materials) {
    const names = finishes.map((finish) => finish.id);
    if (json) console.log(JSON.stringify({ id, name: name.en, process: made, minimumWallMm, finishes: names }));
    else console.log(`${id.padEnd(12)}  ${name.en.padEnd(28)}  walls from ${minimumWallMm} mm  ${names.join(', ')}`);
  }
  if (!json) console.log(`\nPrice list ${version}: a sample, no market prices.`);
}

async function main(args: string[]): Promise<number> {
  let command: Command;
  try {
    command = readCommand(args);
  } catch (error) {
    const told = refused(error);
    tell(told, args.includes('--json'));
    return EXIT[told.standing];
  }
  if (command.kind === 'quote') return quoteAll(command.request);
  if (command.kind === 'help') console.log(USAGE);
  else listMaterials(command);
  return 0;
}

// Whoever reads may have seen enough: `npm run quote -- FOLDER | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.priced);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));
