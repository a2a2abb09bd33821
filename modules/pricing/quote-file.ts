import { createHash, randomInt } from 'node:crypto';
import type { Currency, Money, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { PriceLine, Progress, UnitQuestion, WallCheck } from '#contracts/pricing';
import { convertCad } from './cad/convert-cad.ts';
import { withFile } from './file-source.ts';
import {
  analyse,
  type ByteSource,
  detectFormat,
  GeometryRefusal,
  KERNEL_VERSION,
  type Measurement,
  nineDigits,
  type RefusalCode,
  type Repair,
} from './geometry/index.ts';
import { judgeItem, type Problem } from './judge-item.ts';
import { figuresInMillimetres, type LineRequest, MILLIMETRES, priceLine, priceTogether } from './price.ts';
import { findFinish, findMaterial, type PriceList } from './price-list.ts';
import { DEFAULT_RULES } from './rules.ts';
import { samplePriceList } from './sample-price-list.ts';

export interface FileQuoteRequest {
  /** Null: what the file says, else millimetres. */
  unit: Unit | null;
  material: string;
  finish?: string | undefined;
  quantity: number;
  leadTier: LeadTier;
  currency: Currency;
  onProgress?: (progress: Progress) => void;
}

/** Geometry and price of one file; `price` is null when a person has to look first, for the reason in `problem`. */
export interface FileQuote {
  file: string;
  format: Measurement['format'];
  sha256: string;
  unit: Unit;
  triangles: number;
  volumeMm3: number;
  /** How much the volume of an open model may be off. */
  volumeUncertaintyMm3: number;
  areaMm2: number;
  boxMm: [number, number, number];
  verdict: Measurement['verdict'];
  repairs: Repair[];
  /** Null where the surface is too torn to speak of. */
  shells: number | null;
  openEdges: number | null;
  nonManifoldEdges: number | null;
  flippedEdges: number | null;
  cavities: number | null;
  /** Null: the model has no inside. */
  thickness: WallCheck | null;
  overhangMm2: number | null;
  warnings: string[];
  unitQuestion: UnitQuestion | null;
  problem: Problem | null;
  price: FilePrice | null;
  kernelVersion: string;
  ms: number;
}

export interface FilePrice {
  material: string;
  finish: string;
  quantity: number;
  leadTier: LeadTier;
  unitPrice: Money;
  items: Money;
  shipping: Money;
  tax: Money;
  total: Money;
  breakdown: PriceLine[];
  /** What other numbers of pieces would cost, and other lead times. */
  quantities: { quantity: number; unitPrice: Money; total: Money }[];
  leadTiers: { id: LeadTier; workingDays: number; total: Money }[];
  priceListVersion: string;
  sample: boolean;
}

/** A request that names what the price list does not have. */
export class UnknownChoice extends Error {
  readonly code = 'request.invalid';
  readonly hint: string;

  constructor(what: string, possible: readonly string[]) {
    super(`There is no ${what}`);
    this.hint = `Choose one of: ${possible.join(', ')}.`;
  }
}

/**
 * Measures and prices a file by the sample price list, without a server.
 * @throws GeometryRefusal; UnknownChoice when material or finish are not in the list; AnalysisFailed for a CAD file over its limits
 */
export async function quoteFile(path: string, request: FileQuoteRequest): Promise<FileQuote> {
  const list = samplePriceList(request.currency);
  const line = lineRequest(request, list);
  const started = performance.now();
  const measured = await measureAnyFile(path, request.onProgress);
  const sha256 = withFile(path, hash);
  const unit = request.unit ?? measured.unit ?? 'mm';
  const judged = judgeItem(measured, unit, line, list);
  const factor = MILLIMETRES[unit];
  const { topology, overhangArea, volumeUncertainty } = measured;
  const assumed = request.unit === null && measured.unit === null ? ['unit.assumed'] : [];
  return {
    file: path,
    format: measured.format,
    sha256,
    unit,
    triangles: measured.triangles,
    ...figuresInMillimetres(measured, unit),
    volumeUncertaintyMm3: nineDigits(volumeUncertainty * factor ** 3),
    verdict: measured.verdict,
    repairs: measured.repairs,
    shells: topology?.shells ?? null,
    openEdges: topology?.openEdges ?? null,
    nonManifoldEdges: topology?.nonManifoldEdges ?? null,
    flippedEdges: topology?.flippedEdges ?? null,
    cavities: topology?.cavities ?? null,
    thickness: judged.thickness,
    overhangMm2: overhangArea === undefined ? null : nineDigits(overhangArea * factor ** 2),
    warnings: [...new Set([...measured.findings, ...judged.warnings, ...assumed])],
    unitQuestion: judged.unitQuestion,
    problem: judged.problem,
    price: judged.line && filePrice(request, measured, unit, line, judged.line, list),
    kernelVersion: KERNEL_VERSION,
    ms: Math.round(performance.now() - started),
  };
}

/** CAD formats are turned into triangles first; what is said of the file stays what it is. */
async function measureAnyFile(path: string, onProgress: FileQuoteRequest['onProgress']): Promise<Measurement> {
  const seed = randomInt(2 ** 32);
  const options = { seed, ...(onProgress && { onProgress }) };
  const { format, bytes } = withFile(path, (source) => ({ format: detectFormat(source), bytes: source.bytes }));
  if (format !== 'step' && format !== '3dm') return withFile(path, (source) => analyse(source, options));
  const converted = await convertCad(path, format, {
    limitMs: DEFAULT_RULES.convertMs,
    signal: new AbortController().signal,
    onProgress: onProgress ?? (() => {}),
  });
  if ('refusal' in converted) throw new GeometryRefusal(converted.refusal.code as RefusalCode);
  try {
    const measured = withFile(converted.path, (source) => analyse(source, options));
    return {
      ...measured,
      format,
      bytes,
      unit: converted.unit,
      findings: [...converted.findings, ...measured.findings],
    };
  } finally {
    await converted.remove();
  }
}

function lineRequest(request: FileQuoteRequest, list: PriceList): LineRequest {
  const material = findMaterial(list, request.material);
  if (!material) {
    throw new UnknownChoice(
      `material ${request.material}`,
      list.materials.map(({ id }) => id),
    );
  }
  const finish = findFinish(material, request.finish);
  if (!finish) {
    throw new UnknownChoice(
      `finish ${request.finish} for ${material.id}`,
      material.finishes.map(({ id }) => id),
    );
  }
  return { material, finish, quantity: request.quantity, leadTier: request.leadTier, rush: false };
}

/** How many pieces people ask about. */
const CURVE = [1, 2, 5, 10, 20, 50, 100, 500];

function filePrice(
  request: FileQuoteRequest,
  measured: Measurement,
  unit: Unit,
  asked: LineRequest,
  line: NonNullable<ReturnType<typeof judgeItem>['line']>,
  list: PriceList,
): FilePrice {
  const figures = figuresInMillimetres(measured, unit);
  const by = (changed: Partial<LineRequest>) => priceLine(figures, { ...asked, ...changed }, list);
  return {
    material: asked.material.id,
    finish: asked.finish.id,
    quantity: request.quantity,
    leadTier: request.leadTier,
    unitPrice: line.unitPrice,
    items: line.total,
    ...priceTogether([line], list),
    breakdown: line.breakdown,
    quantities: CURVE.map((quantity) => {
      const { unitPrice, total } = by({ quantity });
      return { quantity, unitPrice, total };
    }),
    leadTiers: list.leadTiers.map(({ id, workingDays }) => ({ id, workingDays, total: by({ leadTier: id }).total })),
    priceListVersion: list.version,
    sample: list.sample,
  };
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
