import { createHash, randomInt } from 'node:crypto';
import type { Currency, Money, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { PriceLine } from '#contracts/pricing';
import { withFile } from './file-source.ts';
import { analyse, type ByteSource, KERNEL_VERSION, type Measurement, type Repair } from './geometry/index.ts';
import { judgeItem, type Problem } from './judge-item.ts';
import { figuresInMillimetres, type LineRequest, priceTogether } from './price.ts';
import { findFinish, findMaterial, type PriceList } from './price-list.ts';
import { samplePriceList } from './sample-price-list.ts';

export interface FileQuoteRequest {
  unit: Unit;
  material: string;
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
  warnings: string[];
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
 * @throws GeometryRefusal, or UnknownChoice when material or finish are not in the list
 */
export function quoteFile(path: string, request: FileQuoteRequest): FileQuote {
  const list = samplePriceList(request.currency);
  const line = lineRequest(request, list);
  const started = performance.now();
  const { measured, sha256 } = withFile(path, (source) => ({
    measured: analyse(source, { seed: randomInt(2 ** 32) }),
    sha256: hash(source),
  }));
  const judged = judgeItem(measured, request.unit, line, list);
  return {
    file: path,
    format: measured.format,
    sha256,
    unit: request.unit,
    triangles: measured.triangles,
    ...figuresInMillimetres(measured, request.unit),
    verdict: measured.verdict,
    repairs: measured.repairs,
    warnings: measured.findings,
    problem: judged.problem,
    price: judged.line && filePrice(request, line, judged.line, list),
    kernelVersion: KERNEL_VERSION,
    ms: Math.round(performance.now() - started),
  };
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

function filePrice(
  request: FileQuoteRequest,
  { material, finish }: LineRequest,
  line: NonNullable<ReturnType<typeof judgeItem>['line']>,
  list: PriceList,
): FilePrice {
  return {
    material: material.id,
    finish: finish.id,
    quantity: request.quantity,
    leadTier: request.leadTier,
    unitPrice: line.unitPrice,
    items: line.total,
    ...priceTogether([line], list),
    breakdown: line.breakdown,
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
