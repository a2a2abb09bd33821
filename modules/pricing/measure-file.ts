import { open, stat } from 'node:fs/promises';
import type { ModelFormat, Progress } from '#contracts/pricing';
import type { Blobs } from '#platform/blobs';
import type { Clock } from '#platform/clock';
import type { Log } from '#platform/telemetry';
import { AnalysisFailed } from './analysis-failed.ts';
import type { Answer, Print } from './analysis-messages.ts';
import type { AnalysisPool } from './analysis-pool.ts';
import type { CadFormat, convertCad } from './cad/convert-cad.ts';
import type { Problem } from './judge-item.ts';
import { keepViews } from './keep-views.ts';
import { withLocalFile } from './local-file.ts';
import { retellRun } from './retell-run.ts';
import { measuredByTwin, type Twins } from './reuse.ts';
import { memoryFor, type PricingRules } from './rules.ts';
import type { LeasedJob } from './store-leases.ts';
import type { Outcome } from './store-outcomes.ts';
import type { Trace } from './store-shapes.ts';

/** Turns a CAD file into triangles first, in a process of its own. */
export type ConvertCad = typeof convertCad;

export interface Measuring {
  blobs: Blobs;
  pool: AnalysisPool;
  clock: Clock;
  log: Log;
  rules: PricingRules;
  convertCad?: ConvertCad;
  twins?: Twins;
}

export interface Hearing {
  onProgress: (progress: Progress) => void;
  /** Hears how many triangles there are, once they are counted. */
  onPrint: (print: Print) => void;
  /** Ends the run: it rejects with `analysis.stopped`. */
  signal: AbortSignal;
}

/**
 * What there is to know of the job's file. Its own fault is an outcome too: refused, or over its limits.
 * @throws AnalysisFailed `analysis.crashed` or `analysis.stopped`; StoreAway
 */
export async function measureFile(measuring: Measuring, job: LeasedJob, hearing: Hearing): Promise<Outcome> {
  const { blobs, clock, log } = measuring;
  const started = clock.now();
  const took = () => Math.max(1, clock.now() - started);
  try {
    const answer = await withLocalFile(blobs, job.sha256, hearing.signal, (path) =>
      measurePath(measuring, job, path, hearing),
    );
    if ('refusal' in answer) return { report: null, failure: answer.refusal, milliseconds: took() };
    const shown = answer.views && { views: await keepViews(blobs, answer.views) };
    const report = { sha256: job.sha256, ...answer.measurement, ...shown };
    return { report, failure: null, milliseconds: took(), ...(answer.trace && { trace: answer.trace }) };
  } catch (error) {
    if (!(error instanceof AnalysisFailed) || !(error.code in SET_ASIDE)) throw error;
    log.warn({ err: error, sha256: job.sha256, event: 'pricing.set_aside' }, 'A model is set aside');
    const failure = SET_ASIDE[error.code as keyof typeof SET_ASIDE];
    return { report: null, failure, milliseconds: took() };
  }
}

const FOR_A_PERSON = 'A seller will look at it and price it by hand; or upload a simpler model.';

const SET_ASIDE = {
  'analysis.too_long': {
    code: 'analysis.too_long',
    message: 'Measuring the model took longer than allowed',
    hint: FOR_A_PERSON,
  },
  'analysis.too_much_memory': {
    code: 'analysis.too_much_memory',
    message: 'Measuring the model needed more memory than allowed',
    hint: FOR_A_PERSON,
  },
} as const satisfies Record<string, Problem>;

/** For a job whose workers keep dying. */
export const OUT_OF_ATTEMPTS: Outcome = {
  report: null,
  failure: { code: 'analysis.set_aside', message: 'The model could not be measured', hint: FOR_A_PERSON },
  milliseconds: 1,
};

/** `trace` is there where twins are looked for. */
type Measured = Answer & { trace?: Trace };

async function measurePath(measuring: Measuring, job: LeasedJob, path: string, hearing: Hearing): Promise<Measured> {
  const { convertCad, rules } = measuring;
  const format = convertCad ? await cadFormatOf(path) : null;
  if (!convertCad || !format) return measureMesh(measuring, job, path, hearing);
  const { onProgress, signal } = hearing;
  const converted = await convertCad(path, format, { limitMs: rules.convertMs, signal, onProgress });
  if ('refusal' in converted) return converted;
  try {
    const answer = await measureMesh(measuring, job, converted.path, hearing, true);
    if ('refusal' in answer) return answer;
    const { findings } = answer.measurement;
    const { size: bytes } = await stat(path);
    return {
      ...answer,
      measurement: {
        ...answer.measurement,
        format,
        bytes,
        unit: converted.unit,
        findings: [...converted.findings, ...findings],
      },
    };
  } finally {
    await converted.remove();
  }
}

const HEADS: readonly (readonly [string, CadFormat])[] = [
  ['ISO-10303-21', 'step'],
  ['3D Geometry File Format', '3dm'],
];
const HEAD_BYTES = 256;

/** Null: not one of the formats that are converted first. */
export async function cadFormatOf(path: string): Promise<CadFormat | null> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer
      .toString('latin1', 0, bytesRead)
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trimStart();
    return HEADS.find(([magic]) => head.startsWith(magic))?.[1] ?? null;
  } finally {
    await file.close();
  }
}

async function measureMesh(
  { pool, rules, clock, twins }: Measuring,
  job: LeasedJob,
  path: string,
  { onProgress, onPrint, signal }: Hearing,
  isConverted = false,
): Promise<Measured> {
  const started = clock.now();
  const { size: bytes } = await stat(path);
  const runMegabytes = memoryFor(rules.runMemory, { bytes, format: await packedFormatOf(path) });
  /** A twin of somebody else's: its answer comes when a run of one's own would have been over. */
  let readyAt = started;
  let counted: Print | undefined;
  /** The content whose measurement stands for this one's. */
  let of: string | undefined;
  const find = async (print: Print) => {
    counted = print;
    // The viewer needs a mesh of its own of what was converted.
    const twin = isConverted ? null : await twins!.find(print, job);
    const measurement = twin && measuredByTwin(print, twin);
    if (!measurement) return null;
    if (!twin.isOwn) readyAt = started + twin.milliseconds;
    of = twin.report.sha256;
    return measurement;
  };
  const known = twins && { known: { fingerprintSeed: await twins.fingerprintSeed(), find } };
  const limits = { runMs: rules.runMs, runMegabytes };
  const answer = await pool.run(path, { limits, isConverted, onProgress, onPrint, signal, ...known });
  await waitUntil(readyAt, answer);
  if ('refusal' in answer || !counted?.fingerprint) return answer;
  const { fingerprint, triangles } = counted;
  return { ...answer, trace: { fingerprint, triangles, shape: of === undefined ? answer.shape : { of } } };

  async function waitUntil(ready: number, result: Answer): Promise<void> {
    const milliseconds = ready - clock.now();
    if (milliseconds <= 0 || 'refusal' in result) return;
    const from = 1 - milliseconds / (ready - started);
    const outcome = { report: { sha256: job.sha256, ...result.measurement } };
    await retellRun({ outcome, milliseconds, from, onProgress, signal });
  }
}

/** Whether the file is compressed; which of those formats it has makes no difference here. */
export async function packedFormatOf(path: string): Promise<ModelFormat | null> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const head = buffer.toString('latin1');
    if (head.startsWith('PK')) return '3mf';
    return head === 'glTF' ? 'glb' : null;
  } finally {
    await file.close();
  }
}
