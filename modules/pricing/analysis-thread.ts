import { randomInt } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Answer, Begin, Compare, Fits, Order, Print, Report } from './analysis-messages.ts';
import { type OpenFile, openFile } from './file-source.ts';
import {
  type AnalyseOptions,
  compareFile,
  examine,
  type FirstPass,
  GeometryRefusal,
  measure,
} from './geometry/index.ts';

/** Of one stage: news that come faster are for nobody. */
const PROGRESS_MS = 100;

/** One file at a time: the pool sends the next when this one is answered. `held` is a run that waits to be told to go on. */
let held: { file: OpenFile; first: FirstPass; options: AnalyseOptions } | null = null;

parentPort!.on('message', (order: Order) => {
  if ('likenesses' in order) compare(order);
  else if ('path' in order) begin(order);
  else goOn(order.goOn);
});

function begin({ path, fingerprintSeed, isConverted }: Begin): void {
  const file = openFile(path);
  const options: AnalyseOptions = {
    seed: randomInt(2 ** 32),
    onProgress: throttled(),
    isConverted,
    ...(fingerprintSeed !== null && { fingerprintSeed, withShape: true }),
  };
  let first: FirstPass | null = null;
  refusing(file, () => {
    first = measure(file, options);
    say({ print: printOf(file, first) });
    if (fingerprintSeed === null) return examine(file, first, options);
    held = { file, first, options };
    return null;
  });
}

function compare({ path, likenesses }: Compare): void {
  const file = openFile(path);
  refusing(file, () => ({ fits: compareFile(file, likenesses, { seed: randomInt(2 ** 32) }) }));
}

function goOn(isNeeded: boolean): void {
  const { file, first, options } = held!;
  held = null;
  if (isNeeded) refusing(file, () => examine(file, first, options));
  else file.close();
}

/** Answers with what `step` finds, or with its refusal; then the file is closed. Null: the run goes on later. */
function refusing(file: OpenFile, step: () => Answer | Fits | null): void {
  const answer = answerOf(step);
  if (!answer) return;
  file.close();
  say({ answer });
}

function answerOf(step: () => Answer | Fits | null): Answer | Fits | null {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof GeometryRefusal)) throw error;
    return { refusal: { code: error.code, message: error.message, hint: error.hint } };
  }
}

function printOf(file: OpenFile, { model, swept, fingerprint, milliseconds }: FirstPass): Print {
  const { triangles, volume, area } = swept;
  return {
    fingerprint,
    format: model.format,
    bytes: file.bytes,
    unit: model.unit,
    triangles,
    volume,
    area,
    findings: [...model.findings],
    milliseconds,
  };
}

function throttled(): NonNullable<AnalyseOptions['onProgress']> {
  let stage = '';
  let next = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === stage && now < next) return;
    stage = progress.stage;
    next = now + PROGRESS_MS;
    say({ progress });
  };
}

function say(report: Report): void {
  parentPort!.postMessage(report);
}
