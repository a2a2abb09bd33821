import type { Currency, Money, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { PriceLine, UnitQuestion, WallCheck } from '#contracts/pricing';
import { type ExamineFileOptions, examineFile } from './examine-file.ts';
import { decodePicture, type Measurement, nineDigits, paintPicture, type Repair } from './geometry/index.ts';
import { judgeItem, type Problem } from './judge-item.ts';
import {
  type Figures,
  figuresInMillimetres,
  type LineRequest,
  MILLIMETRES,
  type PricedLine,
  priceLine,
  priceTogether,
} from './price.ts';
import { findFinish, findMaterial, type PriceList } from './price-list.ts';
import { samplePriceList } from './sample-price-list.ts';

export interface FileQuoteRequest {
  /** Left out: what the file states, and where it states none, millimetres, which `warnings` then say. */
  unit?: Unit | undefined;
  /** Left out: the one of the list that most parts are made of, which `warnings` then say. */
  material?: string | undefined;
  finish?: string | undefined;
  quantity: number;
  leadTier: LeadTier;
  currency: Currency;
}

/** Geometry and price of one file; `price` is null when a person has to look first, for the reason in `problem`. */
export interface FileQuote {
  file: string;
  format: Measurement['format'];
  sha256: string;
  unit: Unit;
  triangles: number;
  volumeMm3: number;
  areaMm2: number;
  boxMm: [number, number, number];
  verdict: Measurement['verdict'];
  repairs: Repair[];
  /** These five: null where so few corners are shared that there is no surface to speak of. */
  shells: number | null;
  openEdges: number | null;
  nonManifoldEdges: number | null;
  /** Edges whose two faces disagree about the outside. */
  flippedEdges: number | null;
  cavities: number | null;
  /** Against the material's limit; null where walls cannot be measured. */
  thickness: WallCheck | null;
  /** Facing down by more than 45°, built along z. */
  overhangMm2: number | null;
  /** Machine codes: what was found in the file, then what the buyer should know. */
  warnings: string[];
  /** Where `unit` comes from; `assumed`: neither the request nor the file says one. */
  unitFrom: 'request' | 'file' | 'assumed';
  unitQuestion: UnitQuestion | null;
  /** How much the volume of an open mesh may be off. */
  volumeUncertaintyMm3: number;
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
  /** What other quantities cost, all pieces together, without shipping and tax. */
  quantities: { quantity: number; unitPrice: Money; items: Money }[];
  /** What this quantity costs with other delivery times. */
  leadTiers: { id: LeadTier; workingDays: number; unitPrice: Money; items: Money }[];
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

export interface QuotedFile {
  quote: FileQuote;
  /** PNG, walls under the material's limit coloured; null where none was asked for, or there is nothing to draw. */
  picture: Buffer | null;
}

const QUANTITIES = [1, 5, 10, 50, 100];
const USUAL_MATERIAL = 'pa12';

/**
 * Measures and prices a file of any format by the sample price list, without a server.
 * @throws FileRefused; UnknownChoice when material or finish are not in the list; AnalysisFailed when a CAD file ran over
 * its limits or `signal` fired
 */
export async function quoteFile(
  path: string,
  request: FileQuoteRequest,
  options: ExamineFileOptions = {},
): Promise<QuotedFile> {
  const list = samplePriceList(request.currency);
  const line = lineRequest(request, list);
  const started = performance.now();
  const { measurement, sha256, picture } = await examineFile(path, options);
  const { format, ...quote } = quoteOf(measurement, request, line, list);
  const limit = line.material.minimumWallMm / MILLIMETRES[quote.unit];
  return {
    quote: { file: path, format, sha256, ...quote, ms: Math.round(performance.now() - started) },
    picture: picture && paintPicture(decodePicture(picture), { limit, theme: 'light' }),
  };
}

function quoteOf(
  measured: Measurement,
  request: FileQuoteRequest,
  line: LineRequest,
  list: PriceList,
): Omit<FileQuote, 'file' | 'sha256' | 'ms'> {
  const unit = request.unit ?? measured.unit ?? 'mm';
  const unitFrom = request.unit ? 'request' : measured.unit ? 'file' : 'assumed';
  const judged = judgeItem(measured, unit, line, list);
  const isUnclear = unitFrom === 'assumed' && judged.unitQuestion !== null;
  const problem = isUnclear ? unitUnclear(judged.unitQuestion!) : judged.problem;
  const figures = figuresInMillimetres(measured, unit);
  const { topology, overhangArea } = measured;
  return {
    format: measured.format,
    unit,
    triangles: measured.triangles,
    ...figures,
    verdict: measured.verdict,
    repairs: measured.repairs,
    shells: topology?.shells ?? null,
    openEdges: topology?.openEdges ?? null,
    nonManifoldEdges: topology?.nonManifoldEdges ?? null,
    flippedEdges: topology?.flippedEdges ?? null,
    cavities: topology?.cavities ?? null,
    thickness: judged.thickness,
    overhangMm2: overhangArea === undefined ? null : nineDigits(overhangArea * MILLIMETRES[unit] ** 2),
    warnings: [
      ...new Set([
        ...measured.findings,
        ...(unitFrom === 'assumed' ? ['unit.assumed'] : []),
        ...(request.material === undefined ? ['material.assumed'] : []),
        ...judged.warnings,
      ]),
    ],
    unitFrom,
    unitQuestion: judged.unitQuestion,
    volumeUncertaintyMm3: nineDigits(measured.volumeUncertainty * MILLIMETRES[unit] ** 3),
    problem,
    price: problem || !judged.line ? null : filePrice(figures, line, judged.line, list),
    kernelVersion: measured.kernelVersion,
  };
}

/** Nobody said the unit, and millimetres look wrong: a price could be 16,387 times too low. */
function unitUnclear({ suggested, longestMm, suggestedLongestMm }: UnitQuestion): Problem {
  return {
    code: 'model.unit_unclear',
    message: `The file does not say its unit. Longest side: ${longestMm} mm if that is mm, ${suggestedLongestMm} mm if it is ${suggested}`,
    hint: `Looks like ${suggested}. Say which: --unit ${suggested}, or --unit mm.`,
  };
}

function lineRequest(request: FileQuoteRequest, list: PriceList): LineRequest {
  const material = findMaterial(list, request.material ?? USUAL_MATERIAL);
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

function filePrice(figures: Figures, request: LineRequest, line: PricedLine, list: PriceList): FilePrice {
  const priced = (changed: Partial<LineRequest>) => {
    const { unitPrice, total } = priceLine(figures, { ...request, ...changed }, list);
    return { unitPrice, items: total };
  };
  const quantities = [...new Set([...QUANTITIES, request.quantity])].sort((a, b) => a - b);
  return {
    material: request.material.id,
    finish: request.finish.id,
    quantity: request.quantity,
    leadTier: request.leadTier,
    unitPrice: line.unitPrice,
    items: line.total,
    ...priceTogether([line], list),
    breakdown: line.breakdown,
    quantities: quantities
      .map((quantity) => ({ quantity, ...priced({ quantity }) }))
      .filter(({ items }) => Number.isSafeInteger(items.minor)),
    leadTiers: list.leadTiers.map(({ id, workingDays }) => ({ id, workingDays, ...priced({ leadTier: id }) })),
    priceListVersion: list.version,
    sample: list.sample,
  };
}
