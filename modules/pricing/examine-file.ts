import { createHash, randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Progress } from '#contracts/pricing';
import { type CadFormat, convertCad } from './cad/convert-cad.ts';
import { withFile } from './file-source.ts';
import {
  type ByteSource,
  detectFormat,
  type Examination,
  examine,
  GeometryRefusal,
  type Measurement,
  measure,
} from './geometry/index.ts';
import type { Problem } from './judge-item.ts';
import { DEFAULT_RULES } from './rules.ts';

export interface ExamineFileOptions {
  /** Draws the model as well. */
  withPicture?: boolean;
  /** Hears how far it is, in this thread: a listener that writes at once needs no other one. */
  onProgress?: (progress: Progress) => void;
  /** Ends the conversion of a CAD file; everything else is synchronous. */
  signal?: AbortSignal;
}

export interface ExaminedFile {
  measurement: Measurement;
  sha256: string;
  /** For `decodePicture`; null where none was asked for, or there is nothing to draw. */
  picture: Uint8Array | null;
}

/** A file that cannot be measured, with the reason and what its owner can do. */
export class FileRefused extends Error {
  readonly code: string;
  readonly hint: string;

  constructor({ code, message, hint }: Problem, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileRefused';
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Measures a file of any format in this very thread; CAD formats go through a process of their own first.
 * @throws FileRefused; AnalysisFailed when the conversion ran over its limits or was ended
 */
export async function examineFile(path: string, options: ExamineFileOptions = {}): Promise<ExaminedFile> {
  try {
    const { format, sha256 } = withFile(path, (source) => ({ format: detectFormat(source), sha256: hash(source) }));
    const isCad = format === 'step' || format === '3dm';
    const { measurement, views } = isCad ? await examineCad(path, format, options) : examineMesh(path, options);
    return { measurement, sha256, picture: views.picture };
  } catch (error) {
    throw error instanceof GeometryRefusal ? new FileRefused(error, { cause: error }) : error;
  }
}

function examineMesh(path: string, { withPicture = false, onProgress }: ExamineFileOptions): Examination {
  const options = { seed: randomInt(2 ** 32), withViews: withPicture, ...(onProgress && { onProgress }) };
  return withFile(path, (source) => examine(source, measure(source, options), options));
}

type Shown = Omit<Examination, 'shape'>;

/** The figures are those of the triangles; format, size and unit are those of the file itself. */
async function examineCad(path: string, format: CadFormat, options: ExamineFileOptions): Promise<Shown> {
  const { signal = new AbortController().signal, onProgress = () => {} } = options;
  const started = performance.now();
  const converted = await convertCad(path, format, { limitMs: DEFAULT_RULES.convertMs, signal, onProgress });
  if ('refusal' in converted) throw new FileRefused(converted.refusal);
  try {
    const { views, measurement } = examineMesh(converted.path, options);
    return {
      views,
      measurement: {
        ...measurement,
        format,
        bytes: statSync(path).size,
        unit: converted.unit,
        findings: [...converted.findings, ...measurement.findings],
        milliseconds: Math.round(performance.now() - started),
      },
    };
  } finally {
    await converted.remove();
  }
}

function hash(source: ByteSource): string {
  const sha256 = createHash('sha256');
  const block = new Uint8Array(1 << 20);
  for (let position = 0; position < source.bytes; ) {
    const got = source.read(block, position);
    if (got === 0) break;
    sha256.update(block.subarray(0, got));
    position += got;
  }
  return sha256.digest('hex');
}
